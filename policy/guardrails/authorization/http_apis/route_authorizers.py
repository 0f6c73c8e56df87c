"""The authorizer that a route names is one of the same API and of the right kind; and `$default` by its API's protocol.

Judged on the whole stack: by ids where they are known, and in the preview of new resources by what the ids come from.
An API or authorizer that this stack does not declare shows nothing, so it does not help.
"""

from collections.abc import Iterator
from functools import partial
from typing import Final

from guardrails.authorization.accepted import ACCEPTED_ROUTES
from guardrails.authorization.caching.http import HTTP_AUTHORIZER
from guardrails.authorization.http_apis.routes import DEFAULT, ROUTE, demand_authorization
from guardrails.authorization.openapi.http_bodies import HTTP_BODY_HOLDERS
from guardrails.authorization.owned_authorizers import OwnedAuthorizers
from guardrails.properties import Known, Unknown, known_text
from guardrails.references import Agreement, itself, reference
from guardrails.resources import Resource, Stack
from guardrails.rules import Finding, Metadata, Severity, StackRule, Undecided, Violation
from guardrails.settings import Settings

HTTP_API: Final = HTTP_BODY_HOLDERS

_TYPE_OF: Final = {"CUSTOM": "REQUEST", "JWT": "JWT"}
"""The authorizerType that each authorizationType takes."""


def check(stack: Stack, settings: Settings) -> Iterator[Finding]:
    """Judge every route that names an authorizer, and every `$default`."""
    authorizers = OwnedAuthorizers(stack, HTTP_AUTHORIZER, "apiId", HTTP_API, an_api="an API")
    for route in stack.of_type(ROUTE):
        if known_text(route.read("routeKey")) == DEFAULT:
            yield from _judge_default(stack, route, settings)
        kind = known_text(route.read("authorizationType"))
        if kind in _TYPE_OF:
            yield from authorizers.judge(route, partial(_is_of_kind, route, _TYPE_OF[kind]))


def _judge_default(stack: Stack, route: Resource, settings: Settings) -> Iterator[Finding]:
    named = reference(stack, route, "apiId", HTTP_API)
    agreements = [(api, itself(api).agreement(named)) for kind in sorted(HTTP_API) for api in stack.of_type(kind)]
    protocols = [api.read("protocolType") for api, agreement in agreements if agreement is Agreement.SAME]
    if protocols and all(isinstance(one, Unknown) or known_text(one) == "WEBSOCKET" for one in protocols):
        if any(isinstance(protocol, Unknown) for protocol in protocols):
            yield Undecided(resource=route, properties=("protocolType of its API",))
        return  # behind a connection that $connect let in
    findings = list(demand_authorization(route, settings))
    if findings and not protocols and any(agreement is Agreement.UNDECIDED for _, agreement in agreements):
        yield Undecided(resource=route, properties=("apiId", "id of its API"))
    else:
        yield from findings


def _is_of_kind(route: Resource, kind: str, authorizer: Resource) -> Iterator[Finding]:
    match authorizer.read("authorizerType"):
        case Known(value="JWT") if kind == "JWT":
            yield from _names_issuer(authorizer)
        case Known(value="REQUEST") if kind == "REQUEST":
            return
        case Unknown():
            yield Undecided(resource=authorizer, properties=("authorizerType",))
        case _:
            yield Violation(
                resource=route, problem=f"its authorizer {authorizer.name!r} is not of authorizerType {kind}."
            )


def _names_issuer(authorizer: Resource) -> Iterator[Finding]:
    """A JWT authorizer without an audience takes tokens that were made for anyone."""
    for name, kind in (("issuer", str), ("audiences", list)):
        match authorizer.read("jwtConfiguration", name):
            case Known(value=value) if isinstance(value, kind) and value:
                pass
            case Unknown():
                yield Undecided(resource=authorizer, properties=(f"jwtConfiguration.{name}",))
            case _:
                yield Violation(
                    resource=authorizer, problem=f"jwtConfiguration.{name} does not say whose tokens it takes."
                )


ROUTE_AUTHORIZER_RULE: Final = StackRule(
    metadata=Metadata(
        name="apigatewayv2-route-authorizer-of-same-api",
        severity=Severity.CRITICAL,
        description="The authorizer of a route is a Lambda authorizer of the same API.",
        remediation=(
            "Declare an Authorizer of authorizerType REQUEST in this stack, with the route's own apiId, and give its "
            "id to the route's authorizerId. Protect $default of an HTTP API like any other route."
        ),
        judged=(
            "The stack: every `CUSTOM` route names an `aws:apigatewayv2/authorizer:Authorizer` of this stack whose "
            "`apiId` is the route's own, of `authorizerType` `REQUEST`; a `JWT` route one of type `JWT`. Ids are "
            "compared where they are known, and in the preview of new resources what they come from. An authorizer "
            "that the stack does not declare is a violation, and so is a route of an API without any authorizer in the "
            "stack, wherever its id comes from.\n\n"
            "`$default` takes every request of an HTTP API that no other route takes, and messages of a WebSocket API "
            "behind its connection. It is judged by the `protocolType` of its API; when this stack does not declare "
            "the API, as that of an HTTP API."
        ),
        why=(
            "API Gateway refuses the authorizer of another API only when the route is created, and a route that names "
            "a JWT authorizer is open to every token of that issuer. A `$default` without an authorizer answers every "
            "path that nobody thought of."
        ),
        sources=("https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-routes.html",),
    ),
    check=check,
    settings=(ACCEPTED_ROUTES,),
)
