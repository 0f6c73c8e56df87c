"""The routes that an OpenAPI body declares: operations are no resources, so nothing else shows them."""

from collections.abc import Iterator
from typing import Final, cast

from guardrails.authorization.openapi.bodies import Body, read_body
from guardrails.authorization.openapi.http_bodies import HTTP_BODY_HOLDERS, HTTP_DIALECT
from guardrails.authorization.openapi.judging import Dialect
from guardrails.authorization.openapi.operations import Operation, operations
from guardrails.authorization.openapi.requirements import answered_by_mock, problems
from guardrails.authorization.openapi.rest_bodies import REST_BODY_HOLDERS, REST_DIALECT
from guardrails.authorization.openapi.schemes import asked, authorizer_of
from guardrails.called_functions import CalledFunctions
from guardrails.properties import Unknown
from guardrails.report.domains import Entrances, entrances
from guardrails.report.guards import REST_TTL_SECONDS, body_guard
from guardrails.report.named import name_of
from guardrails.report.routes import UNKNOWN_YET, Guard, Route
from guardrails.resources import Resource, Stack

_KINDS: Final = (("REST", REST_BODY_HOLDERS, REST_DIALECT), ("HTTP", HTTP_BODY_HOLDERS, HTTP_DIALECT))
_BY_MOCK: Final = "answered by API Gateway itself (mock)"


def body_routes(stack: Stack) -> Iterator[Route]:
    """A route per operation; one that says so where a body cannot be read."""
    functions = CalledFunctions(stack)
    for kind, holders, dialect in _KINDS:
        for api in (api for holder in sorted(holders) for api in stack.of_type(holder)):
            yield from _of_api(functions, api, kind, dialect, entrances(stack, api))


def _of_api(
    functions: CalledFunctions, api: Resource, kind: str, dialect: Dialect, names: Entrances
) -> Iterator[Route]:
    for part in read_body(api):
        if isinstance(part, Body):
            for operation in operations(part):
                if isinstance(operation, Operation):
                    yield _route(functions, api, kind, dialect, part, operation, names)
                else:
                    yield _unread(api, kind, names, f"{operation.place} {operation.problem}")
        else:
            unknown = isinstance(api.read("body"), Unknown)
            yield _unread(api, kind, names, "its body is not known yet" if unknown else "its body cannot be read")


def _route(
    functions: CalledFunctions,
    api: Resource,
    kind: str,
    dialect: Dialect,
    body: Body,
    operation: Operation,
    names: Entrances,
) -> Route:
    authorization, remark = _authorization(body, operation, dialect)
    return Route(
        kind=kind,
        api=name_of(api),
        method=operation.method,
        path=operation.path,
        authorization=authorization,
        guard=_guard(functions, body, operation, dialect) if authorization == "CUSTOM" else None,
        mutual_tls=names.mutual_tls,
        other_entrances=names.others,
        remark=remark,
        urn=api.urn,
    )


def _authorization(body: Body, operation: Operation, dialect: Dialect) -> tuple[str, str]:
    """What guards the operation in every alternative of its security, and why nothing does."""
    if dialect.mock and answered_by_mock(body, operation):
        return "NONE", _BY_MOCK
    reason = next(iter(problems(body, operation, dialect.authorizers, {"CUSTOM"})), None)
    if reason is None:
        return "CUSTOM", ""
    for other in ("AWS_IAM", *dialect.authorizers.values()):
        if other != "CUSTOM" and not any(problems(body, operation, dialect.authorizers, {other})):
            return other, ""
    return "NONE", reason


def _guard(functions: CalledFunctions, body: Body, operation: Operation, dialect: Dialect) -> Guard | None:
    """The authorizer of the first alternative that names one: each of them asks a custom authorizer."""
    alternatives = cast("list[dict[str, object]]", operation.value["security"])
    for name in (name for alternative in alternatives for name in alternative):
        authorizer = authorizer_of(body, name) if asked(body, name, dialect.authorizers) == "CUSTOM" else None
        if authorizer is not None:
            default = REST_TTL_SECONDS if dialect.mock else 0
            return body_guard(functions, name, authorizer.value, header=authorizer.header, default_ttl=default)
    return None


def _unread(api: Resource, kind: str, names: Entrances, remark: str) -> Route:
    return Route(
        kind=kind,
        api=name_of(api),
        method="",
        path=UNKNOWN_YET,
        authorization=UNKNOWN_YET,
        guard=None,
        mutual_tls=names.mutual_tls,
        other_entrances=names.others,
        remark=remark,
        urn=api.urn,
    )
