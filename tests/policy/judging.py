"""Asks a rule about resources in the form in which the engine hands them to the SDK: raw values, markers included.

Everything between the engine and the rule takes part (unwrapping, the proxy that raises on unknown values, the
adapter), so a test sees the message that a user would see.
"""

import copy
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from pulumi_policy import (
    PolicyCustomTimeouts,
    PolicyResource,
    PolicyResourceOptions,
    ResourceValidationArgs,
    ResourceValidationPolicy,
    StackValidationArgs,
    StackValidationPolicy,
    deserialize,
    policy,
    proxy,
)

from guardrails import secret_marks
from guardrails.pack import as_policy
from guardrails.rules import ResourceRule, Rule

secret_marks.keep()

UNKNOWN = proxy.UNKNOWN_STRING_VALUE
"""What the engine sends for a text that is not known in a preview."""

OPTIONS = PolicyResourceOptions(False, [], None, [], PolicyCustomTimeouts(0, 0, 0), [])


def secret(value: object) -> dict[str, object]:
    """What the engine sends for a value that is marked as a secret."""
    return {deserialize.SPECIAL_SIG_KEY: deserialize.SPECIAL_SECRET_SIG, "value": value}


@dataclass(frozen=True, kw_only=True)
class Declared:
    """A resource of a test; `sources` names, for a property, the resources that its value comes from.

    `after` names the resources of `dependsOn`; those of `sources` are dependencies anyway.
    """

    type: str
    name: str
    properties: Mapping[str, Any]
    sources: Mapping[str, Sequence[str]] = field(default_factory=dict[str, Sequence[str]])
    after: Sequence[str] = ()

    @property
    def urn(self) -> str:
        return f"urn:pulumi:dev::test::{self.type}::{self.name}"

    def with_property(self, path: str, value: object) -> "Declared":
        """The same with one property (`a.b` for a nested one) set."""
        properties = copy.deepcopy(dict(self.properties))
        *parents, last = path.split(".")
        holder: Any = properties
        for parent in parents:
            holder = holder[parent]
        holder[last] = value
        return replace(self, properties=properties)

    def without(self, path: str) -> "Declared":
        """The same with one property removed."""
        properties = copy.deepcopy(dict(self.properties))
        *parents, last = path.split(".")
        holder: Any = properties
        for parent in parents:
            holder = holder[parent]
        del holder[last]
        return replace(self, properties=properties)


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """What the user would see: mandatory violations as (message, URN), and the advisory note if there is one."""

    violations: tuple[tuple[str, str | None], ...]
    undecided: str | None

    @property
    def text(self) -> str:
        return "\n".join(message for message, _ in self.violations)


def judge(rule: Rule, *declared: Declared) -> Verdict:
    """Run the rule as the SDK does: a resource rule on each resource, a stack rule on all of them together."""
    violations: list[tuple[str, str | None]] = []
    notes: list[str] = []

    def report(message: str, urn: str | None = None) -> None:
        violations.append((message, urn))

    guarded = as_policy(rule)
    if isinstance(rule, ResourceRule):
        assert isinstance(guarded, ResourceValidationPolicy)
        for one in declared:
            args = ResourceValidationArgs(one.type, _as_the_sdk_hands_over(one), one.urn, one.name, OPTIONS, None)
            try:
                guarded.validate(args, report)  # pyright: ignore[reportUnknownMemberType]  # the SDK's bare Awaitable
            except proxy.UnknownValueError as note:
                notes.append(note.message)
    else:
        assert isinstance(guarded, StackValidationPolicy)
        try:
            guarded.validate(StackValidationArgs(_stack(declared)), report)  # pyright: ignore[reportUnknownMemberType]
        except proxy.UnknownValueError as note:
            notes.append(note.message)
    return Verdict(violations=tuple(violations), undecided="\n".join(notes) or None)


def assert_compliant(rule: Rule, *declared: Declared) -> None:
    verdict = judge(rule, *declared)
    assert verdict == Verdict(violations=(), undecided=None)


def assert_violation(rule: Rule, *declared: Declared, culprit: Declared, says: str) -> None:
    """Exactly one violation, that of the culprit; it names it, what is wrong, what to do, and where to read on."""
    verdict = judge(rule, *declared)
    assert len(verdict.violations) == 1, verdict
    message, urn = verdict.violations[0]
    assert urn == culprit.urn
    assert f"{culprit.type.rpartition(':')[2]} '{culprit.name}'" in message
    assert says in message
    assert f"To fix: {rule.metadata.remediation}" in message
    assert rule.metadata.page in message


def assert_undecided(rule: Rule, *declared: Declared, culprit: Declared, waits_for: str) -> None:
    """No violation and no pass: a note that names the resource and what it waits for."""
    verdict = judge(rule, *declared)
    assert verdict.violations == ()
    assert verdict.undecided is not None, "passed silently"
    assert f"'{culprit.name}'" in verdict.undecided
    assert waits_for in verdict.undecided


def _as_the_sdk_hands_over(declared: Declared) -> Mapping[str, Any]:
    # The name is looked up where the SDK looks it up, so that what secret_marks put there takes part.
    unwrap: Any = vars(policy)["deserialize_properties"]
    return proxy.unknown_checking_proxy(unwrap(copy.deepcopy(dict(declared.properties))))


def _stack(declared: Sequence[Declared]) -> list[PolicyResource]:
    resources = {
        one.name: PolicyResource(one.type, _as_the_sdk_hands_over(one), one.urn, one.name, OPTIONS, None, None, [], {})
        for one in declared
    }
    for one in declared:
        for name, sources in one.sources.items():
            resources[one.name].property_dependencies[name] = [
                resources[source] for source in sources if source in resources
            ]
        needed = [*one.after, *(source for sources in one.sources.values() for source in sources)]
        resources[one.name].dependencies.extend(resources[name] for name in dict.fromkeys(needed) if name in resources)
    return list(resources.values())
