"""Judges a whole body: its version, then every operation; one finding per problem, however many operations have it."""

import re
from collections.abc import Iterator, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from typing import Final

from guardrails.authorization.openapi.bodies import Body, read_body
from guardrails.authorization.openapi.operations import Fault, operations
from guardrails.authorization.openapi.requirements import answered_by_mock, problems
from guardrails.resources import Resource
from guardrails.rules import Finding, Violation

_NAMED: Final = 5
"""So many operations a message names; the others are counted."""


@dataclass(frozen=True, kw_only=True)
class Dialect:
    """How one kind of API reads a body.

    `authorizers` maps authorizer types to authorizations; `mock` says whether API Gateway can answer a preflight itself
    there by an integration.
    """

    versions: Mapping[str, tuple[str, ...]]
    authorizers: Mapping[str, str]
    mock: bool


def judge(api: Resource, dialect: Dialect, accepted: AbstractSet[str]) -> Iterator[Finding]:
    """What is wrong with the body of `api`, if it has one."""
    for part in read_body(api):
        if isinstance(part, Body):
            yield from _judge(api, part, dialect, accepted)
        else:
            yield part


def _judge(api: Resource, body: Body, dialect: Dialect, accepted: AbstractSet[str]) -> Iterator[Finding]:
    if not _is_understood(body.document, dialect):
        known = ", ".join(f"{key} {version}" for key, versions in dialect.versions.items() for version in versions)
        yield Violation(resource=api, problem=f"its body does not say that it is one of {known}, so it is not judged.")
        return
    places: dict[str, list[str]] = {}
    for part in operations(body):
        if isinstance(part, Fault):
            places.setdefault(part.problem, []).append(part.place)
        elif not (dialect.mock and answered_by_mock(body, part)):
            for problem in problems(body, part, dialect.authorizers, accepted):
                places.setdefault(problem, []).append(part.place)
    for problem, where in places.items():
        further = f" and {len(where) - _NAMED} more" if len(where) > _NAMED else ""
        each = "each " if len(where) > 1 else ""
        yield Violation(resource=api, problem=f"in its body, {', '.join(where[:_NAMED])}{further} {each}{problem}.")


def _is_understood(document: Mapping[str, object], dialect: Dialect) -> bool:
    named = [key for key in ("swagger", "openapi") if key in document]
    if len(named) != 1:
        return False
    version = document[named[0]]
    if isinstance(version, bool) or not isinstance(version, str | float):
        return False  # a float is what YAML makes of 2.0
    known = dialect.versions.get(named[0], ())
    return any(re.fullmatch(rf"{re.escape(prefix)}(\.[0-9]+)?", str(version)) for prefix in known)
