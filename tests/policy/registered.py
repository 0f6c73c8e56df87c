"""What a program registers, as the engine shows it to the pack in the preview of a new stack.

Inputs only: nothing exists yet, so no resource has an id, and what comes from one is unknown. Programs run with mocks
(`tests.support.mocks`), without an engine.
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, cast

from guardrails.nodes import SIGNATURE, UNKNOWN_TEXT
from guardrails.resources import Resource
from guardrails.resources import Stack as JudgedStack
from guardrails.rules import Finding, ResourceRule, Rule
from guardrails.settings import defaults
from tests.support.mocks import UNKNOWN as UNKNOWN_OF_MOCKS
from tests.support.mocks import Registration, Stack


def judged_stack(stack: Stack) -> JudgedStack:
    """The stack that rules see; the mocks' preview answers with inputs, as providers do for what does not exist."""
    return JudgedStack(resources=tuple(_resource(one) for one in stack.registrations))


def findings(rules: Iterable[Rule], stack: JudgedStack) -> Iterator[Finding]:
    """Everything that the rules find, each resource and the stack as a whole judged with the default settings."""
    for rule in rules:
        settings = defaults(rule.settings)
        if not isinstance(rule, ResourceRule):
            yield from rule.check(stack, settings)
            continue
        for resource in stack.resources:
            if rule.types is None or resource.type in rule.types:
                yield from rule.check(resource, settings)


def _resource(registration: Registration) -> Resource:
    sources = cast("Mapping[str, Mapping[str, Any]]", registration.options.get("propertyDependencies") or {})
    return Resource(
        type=registration.type,
        name=registration.name,
        urn=registration.urn,
        properties={name: _as_sent(value) for name, value in registration.inputs.items()},
        origins={name: frozenset(entry.get("urns") or ()) for name, entry in sources.items()},
        dependencies=registration.depends_on,
    )


def _as_sent(value: object) -> object:
    if value == UNKNOWN_OF_MOCKS:
        return UNKNOWN_TEXT
    if isinstance(value, dict):
        entries = cast("dict[str, object]", value)
        assert SIGNATURE not in entries
        return {name: _as_sent(entry) for name, entry in entries.items()}
    if isinstance(value, list):
        return [_as_sent(element) for element in cast("list[object]", value)]
    return value
