"""Doors beside the REST method: OpenAPI bodies, HTTP API routes and Lambda function URLs.

Judged without looking inside: an OpenAPI body is refused as a whole, because what it declares cannot be seen here.
Not judged: quick-create targets and bodies of HTTP APIs, and whether a route's authorizer belongs to its API.
"""

from collections.abc import Iterator
from typing import Final

from guardrails.properties import Known, Malformed, Missing, Unknown
from guardrails.resources import Resource
from guardrails.rules import Finding, Metadata, ResourceRule, Severity, Undecided, Violation
from guardrails.settings import Settings


def check_openapi_body(api: Resource, _settings: Settings) -> Iterator[Finding]:
    """Refuse any `body`: methods that it declares are not resources, so no rule ever sees them."""
    match api.read("body"):
        case Missing():
            return
        case Unknown():
            yield Undecided(resource=api, properties=("body",))
        case Known() | Malformed():
            yield Violation(
                resource=api, problem="its methods are declared in an OpenAPI body, which these rules cannot look into."
            )


def check_route(route: Resource, _settings: Settings) -> Iterator[Finding]:
    """Demand `authorizationType` CUSTOM with an `authorizerId`, but not of a WebSocket API's inner routes."""
    match route.read("routeKey"):
        case Unknown():
            yield Undecided(resource=route, properties=("routeKey",))
            return
        case Known(value=str(key)) if _is_inside_websocket(key):
            return
        case _:
            pass
    match route.read("authorizationType"):
        case Known(value="CUSTOM"):
            pass
        case Unknown():
            yield Undecided(resource=route, properties=("authorizationType",))
            return
        case Missing():
            yield Violation(resource=route, problem="authorizationType is missing, so anyone may call it.")
            return
        case Known(value="NONE" | "JWT" | "AWS_IAM" as other):
            yield Violation(
                resource=route, problem=f"authorizationType is {other}; only CUSTOM asks a Lambda authorizer."
            )
            return
        case Known() | Malformed():
            yield Violation(resource=route, problem="authorizationType is not CUSTOM.")
            return
    match route.read("authorizerId"):
        case Unknown():
            return  # it has one
        case Known(value=str(identifier)) if identifier:
            return
        case Missing() | Known(value=""):
            yield Violation(resource=route, problem="authorizationType is CUSTOM, but authorizerId is missing.")
        case Known() | Malformed():
            yield Violation(resource=route, problem="authorizerId is not a text.")


def _is_inside_websocket(key: str) -> bool:
    """Whether the key can only be a WebSocket API's, behind its `$connect`.

    Keys of HTTP APIs are `METHOD /path` or `$default`; of a WebSocket API only `$connect` takes an authorizer (API
    Gateway developer guide, "Control access to WebSocket APIs with Lambda REQUEST authorizers").
    """
    return key == "$disconnect" or not (not key or key.startswith("$") or " " in key or "/" in key)


def check_function_url(url: Resource, _settings: Settings) -> Iterator[Finding]:
    """Demand `authorizationType` AWS_IAM, the only one that asks who calls."""
    match url.read("authorizationType"):
        case Known(value="AWS_IAM"):
            return
        case Unknown():
            yield Undecided(resource=url, properties=("authorizationType",))
        case Missing():
            yield Violation(resource=url, problem="authorizationType is missing.")
        case Known(value="NONE"):
            yield Violation(resource=url, problem="authorizationType is NONE, so anyone may call the function.")
        case Known() | Malformed():
            yield Violation(resource=url, problem="authorizationType is not AWS_IAM.")


OPENAPI_BODY_RULE: Final = ResourceRule(
    metadata=Metadata(
        name="apigateway-rest-api-no-openapi-body",
        severity=Severity.CRITICAL,
        description="A REST API declares its methods as resources, not in an OpenAPI body.",
        remediation=(
            "Remove the body and declare Resource, Method and Integration resources, each method with CUSTOM "
            "authorization."
        ),
        judged=(
            "`aws:apigateway/restApi:RestApi` and `aws:apigateway/restApiPut:RestApiPut`, by their inputs: there "
            "is no `body`."
        ),
        why=(
            "Methods that a body declares are no resources, so the other rules never see them: one operation with "
            "`security: []` is an open method. The rules do not look into bodies, so a body is refused as a "
            "whole."
        ),
    ),
    types=frozenset({"aws:apigateway/restApi:RestApi", "aws:apigateway/restApiPut:RestApiPut"}),
    check=check_openapi_body,
)

ROUTE_RULE: Final = ResourceRule(
    metadata=Metadata(
        name="apigatewayv2-route-custom-authorization",
        severity=Severity.CRITICAL,
        description="Every route of an HTTP API, and the $connect route of a WebSocket API, asks a custom authorizer.",
        remediation=(
            "Set authorizationType to CUSTOM and authorizerId to the id of a REQUEST Authorizer of the same API. "
            "Give the messages of a WebSocket API named routes: its $default looks like that of an HTTP API."
        ),
        judged=(
            "`aws:apigatewayv2/route:Route`, by its inputs: `authorizationType` is `CUSTOM` and `authorizerId` is "
            "set. Routes behind a WebSocket connection (`$disconnect` and keys such as `sendMessage`) take no "
            "authorizer and are not judged; `$connect` is, and `$default` always, because it looks the same for "
            "an HTTP API.\n\n"
            "Not judged: whether the authorizer belongs to the same API, and the routes that "
            "`aws:apigatewayv2/api:Api` makes by itself from a `target` or a `body`."
        ),
        why=(
            "A route without an authorizer answers everyone, as with REST methods. A JWT authorizer checks a "
            "token but not who may do what with which route."
        ),
    ),
    types=frozenset({"aws:apigatewayv2/route:Route"}),
    check=check_route,
)

FUNCTION_URL_RULE: Final = ResourceRule(
    metadata=Metadata(
        name="lambda-function-url-authorization",
        severity=Severity.CRITICAL,
        description="No function URL answers a caller that has not signed the request.",
        remediation=(
            "Set authorizationType to AWS_IAM, or remove the function URL and put the function behind an API with a "
            "custom authorizer."
        ),
        judged=("`aws:lambda/functionUrl:FunctionUrl`, by its inputs: `authorizationType` is `AWS_IAM`."),
        why=(
            "A function URL goes past the API and its authorizer. With `NONE` the function answers anyone who "
            "knows the URL."
        ),
    ),
    types=frozenset({"aws:lambda/functionUrl:FunctionUrl"}),
    check=check_function_url,
)
