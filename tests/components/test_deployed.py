"""The real engine and the sandbox: what the authorizer's component promises, deployed, called and deployed again.

One stack for all tests: an API with a route of its own and a method that the program adds, behind an authorizer in a
VPC with provisioned concurrency; a backend with SnapStart; and a private API. The policy pack is on in every update.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from sandbox.engine.workspace import CommandResult, PulumiWorkspace
from tests.gateway.rest_api import Answer, ApiWorkshop
from tests.support.engine import COMMAND_SECONDS, program_workspace
from tests.support.sandbox import REGION, RunningSandbox, running_sandbox

pytestmark = pytest.mark.timeout(900)

ROOT = Path(__file__).resolve().parent.parent.parent
WITH_PACK = ("--policy-pack", str(ROOT / "policy"))
TOKEN = "let-me-in"

PLUGIN = """
def validate(auth_context):
    if auth_context["token"] != "let-me-in":
        raise ValueError("not let in")
    return {"principal_id": "caller"}
"""
BACKEND = """
import json

def handle(event, context):
    answer = {"greeting": "GREETING", "version": context.function_version}
    return {"statusCode": 200, "body": json.dumps(answer)}
"""
PROGRAM = """
from pathlib import Path
from typing import Any

import pulumi
import pulumi_aws as aws

from components.api_gateway_account import ApiGatewayAccount, ApiGatewayAccountArgs
from components.authorized_api import AuthorizedApi, AuthorizedApiArgs
from components.custom_authorizer import CustomAuthorizer, CustomAuthorizerArgs
from components.endpoints import EndpointType
from components.function_settings import ProvisionedConcurrency, SnapStart, VpcSettings
from components.python_function import PythonFunction, PythonFunctionArgs
from components.routes import Route

here = Path(__file__).parent
account = ApiGatewayAccount("account", ApiGatewayAccountArgs())
vpc = aws.ec2.Vpc("vpc", cidr_block="10.5.0.0/16", enable_dns_hostnames=True)
subnet = aws.ec2.Subnet("subnet", vpc_id=vpc.id, cidr_block="10.5.1.0/24")
group = aws.ec2.SecurityGroup("group", vpc_id=vpc.id, description="Of the authorizer")
endpoint = aws.ec2.VpcEndpoint(
    "endpoint",
    vpc_id=vpc.id,
    service_name=f"com.amazonaws.{aws.get_region().region}.execute-api",
    vpc_endpoint_type="Interface",
    subnet_ids=[subnet.id],
)
authorizer = CustomAuthorizer(
    "guard",
    CustomAuthorizerArgs(
        function_name="guard",
        plugins_directory=here / "chain",
        ttl_seconds=0,
        vpc=VpcSettings(subnet_ids=[subnet.id], security_group_ids=[group.id]),
        warm_start=ProvisionedConcurrency(executions=2),
    ),
)
backend = PythonFunction(
    "backend",
    PythonFunctionArgs(
        function_name="backend",
        description="Answers",
        handler="backend.handler.handle",
        files={"backend/handler.py": here / "backend.py"},
        warm_start=SnapStart(),
    ),
)
api = AuthorizedApi(
    "orders-api",
    AuthorizedApiArgs(
        api_name="orders-api",
        routes=[Route("GET", "/inside", handler=backend, authorizer=authorizer)],
        create_deployment=False,
        account=account,
    ),
)
orders = aws.apigateway.Resource(
    "orders", rest_api=api.rest_api_id, parent_id=api.root_resource_id, path_part="orders"
)
get = aws.apigateway.Method(
    "orders-get",
    rest_api=api.rest_api_id,
    resource_id=orders.id,
    http_method="GET",
    authorization="CUSTOM",
    authorizer_id=api.authorizer_ids["guard"],
)
integration = aws.apigateway.Integration(
    "orders-get",
    rest_api=api.rest_api_id,
    resource_id=orders.id,
    http_method=get.http_method,
    type="AWS_PROXY",
    integration_http_method="POST",
    uri=backend.invoke_arn,
)
permission = aws.lambda_.Permission(
    "orders-get",
    action="lambda:InvokeFunction",
    function=backend.function_name,
    qualifier=backend.alias_name,
    principal="apigateway.amazonaws.com",
    source_arn=pulumi.Output.concat(api.execution_arn, "/prod/GET/orders"),
)
api.deploy(after=[orders, get, integration, permission])
private = AuthorizedApi(
    "private-api",
    AuthorizedApiArgs(
        api_name="private-api",
        routes=[Route("GET", "/inside", handler=backend, authorizer=authorizer)],
        endpoint_type=EndpointType.PRIVATE,
        vpc_endpoint_ids=[endpoint.id],
        account=account,
    ),
)
pulumi.export("id", api.rest_api_id)
pulumi.export("private_id", private.rest_api_id)
pulumi.export("private_execution_arn", private.execution_arn)
pulumi.export("subnet", subnet.id)
pulumi.export("group", group.id)
pulumi.export("endpoint", endpoint.id)
"""


@dataclass(frozen=True, kw_only=True)
class World:
    """A stack's workspace, the sandbox that it is deployed to, and how to call it."""

    workspace: PulumiWorkspace
    sandbox: RunningSandbox
    outputs: dict[str, Any] = field(default_factory=dict[str, Any])
    """The stack's, as the last update left them."""

    @property
    def folder(self) -> Path:
        return self.workspace.project_directory

    def write(self, *, greeting: str = "hello", program: str = PROGRAM) -> None:
        (self.folder / "chain").mkdir(exist_ok=True)
        (self.folder / "chain" / "01_check.py").write_text(PLUGIN)
        (self.folder / "backend.py").write_text(BACKEND.replace("GREETING", greeting))
        (self.folder / "__main__.py").write_text(program)

    def up(self, *flags: str) -> CommandResult:
        arguments = ("--yes", "--skip-preview", *WITH_PACK, *flags)
        done = self.workspace.complete("up", *arguments, timeout_seconds=COMMAND_SECONDS)
        assert done.exit_code == 0, done.output
        self.outputs.clear()
        self.outputs.update(self.workspace.outputs())
        return done

    def preview(self) -> CommandResult:
        return self.workspace.complete("preview", timeout_seconds=COMMAND_SECONDS)

    def call(self, path: str, *, token: str | None = TOKEN, api: str = "id") -> Answer:
        headers = {} if token is None else {"Authorization": token}
        place = f"/_aws/execute-api/{self.outputs[api]}/prod{path}"
        return ApiWorkshop(self.sandbox).request(place, headers=headers)


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    folder = tmp_path_factory.mktemp("component")
    with running_sandbox(folder / "sandbox", with_provider=True) as sandbox:
        workspace = program_workspace(
            folder,
            PROGRAM,
            configuration={"aws:region": REGION},
            provider_port=sandbox.endpoints.provider_port,
            variables={"PYTHONPATH": str(ROOT)},
        )
        world = World(workspace=workspace, sandbox=sandbox)
        world.write()
        world.up()
        yield world


@pytest.mark.parametrize("path", ["/inside", "/orders"], ids=["a route", "a method added later"])
def test_every_method_is_served_and_answers_only_whom_the_chain_lets_in(world: World, path: str) -> None:
    assert world.call(path).status == 200
    assert world.call(path, token="let-me-in-too").status == 401
    assert world.call(path, token=None).status == 401


@pytest.mark.parametrize("path", ["/inside", "/orders"])
def test_the_alias_of_the_published_version_answers(world: World, path: str) -> None:
    answer = world.call(path).json
    assert (
        answer["version"]
        == world.sandbox.client("lambda").get_alias(FunctionName="backend", Name="live")["FunctionVersion"]
    )


def test_the_authorizer_is_called_by_its_alias_and_not_otherwise(world: World) -> None:
    (authorizer,) = world.sandbox.client("apigateway").get_authorizers(restApiId=world.outputs["id"])["items"]
    assert authorizer["authorizerUri"].endswith(":function:guard:live/invocations")
    functions = world.sandbox.client("lambda")
    allowed = json.loads(functions.get_policy(FunctionName="guard", Qualifier="live")["Policy"])["Statement"]
    assert {each["Resource"].rpartition(":")[2] for each in allowed} == {"live"}


def test_concurrency_snapshots_and_vpc_are_as_asked(world: World) -> None:
    functions = world.sandbox.client("lambda")
    kept = functions.get_provisioned_concurrency_config(FunctionName="guard", Qualifier="live")
    assert kept["RequestedProvisionedConcurrentExecutions"] == 2
    assert functions.get_function_configuration(FunctionName="backend")["SnapStart"]["ApplyOn"] == "PublishedVersions"
    vpc = functions.get_function_configuration(FunctionName="guard")["VpcConfig"]
    outputs = world.outputs
    assert (vpc["SubnetIds"], vpc["SecurityGroupIds"]) == ([outputs["subnet"]], [outputs["group"]])
    role = functions.get_function_configuration(FunctionName="guard")["Role"].rpartition("/")[2]
    attached = world.sandbox.client("iam").list_attached_role_policies(RoleName=role)["AttachedPolicies"]
    assert [each["PolicyName"] for each in attached] == ["AWSLambdaVPCAccessExecutionRole"]


def test_a_private_apis_endpoints_and_policy_are_stored(world: World) -> None:
    outputs = world.outputs
    live = world.sandbox.client("apigateway").get_rest_api(restApiId=outputs["private_id"])
    assert live["endpointConfiguration"]["types"] == ["PRIVATE"]
    assert live["endpointConfiguration"]["vpcEndpointIds"] == [outputs["endpoint"]]
    deny, allow = json.loads(json.loads(f'"{live["policy"]}"'))["Statement"]
    assert deny["Condition"] == {"StringNotEquals": {"aws:SourceVpce": [outputs["endpoint"]]}}
    assert deny["Resource"] == allow["Resource"] == f"{outputs['private_execution_arn']}/*"


def test_a_private_api_answers_nobody_who_comes_from_outside_its_vpc(world: World) -> None:
    assert world.call("/inside", api="private_id").status == 403
    assert world.call("/inside").status == 200


def test_a_second_update_changes_nothing(world: World) -> None:
    world.up("--refresh", "--expect-no-changes")


BAD = {
    "a TTL of 4000": ("ttl_seconds=0", "ttl_seconds=4000", "ttl_seconds=4000; API Gateway keeps a policy for 0 to"),
    "a secret": (
        "ttl_seconds=0",
        'ttl_seconds=0, environment={"JWT_SECRET": "sesame"}',
        "JWT_SECRET looks like a secret (its name says so); put the value into a ManagedSecret",
    ),
    "an open method": (
        'authorization="CUSTOM",\n    authorizer_id=api.authorizer_ids["guard"],',
        'authorization="NONE",',
        "after: method 'orders-get' has authorization NONE, so no authorizer of this API is asked",
    ),
}


@pytest.mark.parametrize(("before", "after", "says"), BAD.values(), ids=BAD.keys())
def test_bad_input_is_one_readable_line_of_the_preview(world: World, before: str, after: str, says: str) -> None:
    assert before in PROGRAM
    world.write(program=PROGRAM.replace(before, after, 1))
    try:
        refused = world.preview()
    finally:
        world.write()
    assert refused.exit_code != 0
    errors = [line.strip() for line in refused.output.splitlines() if line.strip().startswith("error: ")]
    assert len([error for error in errors if says in error]) == 1, refused.output
    assert "Traceback" not in refused.output
    assert "sesame" not in refused.output


def test_a_change_of_code_and_of_an_added_method_is_live_at_once(world: World) -> None:
    before = world.call("/orders").json
    world.write(
        greeting="welcome",
        program=PROGRAM.replace('path_part="orders"', 'path_part="purchases"').replace(
            '"/prod/GET/orders"', '"/prod/GET/purchases"'
        ),
    )
    world.up()
    answer = world.call("/purchases")
    assert (answer.status, answer.json["greeting"]) == (200, "welcome")
    assert int(answer.json["version"]) > int(before["version"])
    assert world.call("/purchases", token="let-me-in-too").status == 401
    assert world.call("/inside").json["greeting"] == "welcome"
