"""What waits for values that are not known yet, told once for each rule.

A new stack has hundreds of such decisions, so resources of one type that wait for the same properties are told
together. Where there are many, a text for people names the first of them and counts the rest; the report as JSON names
every one.
"""

from collections import defaultdict
from collections.abc import Iterable
from typing import Final, Protocol

from guardrails.resources import Resource

NAMED: Final = 12
"""How many resources of one type that wait for the same properties are named."""


class Waits(Protocol):
    """A decision that waits for `properties` of `resource`."""

    @property
    def resource(self) -> Resource:
        """The resource that is judged."""
        ...

    @property
    def properties(self) -> tuple[str, ...]:
        """What is not known, as paths."""
        ...


def waiting_message(waiting: Iterable[Waits]) -> str:
    """All that one rule waits for, on one line."""
    return f"Not known yet, so decided again in the update: {places(waiting)}."


def places(waiting: Iterable[Waits]) -> str:
    """`Box 'left', 'right': colour, size; Lid 'top': width`, whatever the order in which they were judged."""
    names: defaultdict[tuple[str, tuple[str, ...]], set[str]] = defaultdict(set)
    for one in waiting:
        names[one.resource.kind, one.properties].add(one.resource.name)
    return "; ".join(f"{kind} {_some(names[kind, paths])}: {', '.join(paths)}" for kind, paths in sorted(names))


def _some(names: Iterable[str]) -> str:
    ordered = sorted(names)
    more = f" and {len(ordered) - NAMED} more" if len(ordered) > NAMED else ""
    return ", ".join(f"'{name}'" for name in ordered[:NAMED]) + more
