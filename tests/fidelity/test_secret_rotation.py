"""`RotateSecret` has the deployed rotation function make the new version, step by step."""

from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

from sandbox.server import save
from tests.support.functions import DeployedFunction, deploy
from tests.support.sandbox import ACCOUNT_ID, RunningSandbox, running_sandbox, wait_until

TOKEN = "33333333-3333-3333-3333-333333333333"
# Notes each step in a tag-like secret of its own, so that a test can read what was called.
ROTATION = """
import json, os
import boto3

client = boto3.client("secretsmanager")

def handler(event, context):
    secret, token, step = event["SecretId"], event["ClientRequestToken"], event["Step"]
    print("STEP", json.dumps(event, sort_keys=True))
    if os.environ.get("FAILS_AT") == step:
        raise RuntimeError("not today")
    stages = client.describe_secret(SecretId=secret)["VersionIdsToStages"]
    assert "AWSPENDING" in stages[token]
    if step == "createSecret":
        try:
            client.get_secret_value(SecretId=secret, VersionId=token, VersionStage="AWSPENDING")
        except client.exceptions.ResourceNotFoundException:
            client.put_secret_value(
                SecretId=secret, ClientRequestToken=token, SecretString="made-" + token, VersionStages=["AWSPENDING"])
    if step == "finishSecret" and not os.environ.get("FORGETS"):
        current = next(version for version, labels in stages.items() if "AWSCURRENT" in labels)
        client.update_secret_version_stage(
            SecretId=secret, VersionStage="AWSCURRENT", MoveToVersionId=token, RemoveFromVersionId=current)
"""


def deploy_rotation(
    sandbox: RunningSandbox, name: str, *, permitted: bool = True, **variables: str
) -> DeployedFunction:
    """A rotation function that Secrets Manager may invoke, and a secret of the same name."""
    read_and_write = {"Effect": "Allow", "Action": "secretsmanager:*", "Resource": "*"}
    function = deploy(sandbox, name, ROTATION, statements=[read_and_write], Environment={"Variables": variables})
    if permitted:
        sandbox.client("lambda").add_permission(
            FunctionName=name,
            StatementId="rotation",
            Action="lambda:InvokeFunction",
            Principal="secretsmanager.amazonaws.com",
            SourceAccount=ACCOUNT_ID,
        )
    sandbox.client("secretsmanager").create_secret(Name=name, SecretString="{}")
    return function


def rotation_of(sandbox: RunningSandbox, name: str) -> dict[str, Any]:
    """The latest rotation of the secret, when it is over."""

    def over() -> dict[str, Any] | None:
        rotations = sandbox.get_json("/_gatehouse/rotations")["rotations"]
        found = next(one for one in rotations if f":secret:{name}-" in one["secret"])
        return None if found["state"] == "running" else found

    return wait_until(over, what=f"the rotation of {name} is over", patience=60)


def steps_of(sandbox: RunningSandbox, name: str) -> list[str]:
    """The events that the rotation function was called with, as it printed them."""
    events = sandbox.client("logs").filter_log_events(logGroupName=f"/aws/lambda/{name}")["events"]
    return [event["message"].removeprefix("STEP ") for event in events if event["message"].startswith("STEP ")]


def test_without_the_module_the_function_is_not_called_and_the_old_value_stays(bare: RunningSandbox) -> None:
    function = deploy_rotation(bare, "ignored")
    client = bare.client("secretsmanager")
    client.rotate_secret(SecretId="ignored", RotationLambdaARN=function.arn)
    assert client.get_secret_value(SecretId="ignored")["SecretString"] == "{}"
    assert bare.client("logs").describe_log_groups(logGroupNamePrefix="/aws/lambda/ignored")["logGroups"] == []


def test_the_function_is_called_for_the_four_steps_and_its_version_becomes_current(sandbox: RunningSandbox) -> None:
    function = deploy_rotation(sandbox, "four-steps")
    client = sandbox.client("secretsmanager")
    before = client.get_secret_value(SecretId="four-steps")["VersionId"]
    started = client.rotate_secret(
        SecretId="four-steps",
        RotationLambdaARN=function.arn,
        RotationRules={"AutomaticallyAfterDays": 30},
        ClientRequestToken=TOKEN,
    )
    assert started["VersionId"] == TOKEN
    assert rotation_of(sandbox, "four-steps")["state"] == "succeeded"
    events = [
        f'{{"ClientRequestToken": "{TOKEN}", "SecretId": "{started["ARN"]}", "Step": "{step}"}}'
        for step in ("createSecret", "setSecret", "testSecret", "finishSecret")
    ]
    assert steps_of(sandbox, "four-steps") == events
    current = client.get_secret_value(SecretId="four-steps")
    assert (current["VersionId"], current["SecretString"]) == (TOKEN, f"made-{TOKEN}")
    described = client.describe_secret(SecretId="four-steps")
    assert described["VersionIdsToStages"][before] == ["AWSPREVIOUS"]
    assert described["RotationEnabled"] is True
    assert described["RotationLambdaARN"] == function.arn
    assert described["RotationRules"] == {"AutomaticallyAfterDays": 30}
    assert (described["NextRotationDate"] - described["LastRotatedDate"]).days == 30


def test_the_same_request_again_does_not_rotate_again(sandbox: RunningSandbox) -> None:
    function = deploy_rotation(sandbox, "once")
    client = sandbox.client("secretsmanager")
    for _ in range(2):
        client.rotate_secret(SecretId="once", RotationLambdaARN=function.arn, ClientRequestToken=TOKEN)
        assert rotation_of(sandbox, "once")["state"] == "succeeded"
    assert len(steps_of(sandbox, "once")) == 4


def test_a_function_that_secrets_manager_may_not_invoke_is_refused(sandbox: RunningSandbox) -> None:
    function = deploy_rotation(sandbox, "forbidden", permitted=False)
    client = sandbox.client("secretsmanager")
    with pytest.raises(ClientError, match="Secrets Manager cannot invoke the specified Lambda function") as error:
        client.rotate_secret(SecretId="forbidden", RotationLambdaARN=function.arn)
    assert error.value.response["Error"]["Code"] == "AccessDeniedException"
    assert "RotationEnabled" not in client.describe_secret(SecretId="forbidden")


def test_a_permission_for_another_account_is_none(sandbox: RunningSandbox) -> None:
    function = deploy_rotation(sandbox, "other-account", permitted=False)
    sandbox.client("lambda").add_permission(
        FunctionName="other-account",
        StatementId="rotation",
        Action="lambda:InvokeFunction",
        Principal="secretsmanager.amazonaws.com",
        SourceAccount="999988887777",
    )
    with pytest.raises(ClientError, match="cannot invoke"):
        sandbox.client("secretsmanager").rotate_secret(SecretId="other-account", RotationLambdaARN=function.arn)


def test_rotation_needs_a_function(sandbox: RunningSandbox) -> None:
    client = sandbox.client("secretsmanager")
    client.create_secret(Name="no-function", SecretString="{}")
    for call in (client.rotate_secret, client.cancel_rotate_secret):
        with pytest.raises(ClientError, match="doesn't already have a Lambda function ARN") as error:
            call(SecretId="no-function")
        assert error.value.response["Error"]["Code"] == "InvalidRequestException"


def test_a_failed_step_leaves_the_current_version_and_the_next_call_tries_again(sandbox: RunningSandbox) -> None:
    function = deploy_rotation(sandbox, "failing", FAILS_AT="testSecret")
    client = sandbox.client("secretsmanager")
    before = client.get_secret_value(SecretId="failing")["VersionId"]
    client.rotate_secret(SecretId="failing", RotationLambdaARN=function.arn, ClientRequestToken=TOKEN)
    failed = rotation_of(sandbox, "failing")
    assert (failed["state"], failed["step"]) == ("failed", "testSecret")
    assert failed["error"] == "testSecret: RuntimeError: not today"
    stages = client.describe_secret(SecretId="failing")["VersionIdsToStages"]
    assert stages == {before: ["AWSCURRENT"], TOKEN: ["AWSPENDING"]}

    settled = sandbox.client("lambda").update_function_configuration(
        FunctionName="failing", Environment={"Variables": {}}
    )
    assert settled["FunctionName"] == "failing"
    with pytest.raises(ClientError, match="A previous rotation isn't complete"):
        client.rotate_secret(SecretId="failing")
    assert rotation_of(sandbox, "failing")["state"] == "succeeded"
    assert client.get_secret_value(SecretId="failing")["VersionId"] == TOKEN


def test_a_function_that_does_not_move_the_label_has_not_rotated(sandbox: RunningSandbox) -> None:
    function = deploy_rotation(sandbox, "forgetful", FORGETS="yes")
    client = sandbox.client("secretsmanager")
    client.rotate_secret(SecretId="forgetful", RotationLambdaARN=function.arn)
    failed = rotation_of(sandbox, "forgetful")
    assert (failed["state"], failed["error"]) == ("failed", "finishSecret did not move AWSCURRENT to the new version")
    assert client.get_secret_value(SecretId="forgetful")["SecretString"] == "{}"


def test_not_immediately_only_tests_and_leaves_no_version(sandbox: RunningSandbox) -> None:
    function = deploy_rotation(sandbox, "later")
    client = sandbox.client("secretsmanager")
    before = client.describe_secret(SecretId="later")["VersionIdsToStages"]
    client.rotate_secret(SecretId="later", RotationLambdaARN=function.arn, RotateImmediately=False)
    assert rotation_of(sandbox, "later")["state"] == "succeeded"
    assert [step.split('"')[-2] for step in steps_of(sandbox, "later")] == ["testSecret"]
    described = client.describe_secret(SecretId="later")
    assert described["VersionIdsToStages"] == before
    assert described["RotationEnabled"] is True
    assert "LastRotatedDate" not in described


def test_cancelling_turns_rotation_off_and_a_later_call_turns_it_on_again(sandbox: RunningSandbox) -> None:
    function = deploy_rotation(sandbox, "cancelled")
    client = sandbox.client("secretsmanager")
    client.rotate_secret(SecretId="cancelled", RotationLambdaARN=function.arn)
    rotation_of(sandbox, "cancelled")
    client.cancel_rotate_secret(SecretId="cancelled")
    assert client.describe_secret(SecretId="cancelled")["RotationEnabled"] is False
    client.rotate_secret(SecretId="cancelled")
    assert rotation_of(sandbox, "cancelled")["state"] == "succeeded"
    assert client.describe_secret(SecretId="cancelled")["RotationEnabled"] is True


def test_who_may_not_invoke_the_function_may_not_rotate_with_it(sandbox: RunningSandbox) -> None:
    function = deploy_rotation(sandbox, "guarded")
    iam = sandbox.client("iam")
    iam.create_user(UserName="rotator")
    policy = (
        '{"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "secretsmanager:*", "Resource": "*"}}'
    )
    iam.put_user_policy(UserName="rotator", PolicyName="secrets", PolicyDocument=policy)
    key = iam.create_access_key(UserName="rotator")["AccessKey"]
    with pytest.raises(ClientError, match="lambda:InvokeFunction"):
        sandbox.client("secretsmanager", credentials=key).rotate_secret(
            SecretId="guarded", RotationLambdaARN=function.arn
        )


def test_a_rotation_that_kill_9_cut_off_is_taken_up_again(tmp_path: Path) -> None:
    with running_sandbox(tmp_path) as first:
        function = deploy_rotation(first, "cut-off", FAILS_AT="setSecret")
        first.client("secretsmanager").rotate_secret(
            SecretId="cut-off", RotationLambdaARN=function.arn, ClientRequestToken=TOKEN
        )
        save(first.endpoints)
        first.kill()
    with running_sandbox(tmp_path) as second:
        assert rotation_of(second, "cut-off")["version"] == TOKEN
