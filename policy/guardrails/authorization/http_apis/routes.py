"""Every route that can be an entrance asks a custom authorizer.

Judged from the route's own inputs, so that a violating route is stopped before it exists. `$default` is an entrance of
an HTTP API and none of a WebSocket API, which only the stack shows: `route_authorizers` judges it, and whose authorizer
it is.
"""

from collections.abc import Iterator
from typing import Final

from guardrails.authorization.accepted import ACCEPTED_ROUTES
from guardrails.properties import Known, Malformed, Missing, Unknown
from guardrails.resources import Resource
from guardrails.rules import Finding, Metadata, ResourceRule, Severity, Undecided, Violation
from guardrails.settings import Settings

ROUTE: Final = "aws:apigatewayv2/route:Route"
DEFAULT: Final = "$default"
CONNECT: Final = "$connect"


def check(route: Resource, settings: Settings) -> Iterator[Finding]:
    """Demand authorization of every route but `$default` and those behind a WebSocket connection."""
    match route.read("routeKey"):
        case Unknown():
            yield Undecided(resource=route, properties=("routeKey",))
        case Known(value=str(key)) if key == DEFAULT or _is_inside_websocket(key):
            return
        case _:
            yield from demand_authorization(route, settings)


def demand_authorization(route: Resource, settings: Settings) -> Iterator[Finding]:
    """Demand `authorizationType` CUSTOM, or what is configured, and the `authorizerId` that goes with it."""
    accepted = settings.texts(ACCEPTED_ROUTES.name)
    match route.read("authorizationType"):
        case Known(value="CUSTOM"):
            yield from _authorizer_is_named(route, "CUSTOM")
        case Known(value="JWT") if "JWT" in accepted:
            yield from _authorizer_is_named(route, "JWT")
        case Known(value="AWS_IAM") if "AWS_IAM" in accepted:
            yield from _no_authorizer_is_named(route, "AWS_IAM")
        case Unknown():
            yield Undecided(resource=route, properties=("authorizationType",))
        case Missing():
            yield Violation(resource=route, problem="authorizationType is missing, so anyone may call it.")
        case Known(value="NONE" | "JWT" | "AWS_IAM" as other):
            yield Violation(
                resource=route, problem=f"authorizationType is {other}; only CUSTOM asks a Lambda authorizer."
            )
        case Known() | Malformed():
            yield Violation(resource=route, problem="authorizationType is not CUSTOM.")


def _authorizer_is_named(route: Resource, kind: str) -> Iterator[Finding]:
    match route.read("authorizerId"):
        case Unknown():
            return  # it has one; whose it is, the stack tells
        case Known(value=str(identifier)) if identifier:
            return
        case Missing() | Known(value=""):
            yield Violation(resource=route, problem=f"authorizationType is {kind}, but authorizerId is missing.")
        case Known() | Malformed():
            yield Violation(resource=route, problem="authorizerId is not a text.")


def _no_authorizer_is_named(route: Resource, kind: str) -> Iterator[Finding]:
    match route.read("authorizerId"):
        case Missing() | Known(value=""):
            return
        case Unknown():
            yield Undecided(resource=route, properties=("authorizerId",))
        case Known() | Malformed():
            yield Violation(
                resource=route,
                problem=f"authorizerId is set, but authorizationType is {kind}: API Gateway never asks that "
                "authorizer.",
            )


def _is_inside_websocket(key: str) -> bool:
    """Whether the key can only be a WebSocket API's, behind its `$connect`.

    Keys of HTTP APIs are `METHOD /path` or `$default`; of a WebSocket API only `$connect` takes an authorizer (API
    Gateway developer guide, "Control access to WebSocket APIs with Lambda REQUEST authorizers").
    """
    return key == "$disconnect" or not (not key or key.startswith("$") or " " in key or "/" in key)


ROUTE_RULE: Final = ResourceRule(
    metadata=Metadata(
        name="apigatewayv2-route-custom-authorization",
        severity=Severity.CRITICAL,
        description="Every route of an HTTP API, and the $connect route of a WebSocket API, asks a custom authorizer.",
        remediation=(
            "Set authorizationType to CUSTOM and authorizerId to the id of a REQUEST Authorizer of the same API. Let "
            "the API's corsConfiguration answer preflights instead of an OPTIONS route."
        ),
        judged=(
            "`aws:apigatewayv2/route:Route`, by its inputs, before it is created: `authorizationType` is `CUSTOM` and "
            "`authorizerId` is set. `NONE`, `JWT`, `AWS_IAM` and a missing value are violations; `JWT` and `AWS_IAM` "
            "can be accepted by a setting, `JWT` then with an `authorizerId` and `AWS_IAM` without. OPTIONS routes are "
            "judged like all others: HTTP APIs have no mock integrations.\n\n"
            "Routes behind a WebSocket connection (`$disconnect` and keys such as `sendMessage`) take no authorizer "
            "and are not judged; `$connect` is. `$default` is judged with its API in view by "
            "[apigatewayv2-route-authorizer-of-same-api](apigatewayv2-route-authorizer-of-same-api.md), and so is "
            "whose authorizer it is."
        ),
        why=(
            "A route without an authorizer answers everyone, as with REST methods. A JWT authorizer checks a "
            "token but not who may do what with which route."
        ),
        sources=(
            "https://docs.aws.amazon.com/apigatewayv2/latest/api-reference/apis-apiid-routes.html",
            "https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-websocket-api-lambda-auth.html",
        ),
    ),
    types=frozenset({ROUTE}),
    check=check,
    settings=(ACCEPTED_ROUTES,),
)
