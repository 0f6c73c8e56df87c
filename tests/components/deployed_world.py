"""One stack with everything that `test_deployed.py` calls, and the sandbox that it is deployed to.

my-api        `first.py` of docs/how-to/plugins.md as it stands: the built-in chain
inside-api    EDGE, in front of a function with SnapStart: a route behind an authorizer in a VPC with provisioned
              concurrency; a method that is added later, behind a REQUEST authorizer that goes by a stage variable
private-api   that route for a VPC endpoint only
orders-api    added by an update: `orders.py` of the page, for an account that has API Gateway's role already
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from sandbox.engine.workspace import CommandResult, PulumiWorkspace
from tests.examples.markdown import blocks
from tests.gateway.rest_api import Answer, ApiWorkshop
from tests.support.engine import COMMAND_SECONDS
from tests.support.sandbox import RunningSandbox

ROOT = Path(__file__).resolve().parents[2]
WITH_PACK = ("--policy-pack", str(ROOT / "policy"))
TOKEN = "let-me-in"

PAGE = {block.title: block.code for block in blocks(ROOT / "docs" / "how-to" / "plugins.md")}
ACCOUNT = 'account = ApiGatewayAccount("account", ApiGatewayAccountArgs())  # leave it out where the account has it\n'
PLUGIN = """
def validate(auth_context):
    if auth_context["token"] != "let-me-in":
        raise ValueError("not let in")
    return {"principal_id": "caller"}
"""
STAGE_PLUGIN = """
from authorizer.denial import NotPermitted

def validate(auth_context):
    audience = auth_context["stage_variables"]["audience"]
    if audience not in auth_context["headers"]["X-Audiences"].split():
        raise NotPermitted("wrong_audience")
    return {"principal_id": "caller", "context": {"audience": audience}}
"""
ANSWERING = """
import json

def handle(event, context):
    audience = event["requestContext"]["authorizer"].get("audience")
    answer = {"greeting": "GREETING", "version": context.function_version, "audience": audience}
    return {"statusCode": 200, "body": json.dumps(answer)}
"""
MORE = """
import pulumi_aws as aws

from components.custom_authorizer import AuthorizerType
from components.endpoints import EndpointType
from components.function_settings import ExistingSecret, ProvisionedConcurrency, SnapStart, VpcSettings
from components.routes import Route

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
guard = CustomAuthorizer(
    "guard",
    CustomAuthorizerArgs(
        function_name="guard",
        plugins_directory=HERE / "plugins",
        ttl_seconds=0,
        identity_validation_expression="let-[a-z-]+",
        vpc=VpcSettings(subnet_ids=[subnet.id], security_group_ids=[group.id]),
        warm_start=ProvisionedConcurrency(executions=2),
    ),
)
by_stage = CustomAuthorizer(
    "by-stage",
    CustomAuthorizerArgs(
        function_name="by-stage",
        plugins_directory=HERE / "stage_plugins",
        type=AuthorizerType.REQUEST,
        identity_sources=["method.request.header.X-Audiences", "stageVariables.audience"],
        ttl_seconds=300,
    ),
)
answering = PythonFunction(
    "answering",
    PythonFunctionArgs(
        function_name="answering",
        description="Answers",
        handler="answering.handler.handle",
        files={"answering/handler.py": HERE / "answering.py"},
        warm_start=SnapStart(),
    ),
)
inside = AuthorizedApi(
    "inside-api",
    AuthorizedApiArgs(
        api_name="inside-api",
        routes=[Route("GET", "/inside", handler=answering, authorizer=guard)],
        authorizers=[by_stage],
        endpoint_type=EndpointType.EDGE,
        stage=StageSettings(variables={"audience": "staff"}),
        create_deployment=False,
        account=account,
    ),
)
later = aws.apigateway.Resource(
    "later", rest_api=inside.rest_api_id, parent_id=inside.root_resource_id, path_part="later"
)
get = aws.apigateway.Method(
    "later-get",
    rest_api=inside.rest_api_id,
    resource_id=later.id,
    http_method="GET",
    authorization="CUSTOM",
    authorizer_id=inside.authorizer_ids["by-stage"],
)
integration = aws.apigateway.Integration(
    "later-get",
    rest_api=inside.rest_api_id,
    resource_id=later.id,
    http_method=get.http_method,
    type="AWS_PROXY",
    integration_http_method="POST",
    uri=answering.invoke_arn,
)
permission = aws.lambda_.Permission(
    "later-get",
    action="lambda:InvokeFunction",
    function=answering.function_name,
    qualifier=answering.alias_name,
    principal="apigateway.amazonaws.com",
    source_arn=pulumi.Output.concat(inside.execution_arn, "/prod/GET/later"),
)
inside.deploy(after=[later, get, integration, permission])
private = AuthorizedApi(
    "private-api",
    AuthorizedApiArgs(
        api_name="private-api",
        routes=[Route("GET", "/inside", handler=answering, authorizer=guard)],
        endpoint_type=EndpointType.PRIVATE,
        vpc_endpoint_ids=[endpoint.id],
        gateway_responses=[],
        account=account,
    ),
)
pulumi.export("inside_id", inside.rest_api_id)
pulumi.export("inside_url", inside.invoke_url)
pulumi.export("private_url", private.invoke_url)
pulumi.export("private_id", private.rest_api_id)
pulumi.export("private_execution_arn", private.execution_arn)
pulumi.export("subnet", subnet.id)
pulumi.export("group", group.id)
pulumi.export("endpoint", endpoint.id)
"""


def replaced(text: str, changes: Mapping[str, str]) -> str:
    """The text with each change made at its one place."""
    for before, after in changes.items():
        assert text.count(before) == 1, before
        text = text.replace(before, after)
    return text


PROGRAM = PAGE["first.py"] + MORE
ORDERS = replaced(PAGE["orders.py"], {ACCOUNT: ""})


@dataclass(frozen=True, kw_only=True)
class World:
    """A stack's workspace, the sandbox that it is deployed to, and how to call it."""

    workspace: PulumiWorkspace
    sandbox: RunningSandbox
    outputs: dict[str, Any] = field(default_factory=dict[str, Any])
    """The stack's, as the last update left them."""

    def write(self, changes: Mapping[str, str] | None = None, *, greeting: str = "hello", more: str = "") -> None:
        """The program's files, with these changes of its text and more at its end."""
        files = {
            "backend/__init__.py": "",
            "backend/handler.py": PAGE["backend/handler.py"],
            "plugins/01_check.py": PLUGIN,
            "stage_plugins/01_check.py": STAGE_PLUGIN,
            "answering.py": ANSWERING.replace("GREETING", greeting),
            "__main__.py": replaced(PROGRAM, changes or {}) + more,
        }
        for name, text in files.items():
            file = self.workspace.project_directory / name
            file.parent.mkdir(exist_ok=True)
            file.write_text(text, encoding="utf-8")

    def up(self, *flags: str) -> CommandResult:
        """Updates the stack, judged by the policy pack."""
        arguments = ("--yes", "--skip-preview", *WITH_PACK, *flags)
        done = self.workspace.complete("up", *arguments, timeout_seconds=COMMAND_SECONDS)
        assert done.exit_code == 0, done.output
        if "--expect-no-changes" not in flags:
            self.outputs.update(self.workspace.outputs())
        return done

    def call(
        self, path: str, *, token: str | None = TOKEN, api: str = "inside_url", headers: Mapping[str, str] | None = None
    ) -> Answer:
        """GET `path` of the API whose URL is the output `api`, with this token."""
        sent = {**({} if token is None else {"Authorization": token}), **(headers or {})}
        return ApiWorkshop(self.sandbox).request(urlsplit(self.outputs[api]).path + path, headers=sent)

    def decisions(self, authorizer: str) -> list[dict[str, Any]]:
        """What the authorizer has logged of every decision, oldest first."""
        pages = self.sandbox.client("logs").get_paginator("filter_log_events")
        lines = [
            event["message"]
            for page in pages.paginate(logGroupName=f"/aws/lambda/{authorizer}")
            for event in page["events"]
        ]
        return [json.loads(line) for line in lines if line.startswith("{") and '"decision"' in line]
