"""Provisioned concurrency, SnapStart and VPCs: what a function gets with them, and that callers call what is warm."""

import json
from typing import Any

import pulumi
import pytest

from components.errors import ArgumentError
from components.function_platform import FunctionPlatform, SecretsExtension
from components.function_settings import ExistingSecret, ProvisionedConcurrency, SnapStart, VpcSettings
from components.routes import Route
from tests.components.rest_api import AUTHORIZER, INTEGRATION, PERMISSION
from tests.components.samples import authorized_api, custom_authorizer, function_args, python_function
from tests.support.mocks import Stack, deploy

FUNCTION = "aws:lambda/function:Function"
ALIAS = "aws:lambda/alias:Alias"
CONCURRENCY = "aws:lambda/provisionedConcurrencyConfig:ProvisionedConcurrencyConfig"
ATTACHMENT = "aws:iam/rolePolicyAttachment:RolePolicyAttachment"
LAYER = "arn:aws:lambda:ap-southeast-3:111122223333:layer:wheels:3"
EXTENSION = "arn:aws:lambda:ap-southeast-3:490737872127:layer:AWS-Parameters-and-Secrets-Lambda-Extension:94"
SECRET = ExistingSecret("arn:aws:secretsmanager:ap-southeast-3:111122223333:secret:key-AbCdEf")
VPC = VpcSettings(subnet_ids=["subnet-1", "subnet-2"], security_group_ids=["sg-1"])


def guarded_api(**warm_starts: Any) -> Stack:
    """`GET /hello` whose `backend` and `guard` have the given warm starts."""

    def program() -> None:
        route = Route(
            "GET",
            "/hello",
            handler=python_function(warm_start=warm_starts.get("backend")),
            authorizer=custom_authorizer(warm_start=warm_starts.get("guard")),
        )
        authorized_api(routes=[route])

    return deploy(program)


def test_without_a_warm_start_nothing_is_published_and_callers_call_the_function() -> None:
    stack = guarded_api()
    assert not stack.of_type(ALIAS)
    assert all("publish" not in each.inputs for each in stack.of_type(FUNCTION))
    assert all("qualifier" not in each.inputs for each in stack.of_type(PERMISSION))


@pytest.mark.parametrize("warm_start", [ProvisionedConcurrency(executions=2), SnapStart()], ids=type)
def test_routes_and_authorizers_call_the_alias_and_may_call_nothing_else(warm_start: Any) -> None:
    stack = guarded_api(backend=warm_start, guard=warm_start)
    assert stack.one(AUTHORIZER).inputs["authorizerUri"].endswith(":function:guard:live/invocations")
    assert stack.one(INTEGRATION).inputs["uri"].endswith(":function:backend:live/invocations")
    permissions = {each.inputs["function"]: each.inputs["qualifier"] for each in stack.of_type(PERMISSION)}
    assert permissions == {"backend": "live", "guard": "live"}


def test_one_may_be_warm_and_the_other_not() -> None:
    stack = guarded_api(guard=SnapStart())
    assert [each.name for each in stack.of_type(ALIAS)] == ["guard-alias"]
    assert stack.one(INTEGRATION).inputs["uri"].endswith(":function:backend/invocations")


def test_provisioned_concurrency_is_kept_for_the_alias_of_the_newest_version() -> None:
    stack = deploy(lambda: python_function(warm_start=ProvisionedConcurrency(executions=3)))
    function = stack.one(FUNCTION).inputs
    assert (function["publish"], "snapStart" in function) == (True, False)
    assert stack.one(ALIAS).inputs["functionVersion"] == "1"
    concurrency = stack.one(CONCURRENCY).inputs
    assert (concurrency["functionName"], concurrency["qualifier"]) == ("backend", "live")
    assert concurrency["provisionedConcurrentExecutions"] == 3


def test_snap_start_takes_its_snapshots_of_published_versions() -> None:
    stack = deploy(lambda: python_function(warm_start=SnapStart()))
    function = stack.one(FUNCTION).inputs
    assert (function["publish"], function["snapStart"]) == (True, {"applyOn": "PublishedVersions"})
    assert not stack.of_type(CONCURRENCY)


def test_a_permission_comes_after_the_alias_that_it_is_for() -> None:
    stack = guarded_api(backend=SnapStart())
    permission = stack.one(PERMISSION, next(each.name for each in stack.of_type(PERMISSION) if "GET" in each.name))
    assert stack.one(ALIAS).urn in permission.depends_on


@pytest.mark.parametrize("runtime", ["python3.11"])
def test_snap_start_is_refused_where_aws_does_not_offer_it(runtime: str) -> None:
    with pytest.raises(ArgumentError, match=rf"AWS offers SnapStart for python3\.12, .*, not for {runtime}"):
        function_args(warm_start=SnapStart(), platform=FunctionPlatform(runtime=runtime))


@pytest.mark.parametrize("executions", [0, -1])
def test_no_concurrency_is_no_provisioned_concurrency(executions: int) -> None:
    with pytest.raises(ArgumentError, match="keep at least 1 ready, or leave warm_start out"):
        ProvisionedConcurrency(executions=executions)


def test_a_vpc_brings_its_policy_before_the_function() -> None:
    stack = deploy(lambda: python_function(vpc=VPC))
    function, attachment = stack.one(FUNCTION), stack.one(ATTACHMENT)
    assert function.inputs["vpcConfig"] == {"subnetIds": ["subnet-1", "subnet-2"], "securityGroupIds": ["sg-1"]}
    assert attachment.inputs["policyArn"] == "arn:aws:iam::aws:policy/service-role/AWSLambdaVPCAccessExecutionRole"
    assert attachment.inputs["role"] == stack.one("aws:iam/role:Role").inputs.get("name", "backend-role-1a2b3c4")
    assert attachment.urn in function.depends_on


def test_the_code_gets_none_of_the_rights_that_lambda_needs_for_the_vpc() -> None:
    policy = deploy(lambda: python_function(vpc=VPC)).one("aws:iam/rolePolicy:RolePolicy").inputs["policy"]
    (denied,) = [each for each in json.loads(policy)["Statement"] if each["Effect"] == "Deny"]
    assert "ec2:CreateNetworkInterface" in denied["Action"]
    assert denied["Condition"] == {"Null": {"lambda:SourceFunctionArn": "false"}}
    without = deploy(python_function).one("aws:iam/rolePolicy:RolePolicy").inputs["policy"]
    assert "Deny" not in without


def test_an_authorizer_reaches_its_vpc_too() -> None:
    stack = deploy(lambda: custom_authorizer(vpc=VPC))
    assert stack.one(FUNCTION).inputs["vpcConfig"]["subnetIds"] == ["subnet-1", "subnet-2"]
    assert stack.one(ATTACHMENT).name == "guard-vpc-policy"


def test_ids_of_a_vpc_that_the_program_makes_flow_through() -> None:
    def program() -> None:
        made = pulumi.Output.from_input("subnet-9")
        python_function(vpc=VpcSettings(subnet_ids=[made], security_group_ids=["sg-9"]))

    stack = deploy(program)
    assert stack.one(FUNCTION).inputs["vpcConfig"]["subnetIds"] == ["subnet-9"]


def test_without_a_vpc_there_is_no_such_policy() -> None:
    stack = deploy(python_function)
    assert not stack.of_type(ATTACHMENT)
    assert "vpcConfig" not in stack.one(FUNCTION).inputs


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"subnet_ids": []}, r"vpc: subnet_ids=\[\]; name at least one in a list, or leave vpc out"),
        ({"security_group_ids": []}, r"vpc: security_group_ids=\[\]; name at least one"),
        ({"subnet_ids": "subnet-1"}, "vpc: subnet_ids='subnet-1'; name at least one in a list"),
    ],
)
def test_a_vpc_without_subnets_or_security_groups_is_refused(changes: dict[str, Any], says: str) -> None:
    with pytest.raises(ArgumentError, match=says):
        VpcSettings(**{"subnet_ids": ["subnet-1"], "security_group_ids": ["sg-1"], **changes})


def test_a_sixth_layer_is_refused_and_the_secrets_extension_counts() -> None:
    function_args(layers=[LAYER] * 5)
    with pytest.raises(ArgumentError, match="layers: 6; Lambda takes at most 5: put the content of some into one"):
        function_args(layers=[LAYER] * 6)
    platform = FunctionPlatform(secrets_extension=SecretsExtension(layer_version_arn=EXTENSION))
    function_args(layers=[LAYER] * 5, platform=platform)
    with pytest.raises(ArgumentError, match="layers: 6 with the secrets extension; Lambda takes at most 5"):
        function_args(layers=[LAYER] * 5, platform=platform, secret_arns={"KEY_ARN": SECRET})


@pytest.mark.parametrize("arn", ["wheels", LAYER.removesuffix(":3"), ""])
def test_a_layer_without_a_version_is_refused(arn: str) -> None:
    with pytest.raises(ArgumentError, match=r"function backend: layers: .* is not the ARN of a layer version"):
        function_args(layers=[arn])


def test_a_layer_that_the_program_makes_flows_through() -> None:
    stack = deploy(lambda: python_function(layers=[pulumi.Output.from_input(LAYER)]))
    assert json.dumps(stack.one(FUNCTION).inputs["layers"]) == json.dumps([LAYER])
