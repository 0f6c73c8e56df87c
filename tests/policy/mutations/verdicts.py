"""What a rule says of declared resources, straight from its check, and what it read on the way.

The way through the engine's protocol is `judging.judge`, which every fixture takes; ten thousands of changes need the
short one. Only the property that is changed is made anew.
"""

import contextlib
from collections.abc import Callable, Generator, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, cast
from unittest.mock import patch

from guardrails.nodes import Node, node
from guardrails.properties import Reading
from guardrails.resources import Resource, Stack
from guardrails.rules import (
    Finding,
    Metadata,
    Rule,
    StackRule,
    Undecided,
    Violation,
    violation_message,
)
from guardrails.settings import defaults
from guardrails.waiting import waiting_message
from tests.policy.judging import Declared

Reads = set[tuple[str, tuple[str, ...]]]
"""URNs of resources, and paths of their properties."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Said:
    """The messages of violations and of notes, each kind as one text, and the exception that the rule raised."""

    violations: str = ""
    notes: str = ""
    failure: str = ""


def resources(stack: Iterable[Declared]) -> dict[str, Resource]:
    """The resources as a rule sees them, by their names. Sources that are not in the stack are lost."""
    urns = {one.name: one.urn for one in stack}
    return {
        one.name: Resource(
            type=one.type,
            name=one.name,
            urn=one.urn,
            properties={name: as_node(value) for name, value in one.properties.items()},
            origins={
                name: frozenset(urns[source] for source in sources if source in urns)
                for name, sources in one.sources.items()
            },
            dependencies=frozenset(
                urns[name]
                for name in (*one.after, *(name for names in one.sources.values() for name in names))
                if name in urns
            ),
        )
        for one in stack
    }


def with_property(resource: Resource, name: str, properties: Mapping[str, Any]) -> Resource:
    """The resource with one property exchanged for that of `properties`, or without it."""
    changed = dict(resource.properties)
    changed.pop(name, None)
    if name in properties:
        changed[name] = as_node(properties[name])
    return Resource(
        type=resource.type,
        name=resource.name,
        urn=resource.urn,
        properties=changed,
        origins=resource.origins,
        dependencies=resource.dependencies,
    )


def as_node(value: object) -> Node:
    """The value as the engine's message would bring it: all numbers are floats."""
    return node(_floats(value))


def _floats(value: object) -> object:
    if isinstance(value, Mapping):
        return {key: _floats(entry) for key, entry in cast("Mapping[str, object]", value).items()}
    if isinstance(value, list):
        return [_floats(element) for element in cast("list[object]", value)]
    return float(value) if isinstance(value, int) and not isinstance(value, bool) else value


def said(rule: Rule, changed: Resource, stack: Mapping[str, Resource]) -> Said:
    """What the rule says where `changed` is in the stack in place of the resource of its name."""
    if isinstance(rule, StackRule):
        return said_of_stack(rule, Stack(resources=tuple((dict(stack) | {changed.name: changed}).values())))
    if rule.types is not None and changed.type not in rule.types:
        return Said()
    return _answer(rule.metadata, lambda: rule.check(changed, defaults(rule.settings)))


def said_of_stack(rule: StackRule, stack: Stack) -> Said:
    """What the rule says of the stack."""
    return _answer(rule.metadata, lambda: rule.check(stack, defaults(rule.settings)))


def _answer(metadata: Metadata, check: Callable[[], Iterable[Finding]]) -> Said:
    violations: list[str] = []
    undecided: list[Undecided] = []
    try:
        for finding in check():
            if isinstance(finding, Violation):
                violations.append(violation_message(metadata, finding))
            else:
                undecided.append(finding)
    except Exception as error:  # noqa: BLE001  # what a rule raises is the finding
        return Said(failure=repr(error))
    return Said(violations="\n".join(violations), notes=waiting_message(undecided) if undecided else "")


@contextlib.contextmanager
def recorded_reads() -> Generator[Reads]:
    """What rules read meanwhile. Asking where a value comes from is reading it."""
    reads: Reads = set()
    read, origins_of = Resource.read, Resource.origins_of

    def recorded_read(self: Resource, *path: str) -> Reading:
        reads.add((self.urn, path))
        return read(self, *path)

    def recorded_origins(self: Resource, name: str) -> frozenset[str]:
        reads.add((self.urn, (name,)))
        return origins_of(self, name)

    with patch.object(Resource, "read", recorded_read), patch.object(Resource, "origins_of", recorded_origins):
        yield reads
