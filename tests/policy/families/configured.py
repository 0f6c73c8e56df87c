"""Judges one resource, or a stack, by a rule with settings of one's own."""

from collections.abc import Iterable

from guardrails.resources import Resource, Stack
from guardrails.rules import Finding, ResourceRule, Rule, Undecided, Violation
from guardrails.settings import Settings, defaults
from tests.policy.judging import Declared


def findings(rule: Rule, *declared: Declared, **settings: object) -> list[Finding]:
    """What the rule finds; settings that are not given have their defaults."""
    configured = Settings({**defaults(rule.settings).values, **settings})
    resources = tuple(_resource(one, declared) for one in declared)
    if isinstance(rule, ResourceRule):
        judged = (one for one in resources if rule.types is None or one.type in rule.types)
        return [finding for one in judged for finding in rule.check(one, configured)]
    return list(rule.check(Stack(resources=resources), configured))


def problems(rule: Rule, *declared: Declared, **settings: object) -> list[str]:
    """The problems alone; everything has to be decided."""
    found = findings(rule, *declared, **settings)
    assert not [one for one in found if isinstance(one, Undecided)]
    return [one.problem for one in found if isinstance(one, Violation)]


def _resource(one: Declared, declared: Iterable[Declared]) -> Resource:
    urns = {each.name: each.urn for each in declared}
    return Resource(
        type=one.type,
        name=one.name,
        urn=one.urn,
        properties=one.properties,
        origins={name: frozenset(urns[source] for source in sources) for name, sources in one.sources.items()},
    )
