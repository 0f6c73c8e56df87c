"""A stage of an HTTP or WebSocket API serves every route that the stack declares, as it declares it."""

from collections.abc import Iterator
from typing import Final

from guardrails.authorization.caching.http import HTTP_AUTHORIZER
from guardrails.authorization.deployments.coverage import Kind, deployments, served
from guardrails.authorization.http_apis.routes import ROUTE
from guardrails.authorization.openapi.http_bodies import HTTP_BODY_HOLDERS
from guardrails.properties import Known, Malformed, Missing, Unknown
from guardrails.resources import Resource, Stack
from guardrails.rules import Finding, Metadata, Severity, StackRule, Undecided, Violation
from guardrails.settings import Settings

HTTP_STAGE: Final = "aws:apigatewayv2/stage:Stage"

HTTP: Final = Kind(
    apis=HTTP_BODY_HOLDERS,
    deployment="aws:apigatewayv2/deployment:Deployment",
    api_property="apiId",
    parts={ROUTE: "apiId", HTTP_AUTHORIZER: "apiId", "aws:apigatewayv2/integration:Integration": "apiId"},
)


def check(stack: Stack, _settings: Settings) -> Iterator[Finding]:
    """Judge the deployments, and that stages serve them or deploy by themselves."""
    yield from deployments(stack, HTTP)
    for stage in stack.of_type(HTTP_STAGE):
        yield from _judge(stack, stage)


def _judge(stack: Stack, stage: Resource) -> Iterator[Finding]:
    match stage.read("autoDeploy"):
        case Known(value=True):
            return  # API Gateway makes a new copy after every change
        case Unknown():
            yield Undecided(resource=stage, properties=("autoDeploy",))
        case Missing() | Known(value=False):
            yield from served(stack, stage, HTTP, "deploymentId")
        case Known() | Malformed():
            yield Violation(resource=stage, problem="autoDeploy is not true or false.")


HTTP_DEPLOYMENT_RULE: Final = StackRule(
    metadata=Metadata(
        name="apigatewayv2-stage-deployment-covers-routes",
        severity=Severity.HIGH,
        description="A stage of an HTTP or WebSocket API serves every route as the stack declares it.",
        remediation=(
            "Set autoDeploy to true, or give the Deployment of the stage depends_on with every Route, Integration and "
            "Authorizer of its API, and triggers with a digest of their definitions."
        ),
        judged=(
            "The stack: every `aws:apigatewayv2/stage:Stage` has `autoDeploy` true, or serves a Deployment of this "
            "stack and of its own API. Every `aws:apigatewayv2/deployment:Deployment` is made after every Route, "
            "Integration and Authorizer of its API, directly or through others, and has `triggers`."
        ),
        why=(
            "A deployment is a copy. A route that was given an authorizer stays open in the stage until the API is "
            "deployed again, while program and state show it closed."
        ),
        sources=("https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-stages.html",),
    ),
    check=check,
)
