"""What the tables cannot say about functions: their code, versions, and what the sandbox cannot honour."""

import io
import json
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import grpc
import pytest

from sandbox.provider.aws_clients import AwsClients
from sandbox.provider.deployment_package import code_sha256, deployment_package
from sandbox.provider.values import UNKNOWN, Archive
from tests.provider.cases.case import World
from tests.provider.cases.lambda_ import HANDLER, OTHER_HANDLER, function_inputs
from tests.provider.driver import Known, ProviderDriver, RefusedError

FUNCTION = "aws:lambda/function:Function"
LAYER = "aws:lambda/layerVersion:LayerVersion"


@pytest.fixture
def world(aws: ProviderDriver, clients: AwsClients, tmp_path: Path) -> Iterator[World]:
    world = World(aws=aws, clients=clients, folder=tmp_path, name="lambda-test")
    yield world
    world.clean()


def zipped(text: str) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as package:
        package.writestr("hello.py", text)
    return buffer.getvalue()


def call(clients: AwsClients, known: Known) -> Any:
    return json.load(clients.client("lambda").invoke(FunctionName=known.id)["Payload"])


def test_the_code_that_was_given_runs_and_its_hash_is_told(world: World) -> None:
    inputs = function_inputs(world)
    made = world.keep(world.aws.deploy(FUNCTION, inputs))
    assert call(world.clients, made) == "hello"
    assert made.state["codeSha256"] == code_sha256(deployment_package(inputs["code"], None))
    assert made.state["code"] == inputs["code"]


def test_code_that_somebody_else_put_there_is_found_and_repaired(world: World) -> None:
    inputs = function_inputs(world)
    made = world.keep(world.aws.deploy(FUNCTION, inputs))
    world.clients.client("lambda").update_function_code(FunctionName=made.id, ZipFile=zipped(OTHER_HANDLER))
    drifted = world.aws.refresh(made)
    assert drifted is not None
    checked = world.aws.check(FUNCTION, inputs, old=drifted.inputs).values
    assert world.aws.diff(drifted, checked).changed == {"code"}
    repaired = world.aws.update(drifted, checked)
    assert repaired.state["codeSha256"] == made.state["codeSha256"]
    assert call(world.clients, repaired) == "hello"
    again = world.aws.refresh(repaired)
    assert again is not None
    assert again.inputs == made.inputs


def test_code_may_lie_in_s3(world: World) -> None:
    s3 = world.clients.client("s3")
    s3.create_bucket(Bucket="packages", CreateBucketConfiguration={"LocationConstraint": world.clients.region})
    s3.put_object(Bucket="packages", Key="one.zip", Body=zipped(HANDLER))
    s3.put_object(Bucket="packages", Key="two.zip", Body=zipped(OTHER_HANDLER))
    inputs = {**function_inputs(world), "s3Bucket": "packages", "s3Key": "one.zip"}
    del inputs["code"]
    made = world.keep(world.aws.deploy(FUNCTION, inputs))
    assert call(world.clients, made) == "hello"
    checked = world.aws.check(FUNCTION, {**inputs, "s3Key": "two.zip"}, old=made.inputs).values
    assert world.aws.diff(made, checked).changed == {"s3Key"}
    made = world.aws.update(made, checked)
    assert call(world.clients, made) == "good bye"
    assert made.state["s3Key"] == "two.zip"

    layer = {"layerName": "from-s3", "s3Bucket": "packages", "s3Key": "one.zip"}
    world.keep(world.aws.deploy(LAYER, layer))
    with pytest.raises(RefusedError, match="s3Key: s3Bucket and s3Key belong together"):
        world.aws.check(FUNCTION, {name: value for name, value in inputs.items() if name != "s3Key"})
    with pytest.raises(RefusedError, match="code: give exactly one of code and s3Bucket"):
        world.aws.check(LAYER, {**layer, "code": Archive(hash="1")})


def test_a_published_function_has_a_version_per_change(world: World) -> None:
    inputs = function_inputs(world, publish=True)
    made = world.keep(world.aws.deploy(FUNCTION, inputs))
    assert made.state["version"] == "1"
    assert made.state["qualifiedArn"] == f"{made.state['arn']}:1"
    assert made.state["qualifiedInvokeArn"].endswith(f"{made.state['arn']}:1/invocations")
    checked = world.aws.check(FUNCTION, {**inputs, "timeout": 9}, old=made.inputs).values
    assert world.aws.update(made, checked).state["version"] == "2"


def test_a_preview_of_new_code_says_that_hash_and_version_will_change(world: World) -> None:
    made = world.keep(world.aws.deploy(FUNCTION, function_inputs(world, publish=True)))
    new_code = {**function_inputs(world, publish=True), "code": world.archive(hello=OTHER_HANDLER)}
    checked = world.aws.check(FUNCTION, new_code, old=made.inputs).values
    planned = world.aws.preview_update(made, checked)
    assert planned["codeSha256"] is UNKNOWN
    assert planned["version"] is UNKNOWN
    assert planned["arn"] == made.state["arn"]
    assert planned["memorySize"] == 128


def test_a_file_that_is_missing_is_told_and_no_function_is_left(world: World) -> None:
    inputs = function_inputs(world, name="no-code", code=Archive(path="/no/such/folder", hash="1"))
    with pytest.raises(grpc.RpcError, match="creating aws:lambda/function:Function no-code: code: there is no file"):
        world.aws.deploy(FUNCTION, inputs)
    assert world.aws.import_by_id(FUNCTION, "no-code") is None


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("capacityProviderConfig", {"lambdaManagedInstancesCapacityProviderConfig": {"capacityProviderArn": "arn"}}),
        ("codeSigningConfigArn", "arn:aws:lambda:eu-west-1:111122223333:code-signing-config:csc-0123456789abcdef0"),
        ("durableConfig", {"executionTimeout": 60}),
        ("imageConfig", {"commands": ["run"]}),
        ("imageUri", "111122223333.dkr.ecr.eu-west-1.amazonaws.com/hello:1"),
        ("publishTo", "LATEST_PUBLISHED"),
        ("replaceSecurityGroupsOnDestroy", True),
        ("replacementSecurityGroupIds", ["sg-1"]),
        ("sourceKmsKeyArn", "arn:aws:kms:eu-west-1:111122223333:key/1"),
        ("tenancyConfig", {"tenantIsolationMode": "PER_TENANT"}),
    ],
)
def test_what_the_sandbox_cannot_honour_is_refused_and_never_ignored(
    aws: ProviderDriver, name: str, value: Any
) -> None:
    with pytest.raises(RefusedError, match=f"{name}: the sandbox cannot honour this: "):
        aws.check(FUNCTION, {"role": "arn:aws:iam::111122223333:role/a", name: value})


def test_a_hash_that_the_user_gives_triggers_an_update(world: World) -> None:
    inputs = function_inputs(world)
    right = code_sha256(deployment_package(inputs["code"], None))
    made = world.keep(world.aws.deploy(FUNCTION, {**inputs, "codeSha256": right}))
    refreshed = world.aws.refresh(made)
    assert refreshed is not None
    assert not world.aws.diff(refreshed, made.inputs).changed
    world.clients.client("lambda").update_function_code(FunctionName=made.id, ZipFile=zipped(OTHER_HANDLER))
    drifted = world.aws.refresh(made)
    assert drifted is not None
    assert world.aws.diff(drifted, made.inputs).changed == {"code", "codeSha256"}


@pytest.mark.parametrize(
    ("token", "identifier"),
    [
        ("aws:lambda/permission:Permission", "just-a-statement"),
        (LAYER, "arn:aws:lambda:eu-west-1:111122223333:layer:shared"),
        ("aws:lambda/alias:Alias", "hello/live"),
        ("aws:lambda/provisionedConcurrencyConfig:ProvisionedConcurrencyConfig", "hello"),
    ],
)
def test_an_import_id_of_the_wrong_form_is_told_with_the_right_one(
    aws: ProviderDriver, token: str, identifier: str
) -> None:
    with pytest.raises(grpc.RpcError, match=f"importing {token}: '{identifier}' must be "):
        aws.import_by_id(token, identifier)


def test_a_permission_of_a_qualifier_is_found_by_its_import_id(world: World) -> None:
    function = world.keep(world.aws.deploy(FUNCTION, function_inputs(world, publish=True)))
    permission = {
        "function": function.id,
        "qualifier": "1",
        "action": "lambda:InvokeFunction",
        "principal": "events.amazonaws.com",
        "statementId": "events",
    }
    made = world.keep(world.aws.deploy("aws:lambda/permission:Permission", permission))
    imported = world.aws.import_by_id("aws:lambda/permission:Permission", f"{function.id}:1/events")
    assert imported is not None
    assert imported.state == made.state
