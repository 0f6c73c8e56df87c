"""`ManagedSecret`: its value is in no input, no output and no plan, and no update can push a live value out."""

import functools
import inspect
import json
from dataclasses import fields
from typing import Any

import pytest

from components.errors import ArgumentError
from components.managed_secret import PLACEHOLDER_STAGE, ManagedSecret, ManagedSecretArgs
from tests.components.samples import managed_secret, secret_args
from tests.support.mocks import Stack, deploy

SECRET = "aws:secretsmanager/secret:Secret"
VERSION = "aws:secretsmanager/secretVersion:SecretVersion"
ROTATION = "aws:secretsmanager/secretRotation:SecretRotation"
PERMISSION = "aws:lambda/permission:Permission"
FUNCTION = "aws:lambda/function:Function"


@functools.cache
def deployed(**changes: Any) -> Stack:
    return deploy(lambda: managed_secret(**changes))


def test_the_only_value_in_the_program_is_the_public_placeholder() -> None:
    stack = deployed()
    version = stack.one(VERSION)
    assert version.inputs["secretString"] == "{}"
    assert "secretString" in version.secret_inputs
    assert "secretString" not in stack.one(SECRET).inputs


def test_there_is_no_argument_and_no_output_for_a_value() -> None:
    names = {field.name for field in fields(ManagedSecretArgs)} | set(inspect.get_annotations(ManagedSecret))
    assert not [name for name in names if "value" in name or "string" in name]


def test_the_placeholder_keeps_a_label_of_its_own_and_never_asks_for_the_current_one() -> None:
    assert deployed().one(VERSION).inputs["versionStages"] == [PLACEHOLDER_STAGE]


def test_what_rotation_does_to_the_placeholders_labels_is_no_change_to_the_program() -> None:
    assert set(deployed().one(VERSION).options["ignoreChanges"]) == {"secretString", "versionStages"}


def test_the_schedule_comes_when_all_that_a_rotation_needs_is_there() -> None:
    stack = deployed()
    rotation = stack.one(ROTATION)
    needed = {stack.one(VERSION).urn, stack.one(PERMISSION).urn, stack.one(FUNCTION).urn}
    assert needed <= rotation.depends_on
    assert rotation.inputs["rotationRules"] == {"automaticallyAfterDays": 30}
    assert rotation.inputs["rotationLambdaArn"].endswith(":function:key-rotation")


def test_secrets_manager_may_call_the_function_for_this_secret_of_this_account_only() -> None:
    stack = deployed()
    inputs = stack.one(PERMISSION).inputs
    arn = stack.one("gatehouse:index:ManagedSecret").outputs["arn"]
    assert inputs["principal"] == "secretsmanager.amazonaws.com"
    assert (inputs["sourceArn"], inputs["sourceAccount"]) == (arn, "111122223333")


def test_the_rotation_function_may_touch_this_secret_and_no_other() -> None:
    stack = deployed()
    arn = stack.one("gatehouse:index:ManagedSecret").outputs["arn"]
    document = json.loads(stack.one("aws:iam/rolePolicy:RolePolicy").inputs["policy"])
    (rotate,) = [each for each in document["Statement"] if each["Sid"] == "RotateSecret"]
    assert rotate["Resource"] == [arn]
    assert not any("Delete" in action or "Random" in action for action in rotate["Action"])


def test_the_rotation_function_is_told_what_to_make_and_carries_its_libraries() -> None:
    inputs = deployed().one(FUNCTION).inputs
    assert inputs["environment"] == {"variables": {"SECRET_KIND": "hs256-signing-key"}}
    packages = {path.split("/")[0] for path in inputs["code"].assets}
    assert packages == {"secret_rotation", "aws_calls", "jwt_verification", "secret_store"}


def test_a_key_of_ones_own_encrypts_the_secret_and_serves_the_rotation() -> None:
    key = "arn:aws:kms:ap-southeast-3:111122223333:key/0"
    stack = deployed(kms_key_arn=key)
    assert stack.one(SECRET).inputs["kmsKeyId"] == key
    document = json.loads(stack.one("aws:iam/rolePolicy:RolePolicy").inputs["policy"])
    (use,) = [each for each in document["Statement"] if each["Resource"] == [key]]
    assert use["Action"] == ["kms:Decrypt", "kms:GenerateDataKey"]


def test_the_name_is_automatic_unless_it_is_given() -> None:
    assert "name" not in deployed().one(SECRET).inputs
    named = deploy(lambda: ManagedSecret("key", secret_args(name="tenant/admin-key")))
    assert named.one(SECRET).inputs["name"] == "tenant/admin-key"


def test_a_reader_gets_the_right_to_read_and_no_other() -> None:
    found: list[Any] = []
    deploy(lambda: found.extend(managed_secret().reader_statements("Read")))
    (statement,) = found
    assert statement.actions == ["secretsmanager:GetSecretValue"]


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"rotation_days": 0}, "rotates every 1 to 1000 days"),
        ({"rotation_days": 1001}, "rotates every 1 to 1000 days"),
        ({"recovery_window_days": 6}, "use 7 to 30, or 0"),
        ({"recovery_window_days": 31}, "use 7 to 30, or 0"),
        ({"name": "with space"}, "correct or omit it"),
    ],
)
def test_a_bad_argument_is_refused(changes: dict[str, Any], says: str) -> None:
    with pytest.raises(ArgumentError) as refused:
        secret_args(**changes)
    assert says in str(refused.value)
