"""A WebSocket API has a `$connect` route: without one, API Gateway lets every connection in and asks nobody."""

from collections.abc import Iterator
from typing import Final

from guardrails.authorization.http_apis.route_authorizers import HTTP_API
from guardrails.authorization.http_apis.routes import CONNECT, ROUTE
from guardrails.companions import Companions
from guardrails.properties import Known, Unknown, known_text
from guardrails.resources import Resource, Stack
from guardrails.rules import Finding, Metadata, Severity, StackRule, Undecided, Violation
from guardrails.settings import Settings


def check(stack: Stack, _settings: Settings) -> Iterator[Finding]:
    """Demand a `$connect` route of every WebSocket API."""
    routes = Companions(stack, (ROUTE,), "apiId", HTTP_API)
    for kind in sorted(HTTP_API):
        for api in stack.of_type(kind):
            match api.read("protocolType"):
                case Known(value="HTTP"):
                    pass
                case Unknown():
                    yield Undecided(resource=api, properties=("protocolType",))
                case Known(value="WEBSOCKET"):
                    yield from _judge(api, routes)
                case _:
                    yield Violation(resource=api, problem="protocolType is not HTTP or WEBSOCKET.")


def _judge(api: Resource, routes: Companions) -> Iterator[Finding]:
    found = routes.of(api)
    if any(known_text(route.read("routeKey")) == CONNECT for route in found.certain):
        return
    may_connect = [route for route in found.certain if isinstance(route.read("routeKey"), Unknown)]
    may_connect += [
        route
        for route in found.possible
        if isinstance(key := route.read("routeKey"), Unknown) or known_text(key) == CONNECT
    ]
    if may_connect:
        yield Undecided(resource=api, properties=(f"routeKey and apiId of {may_connect[0].label}",))
    else:
        yield Violation(
            resource=api, problem="this WebSocket API has no $connect route in this stack, so anyone may connect."
        )


CONNECT_RULE: Final = StackRule(
    metadata=Metadata(
        name="apigatewayv2-api-websocket-connect-route",
        severity=Severity.CRITICAL,
        description="Every WebSocket API has a $connect route, which is where callers are asked who they are.",
        remediation="Declare a Route with routeKey $connect, authorizationType CUSTOM and a REQUEST authorizer.",
        judged=(
            "The stack: for every `aws:apigatewayv2/api:Api` of `protocolType` `WEBSOCKET` there is a Route with its "
            "`apiId` and the `routeKey` `$connect`. That the route asks an authorizer is judged by "
            "[apigatewayv2-route-custom-authorization](apigatewayv2-route-custom-authorization.md)."
        ),
        why=(
            "A WebSocket API can ask an authorizer when a connection is made and never again. Without a `$connect` "
            "route every connection is let in, and all other routes answer it."
        ),
        sources=(
            "https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-websocket-api-route-keys-connect-disconnect.html",
            "https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-websocket-api-lambda-auth.html",
        ),
    ),
    check=check,
)
