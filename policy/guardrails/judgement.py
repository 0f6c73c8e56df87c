"""Runs rules and says what their findings mean: a breach at a level, or a decision that is still open.

A rule that fails cannot show compliance, so its failure is a mandatory breach. What a rule cannot decide is open in a
preview, without any influence on its other findings, and decided in the update; what is still not known there cannot
show compliance either and is a breach. No message repeats a property's value.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from guardrails.configuration import ActiveRule, Configuration
from guardrails.resources import Resource, Stack
from guardrails.rules import (
    Finding,
    Level,
    Metadata,
    ResourceRule,
    Undecided,
    Violation,
    undecided_message,
    violation_message,
)


@dataclass(frozen=True, kw_only=True, slots=True)
class Breach:
    """`resource` is `None` where the rule is broken by the stack as a whole."""

    rule: Metadata
    level: Level
    resource: Resource | None
    message: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Open:
    """The rule waits for `properties` of `resource`, which the update will know."""

    rule: Metadata
    resource: Resource
    properties: tuple[str, ...]

    @property
    def message(self) -> str:
        """Which properties it waits for."""
        return undecided_message([Undecided(resource=self.resource, properties=self.properties)])


Outcome = Breach | Open


class Judge:
    """Judges the resources and the stack of one preview, update or state."""

    def __init__(self, configuration: Configuration, *, preview: bool) -> None:
        """`preview`: values that are not known may be known later."""
        self._preview = preview
        self._for_every_type: list[tuple[ActiveRule, ResourceRule]] = []
        self._by_type: defaultdict[str, list[tuple[ActiveRule, ResourceRule]]] = defaultdict(list)
        self._stack_rules: list[tuple[ActiveRule, Callable[[Stack], Iterable[Finding]]]] = []
        for active in configuration.active:
            self._register(active)

    def _register(self, active: ActiveRule) -> None:
        rule = active.rule
        if not isinstance(rule, ResourceRule):
            self._stack_rules.append((active, lambda stack: rule.check(stack, active.settings)))
        elif rule.types is None:
            self._for_every_type.append((active, rule))
        else:
            for type_token in rule.types:
                self._by_type[type_token].append((active, rule))

    def looks_at(self, type_token: str) -> bool:
        """Whether any rule judges single resources of this type."""
        return bool(self._for_every_type or self._by_type.get(type_token))

    def of_resource(self, resource: Resource) -> list[Outcome]:
        """What the rules on single resources say of this one."""
        outcomes: list[Outcome] = []
        for active, rule in (*self._by_type.get(resource.type, ()), *self._for_every_type):
            outcomes += self._outcomes(
                active, resource, lambda rule=rule, active=active: rule.check(resource, active.settings)
            )
        return outcomes

    def of_stack(self, stack: Stack) -> list[Outcome]:
        """What the rules on whole stacks say of this one."""
        outcomes: list[Outcome] = []
        for active, check in self._stack_rules:
            outcomes += self._outcomes(active, None, lambda check=check: check(stack))
        return outcomes

    def _outcomes(
        self, active: ActiveRule, resource: Resource | None, check: Callable[[], Iterable[Finding]]
    ) -> Iterator[Outcome]:
        metadata = active.rule.metadata
        try:
            for finding in check():
                yield self._outcome(active, finding)
        except Exception as error:  # noqa: BLE001  # fail closed; its text may hold a value
            yield Breach(
                rule=metadata,
                level=Level.MANDATORY,
                resource=resource,
                message=f"This rule failed ({type(error).__name__}); it cannot show compliance. Report the defect.",
            )

    def _outcome(self, active: ActiveRule, finding: Finding) -> Outcome:
        metadata = active.rule.metadata
        if isinstance(finding, Undecided):
            if self._preview:
                return Open(rule=metadata, resource=finding.resource, properties=finding.properties)
            names = ", ".join(finding.properties)
            finding = Violation(
                resource=finding.resource, problem=f"{names} not known, although nothing will be known later."
            )
        return Breach(
            rule=metadata,
            level=active.level,
            resource=finding.resource,
            message=violation_message(metadata, finding),
        )
