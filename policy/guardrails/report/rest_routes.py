"""The routes of REST APIs that are declared as resources: one per method."""

from collections.abc import Iterator
from typing import Final

from guardrails.authorization.rest.authorizers import AUTHORIZER, REST_API
from guardrails.authorization.rest.methods import METHOD
from guardrails.authorization.rest.preflight import INTEGRATION, PATH_HOLDERS
from guardrails.called_functions import CalledFunctions
from guardrails.properties import known_text
from guardrails.report.domains import Entrances, entrances
from guardrails.report.guards import rest_guard
from guardrails.report.named import as_text, name_of, named
from guardrails.report.routes import UNKNOWN_YET, Route
from guardrails.resources import Resource, Stack

_UNSEEN_API: Final = Entrances(mutual_tls=(), others=(UNKNOWN_YET,))


def rest_routes(stack: Stack) -> Iterator[Route]:
    """The routes that Method resources declare."""
    entrances_of = {api.urn: entrances(stack, api) for kind in REST_API for api in stack.of_type(kind)}
    answered_by_mock = _answered_by_mock(stack)
    functions = CalledFunctions(stack)
    for method in stack.of_type(METHOD):
        api = named(stack, method, "restApi", REST_API)
        names = entrances_of[api.urn] if api else _UNSEEN_API
        authorization = as_text(method, "authorization", "NONE")
        authorizer = named(stack, method, "authorizerId", frozenset({AUTHORIZER}))
        yield Route(
            kind="REST",
            api=name_of(api) if api else as_text(method, "restApi", UNKNOWN_YET),
            method=as_text(method, "httpMethod", UNKNOWN_YET),
            path=path_of(stack, method, "resourceId"),
            authorization=authorization,
            guard=rest_guard(functions, authorizer) if authorizer and authorization == "CUSTOM" else None,
            mutual_tls=names.mutual_tls,
            other_entrances=names.others,
            remark=_remark(stack, method, authorization, answered_by_mock),
            urn=method.urn,
        )


def path_of(stack: Stack, resource: Resource, name: str) -> str:
    """The path of the Resource that a property names, from the root of its API."""
    parts: list[str] = []
    visited: set[str] = set()
    while True:
        holder = named(stack, resource, name, PATH_HOLDERS)
        if holder is None or holder.urn in visited:
            return _path(parts) if _is_root(stack, resource, name) else f"{UNKNOWN_YET}{_path(parts).rstrip('/')}"
        if holder.type in REST_API:
            return _path(parts)
        known = known_text(holder.read("path"))
        if known:
            return known.rstrip("/") + _path(parts).rstrip("/") or "/"
        visited.add(holder.urn)
        parts.append(as_text(holder, "pathPart", UNKNOWN_YET))
        resource, name = holder, "parentId"


def _path(parts: list[str]) -> str:
    return "/" + "/".join(reversed(parts))


def _is_root(stack: Stack, resource: Resource, name: str) -> bool:
    identifier = known_text(resource.read(name))
    apis = (api for kind in REST_API for api in stack.of_type(kind))
    return identifier is not None and any(known_text(api.read("rootResourceId")) == identifier for api in apis)


def _answered_by_mock(stack: Stack) -> frozenset[tuple[str | None, str]]:
    return frozenset(
        (_place(stack, integration), as_text(integration, "httpMethod", ""))
        for integration in stack.of_type(INTEGRATION)
        if known_text(integration.read("type")) == "MOCK"
    )


def _place(stack: Stack, resource: Resource) -> str | None:
    holder = named(stack, resource, "resourceId", PATH_HOLDERS)
    return holder.urn if holder else known_text(resource.read("resourceId"))


def _remark(
    stack: Stack, method: Resource, authorization: str, answered_by_mock: frozenset[tuple[str | None, str]]
) -> str:
    if authorization == "NONE" and (_place(stack, method), as_text(method, "httpMethod", "")) in answered_by_mock:
        return "answered by API Gateway itself (MOCK)"
    return ""
