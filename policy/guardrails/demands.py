"""Demands on one property that most rules make alike, so that none of the four readings is ever forgotten.

What a value must be is the rule's own question. What follows from it is the same for all: a value that is not known
yet is undecided, a missing one is a violation unless the rule says that it may be missing, and everything else that
does not hold, a wrong type included, is a violation.
"""

from collections.abc import Callable, Container, Iterator
from typing import cast

from guardrails.properties import Known, Malformed, Missing, Node, Reading, Unknown
from guardrails.resources import Resource
from guardrails.rules import Finding, Undecided, Violation


def demand(
    resource: Resource, path: str, holds: Callable[[object], bool], *, otherwise: str, missing: str | None = None
) -> Iterator[Finding]:
    """Demand that `holds` is true of the property (`a.b` for a nested one).

    `otherwise` is the problem of a value that does not hold, and `missing` that of an absent one; without it, an absent
    property is none.
    """
    yield from demand_of(resource, path, resource.read(*path.split(".")), holds, otherwise=otherwise, missing=missing)


def demand_of(
    resource: Resource,
    path: str,
    reading: Reading,
    holds: Callable[[object], bool],
    *,
    otherwise: str,
    missing: str | None = None,
) -> Iterator[Finding]:
    """The same of a reading that is already at hand, for example an element of a list; `path` is how it is named."""
    match reading:
        case Unknown():
            yield Undecided(resource=resource, properties=(path,))
        case Missing():
            if missing is not None:
                yield Violation(resource=resource, problem=missing)
        case Known(value=value) if holds(value):
            return
        case Known() | Malformed():
            yield Violation(resource=resource, problem=otherwise)


def elements(reading: Reading) -> list[Node] | None:
    """The elements of a list, none for a missing one; `None` for what is no list or not known."""
    match reading:
        case Missing():
            return []
        case Known(value=list()):
            return cast("list[Node]", reading.value)
        case _:
            return None


def is_true(value: object) -> bool:
    """The boolean true, and nothing that a program might take for it."""
    return value is True


def is_not_true(value: object) -> bool:
    """The boolean false; a text or a number is not the answer to a question of yes or no."""
    return value is False


def is_number(value: object) -> bool:
    """A number as the engine sends them; true and false are none."""
    return isinstance(value, int | float) and not isinstance(value, bool)


def is_positive(value: object) -> bool:
    """A number above zero."""
    return is_number(value) and cast("float", value) > 0


def is_text(value: object) -> bool:
    """A text that is not empty."""
    return isinstance(value, str) and value != ""


def is_one_of(texts: Container[str]) -> Callable[[object], bool]:
    """A text that is listed. Lists and objects are asked for by mistake only, and are not."""
    return lambda value: isinstance(value, str) and value in texts
