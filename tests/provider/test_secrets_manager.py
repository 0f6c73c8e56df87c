"""What the tables cannot say about secrets."""

import base64
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import grpc
import pytest

from sandbox.provider.aws_clients import AwsClients
from tests.provider.cases.case import World
from tests.provider.cases.lambda_ import function_inputs, rotation_function
from tests.provider.cases.secrets_manager import POLICY, secret, secret_with_value
from tests.provider.driver import ProviderDriver, RefusedError

SECRET = "aws:secretsmanager/secret:Secret"
VERSION = "aws:secretsmanager/secretVersion:SecretVersion"
ROTATION = "aws:secretsmanager/secretRotation:SecretRotation"


@pytest.fixture
def world(aws: ProviderDriver, clients: AwsClients, tmp_path: Path) -> Iterator[World]:
    world = World(aws=aws, clients=clients, folder=tmp_path, name="secrets-test")
    yield world
    world.clean()


def test_a_name_is_free_again_right_after_a_secret_without_recovery_was_deleted(world: World) -> None:
    for _ in range(2):
        made = world.aws.deploy(SECRET, {"name": "again", "recoveryWindowInDays": 0})
        world.aws.delete(made)


def test_a_secret_in_its_recovery_window_is_gone_and_its_name_is_taken_as_on_aws(world: World) -> None:
    made = world.aws.deploy(SECRET, {"name": "in-recovery"})
    assert made.inputs["recoveryWindowInDays"] == 30
    world.aws.delete(made)
    assert world.aws.refresh(made) is None
    with pytest.raises(grpc.RpcError, match=r"CreateSecret: (ResourceExists|InvalidRequest)Exception"):
        world.aws.deploy(SECRET, {"name": "in-recovery"})
    world.clients.client("secretsmanager").delete_secret(SecretId=made.id, ForceDeleteWithoutRecovery=True)


def test_a_policy_is_put_and_stays_when_it_is_taken_out_of_the_program(world: World) -> None:
    inputs = {"recoveryWindowInDays": 0, "policy": POLICY}
    made = world.keep(world.aws.deploy(SECRET, inputs))
    assert made.state["policy"] == POLICY
    without = world.aws.check(SECRET, {"recoveryWindowInDays": 0}, old=made.inputs).values
    assert not world.aws.diff(made, without).changed
    other = POLICY.replace("Deny", "Allow")
    checked = world.aws.check(SECRET, {**inputs, "policy": other}, old=made.inputs).values
    assert world.aws.update(made, checked).state["policy"] == other


def test_a_value_is_secret_whatever_the_program_says_and_is_read_back(world: World) -> None:
    made = world.keep(world.aws.deploy(VERSION, {"secretId": secret(world).id, "secretString": "the value"}))
    assert made.secrets >= {"secretString"}
    assert made.state["secretString"] == "the value"
    checked = world.aws.check(VERSION, {"secretId": "a", "secretString": "another"})
    assert checked.secret_properties() == {"secretString"}
    imported = world.aws.import_by_id(VERSION, made.id)
    assert imported is not None
    assert imported.secrets >= {"secretString"}


def test_a_binary_value_travels_as_base64(world: World) -> None:
    value = base64.b64encode(bytes(range(256))).decode()
    made = world.keep(world.aws.deploy(VERSION, {"secretId": secret(world).id, "secretBinary": value}))
    assert made.state["secretBinary"] == value
    with pytest.raises(RefusedError, match="give exactly one of secretString and secretBinary"):
        world.aws.check(VERSION, {"secretId": "a", "secretBinary": value, "secretString": "b"})
    with pytest.raises(RefusedError, match="secretBinary: is not valid base64"):
        world.aws.check(VERSION, {"secretId": "a", "secretBinary": "?!"})


def test_labels_move_between_versions_and_the_current_one_is_never_taken_away(world: World) -> None:
    base = {"secretId": secret(world).id, "secretString": "one"}
    first = world.keep(world.aws.deploy(VERSION, {**base, "versionStages": ["AWSCURRENT", "ours"]}, name="first"))
    assert first.state["versionStages"] == ["AWSCURRENT", "ours"]
    second = world.keep(world.aws.deploy(VERSION, {**base, "secretString": "two"}, name="second"))
    assert second.state["versionStages"] == ["AWSCURRENT"]

    moved = world.aws.check(VERSION, {**base, "versionStages": ["AWSCURRENT", "theirs"]}, old=first.inputs).values
    first = world.aws.update(first, moved)
    assert first.state["versionStages"] == ["AWSCURRENT", "theirs"]
    refreshed = world.aws.refresh(first)
    assert refreshed is not None
    assert refreshed.inputs == first.inputs

    world.aws.delete(first)
    stages: dict[str, Any] = world.clients.client("secretsmanager").describe_secret(SecretId=base["secretId"])
    assert stages["VersionIdsToStages"][first.state["versionId"]] == ["AWSCURRENT"]


def test_a_version_of_a_deleted_secret_is_gone(world: World) -> None:
    made = world.aws.deploy(SECRET, {"recoveryWindowInDays": 7})
    version = world.aws.deploy(VERSION, {"secretId": made.id, "secretString": "one"})
    world.aws.delete(made)
    assert world.aws.refresh(version) is None
    world.aws.delete(version)
    world.clients.client("secretsmanager").delete_secret(SecretId=made.id, ForceDeleteWithoutRecovery=True)


def test_rotation_that_is_switched_off_is_cancelled_and_that_is_no_drift(world: World) -> None:
    inputs = {
        "secretId": secret_with_value(world).id,
        "rotationLambdaArn": rotation_function(world).state["arn"],
        "rotationRules": {"automaticallyAfterDays": 30},
        "rotateImmediately": False,
    }
    made = world.keep(world.aws.deploy(ROTATION, inputs))
    assert made.state["rotationEnabled"]
    off = world.aws.check(ROTATION, {**inputs, "rotationEnabled": False}, old=made.inputs).values
    assert world.aws.diff(made, off).changed == {"rotationEnabled"}
    made = world.aws.update(made, off)
    assert not made.state["rotationEnabled"]
    refreshed = world.aws.refresh(made)
    assert refreshed is not None
    assert refreshed.inputs == made.inputs


def test_another_rotation_function_is_no_new_rotation(world: World) -> None:
    one = {"secretId": "a", "rotationRules": {"automaticallyAfterDays": 1}, "rotationLambdaArn": "arn:one"}
    old = world.aws.check(ROTATION, one).values
    new = world.aws.check(ROTATION, {**one, "rotationLambdaArn": "arn:two"}).values
    from tests.provider.driver import Known, urn

    diff = world.aws.diff(Known(urn=urn(ROTATION), id="a", inputs=old, state={}), new)
    assert diff.changed == {"rotationLambdaArn"}
    assert not diff.replaces


def test_a_function_that_may_not_be_called_is_told(world: World) -> None:
    stranger = world.keep(world.aws.deploy("aws:lambda/function:Function", function_inputs(world), name="stranger"))
    inputs = {
        "secretId": secret_with_value(world).id,
        "rotationLambdaArn": stranger.state["arn"],
        "rotationRules": {"automaticallyAfterDays": 30},
    }
    with pytest.raises(grpc.RpcError, match="RotateSecret: AccessDeniedException"):
        world.aws.deploy(ROTATION, inputs)


@pytest.mark.parametrize(
    ("token", "inputs", "name"),
    [
        (SECRET, {"type": "SalesforceClientSecret"}, "type"),
        (SECRET, {"replicas": [{"region": "eu-west-1"}]}, "replicas"),
        (VERSION, {"secretId": "a", "secretStringWo": "x"}, "secretStringWo"),
        (VERSION, {"secretId": "a", "secretStringWoVersion": 1}, "secretStringWoVersion"),
        (ROTATION, {"secretId": "a", "externalSecretRotationRoleArn": "arn"}, "externalSecretRotationRoleArn"),
        (
            ROTATION,
            {"secretId": "a", "externalSecretRotationMetadatas": [{"key": "a", "value": "b"}]},
            "externalSecretRotationMetadatas",
        ),
    ],
)
def test_what_the_sandbox_cannot_honour_is_refused_and_never_ignored(
    aws: ProviderDriver, token: str, inputs: dict[str, Any], name: str
) -> None:
    with pytest.raises(RefusedError, match=f"{name}: the sandbox cannot honour this: "):
        aws.check(token, inputs)


def test_an_import_id_of_the_wrong_form_is_told_with_the_right_one(aws: ProviderDriver) -> None:
    with pytest.raises(grpc.RpcError, match=r"the id must be <secret ARN or name>\|<version id>"):
        aws.import_by_id(VERSION, "just-a-secret")
