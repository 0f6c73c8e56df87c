"""One authorizer as the rules on caching see it, whether a resource or an OpenAPI body declares it."""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass

from guardrails.authorization.openapi.bodies import Body, read_body
from guardrails.authorization.openapi.schemes import body_authorizers
from guardrails.properties import Known, Missing, Reading, Unknown
from guardrails.resources import Resource
from guardrails.rules import Finding, Undecided, Violation

DEFAULT_SECONDS = 300
"""How long API Gateway keeps a decision where nothing is said (API reference, CreateAuthorizer)."""


@dataclass(frozen=True, kw_only=True)
class DeclaredAuthorizer:
    """`read` answers for its properties, which have the same names in resources and bodies; `place` is empty for a
    resource of its own. `header` is where a token is found when no identity source says so.
    """

    resource: Resource
    place: str
    read: Callable[[str], Reading]
    header: str = "Authorization"

    def violation(self, problem: str) -> Violation:
        """`problem` continues its name."""
        return Violation(resource=self.resource, problem=f"{self.place}{problem}")

    def undecided(self, *properties: str) -> Undecided:
        """It waits for these properties."""
        return Undecided(resource=self.resource, properties=properties)


@dataclass(frozen=True, kw_only=True)
class Seconds:
    """How long decisions are kept: `number` of seconds, `None` for a value that is not known yet."""

    number: float | None


def in_resource(resource: Resource) -> DeclaredAuthorizer:
    """The authorizer that a resource is."""
    return DeclaredAuthorizer(resource=resource, place="", read=lambda name: resource.read(name))


def in_body(api: Resource) -> Iterator[DeclaredAuthorizer | Finding]:
    """The authorizers that the body of an API declares, or the finding that says why it cannot be read."""
    for part in read_body(api):
        if not isinstance(part, Body):
            yield part
            continue
        for declared in body_authorizers(part):
            yield DeclaredAuthorizer(
                resource=api,
                place=f"in its body, {declared.place}: ",
                read=_reader(declared.value),
                header=declared.header,
            )


def _reader(value: Mapping[str, object]) -> Callable[[str], Reading]:
    def read(name: str) -> Reading:
        found = value.get(name)
        return Missing() if found is None else Known(found)

    return read


def seconds(authorizer: DeclaredAuthorizer) -> Seconds | Violation:
    """How long it keeps decisions, or what is wrong with the number."""
    match authorizer.read("authorizerResultTtlInSeconds"):
        case Missing():
            return Seconds(number=DEFAULT_SECONDS)
        case Unknown():
            return Seconds(number=None)
        case Known(value=bool()):
            pass
        case Known(value=int() | float() as number) if 0 <= number <= 3600:
            return Seconds(number=number)
        case Known(value=str(text)) if re.fullmatch(r"[0-9]{1,4}", text) and int(text) <= 3600:
            return Seconds(number=int(text))  # a body may write it as a text
        case _:
            pass
    return authorizer.violation("authorizerResultTtlInSeconds is not a number of seconds from 0 to 3600.")


def each(
    declared: Iterable[DeclaredAuthorizer | Finding], judge: Callable[[DeclaredAuthorizer], Iterator[Finding]]
) -> Iterator[Finding]:
    """What `judge` says of each authorizer, and the findings that stand for what cannot be read."""
    for one in declared:
        if isinstance(one, DeclaredAuthorizer):
            yield from judge(one)
        else:
            yield one
