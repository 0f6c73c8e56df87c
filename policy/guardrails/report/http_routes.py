"""The routes of HTTP and WebSocket APIs, quick-create targets included."""

from collections.abc import Iterator
from typing import Final

from guardrails.called_functions import CalledFunctions
from guardrails.properties import Missing
from guardrails.report.domains import Entrances, entrances
from guardrails.report.guards import http_guard
from guardrails.report.named import as_text, name_of, named
from guardrails.report.routes import UNKNOWN_YET, Route
from guardrails.resources import Resource, Stack

API: Final = "aws:apigatewayv2/api:Api"
ROUTE: Final = "aws:apigatewayv2/route:Route"
AUTHORIZER: Final = "aws:apigatewayv2/authorizer:Authorizer"
_UNSEEN_API: Final = Entrances(mutual_tls=(), others=(UNKNOWN_YET,))


def http_routes(stack: Stack) -> Iterator[Route]:
    """The routes that Route resources declare, and those that an Api makes of its `target`."""
    entrances_of = {api.urn: entrances(stack, api) for api in stack.of_type(API)}
    functions = CalledFunctions(stack)
    for route in stack.of_type(ROUTE):
        api = named(stack, route, "apiId", frozenset({API}))
        authorization = as_text(route, "authorizationType", "NONE")
        authorizer = named(stack, route, "authorizerId", frozenset({AUTHORIZER}))
        names = entrances_of[api.urn] if api else _UNSEEN_API
        method, path = _method_and_path(as_text(route, "routeKey", UNKNOWN_YET))
        yield Route(
            kind=_kind(api),
            api=name_of(api) if api else as_text(route, "apiId", UNKNOWN_YET),
            method=method,
            path=path,
            authorization=authorization,
            guard=http_guard(functions, authorizer) if authorizer and authorization == "CUSTOM" else None,
            mutual_tls=names.mutual_tls,
            other_entrances=names.others,
            remark="",
            urn=route.urn,
        )
    for api in stack.of_type(API):
        if isinstance(api.read("target"), Missing):
            continue
        method, path = _method_and_path(as_text(api, "routeKey", "$default"))
        yield Route(
            kind=_kind(api),
            api=name_of(api),
            method=method,
            path=path,
            authorization="NONE",
            guard=None,
            mutual_tls=entrances_of[api.urn].mutual_tls,
            other_entrances=entrances_of[api.urn].others,
            remark="made by the API's target",
            urn=api.urn,
        )


def _kind(api: Resource | None) -> str:
    return as_text(api, "protocolType", UNKNOWN_YET) if api else "HTTP"


def _method_and_path(key: str) -> tuple[str, str]:
    """`GET /orders` is both; `$default` and the names of a WebSocket API's routes are paths of no method."""
    method, separator, path = key.partition(" ")
    return (method, path) if separator and path.startswith("/") else ("", key)
