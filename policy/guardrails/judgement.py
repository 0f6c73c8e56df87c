"""Runs rules and says what their findings mean.

    Breach     a violation, at the rule's level
    Failure    a rule that failed: it cannot show compliance, so this blocks whatever the rule's level
    Open       a decision that waits for values; nothing else that the rule finds is lost
    Exempted   a breach or failure that an exemption covers: shown, and does not block
    Remark     an exemption that has expired or covers nothing

What is still not known in an update, where nothing will be known later, cannot show compliance either and is a breach.
No message repeats a property's value. An exemption that has expired changes nothing but what is said.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from functools import partial
from typing import Final

from guardrails.configuration.active import ActiveRule, Configuration
from guardrails.configuration.exemptions import Exemption, Today, today_in_utc
from guardrails.resources import Resource, Stack
from guardrails.rules import (
    Finding,
    Level,
    Metadata,
    ResourceRule,
    StackRule,
    Undecided,
    Violation,
    violation_message,
)


@dataclass(frozen=True, kw_only=True, slots=True)
class Breach:
    """`expired` is the exemption that would cover it, had it not expired."""

    rule: Metadata
    level: Level
    resource: Resource
    problem: str
    expired: Exemption | None = None

    @property
    def message(self) -> str:
        """What is wrong, what to do and where to read on."""
        message = violation_message(self.rule, Violation(resource=self.resource, problem=self.problem))
        return message if self.expired is None else f"{message}\n{_expiry(self.expired)}"


@dataclass(frozen=True, kw_only=True, slots=True)
class Failure:
    """`error` is the name of the exception's class; `resource` is `None` where the rule judges the whole stack."""

    rule: Metadata
    resource: Resource | None
    error: str
    expired: Exemption | None = None

    @property
    def message(self) -> str:
        """That it failed; the exception's text may hold a value."""
        message = f"This rule failed ({self.error}); it cannot show compliance. Report the defect."
        return message if self.expired is None else f"{message}\n{_expiry(self.expired)}"


@dataclass(frozen=True, kw_only=True, slots=True)
class Open:
    """The rule waits for `properties` of `resource`, which the update will know."""

    rule: Metadata
    resource: Resource
    properties: tuple[str, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class Exempted:
    """What does not block, and why."""

    found: Breach | Failure
    exemption: Exemption

    @property
    def message(self) -> str:
        """Why and until when it does not block, then what was found."""
        expires = self.exemption.expires.isoformat()
        return f"Exempted until {expires}, because: {self.exemption.reason}\n{self.found.message}"


@dataclass(frozen=True, kw_only=True, slots=True)
class Remark:
    """Something about the configuration itself."""

    level: Level
    message: str


Outcome = Breach | Failure | Open | Exempted | Remark


def by_rule(waiting: Iterable[Open]) -> dict[Metadata, list[Open]]:
    """What waits, rule by rule, in the order of the rules' names."""
    found: defaultdict[Metadata, list[Open]] = defaultdict(list)
    for one in sorted(waiting, key=lambda each: each.rule.name):
        found[one.rule].append(one)
    return dict(found)


class Judge:
    """Judges the resources and the stack of one preview, update or state: the stack last, which ends the run."""

    def __init__(self, configuration: Configuration, *, preview: bool, today: Today = today_in_utc) -> None:
        """`preview`: values that are not known may be known later."""
        self._preview = preview
        self._today = today
        self._exemptions: Final = configuration.exemptions
        self._remarks: Final = configuration.remarks
        self._covering: set[Exemption] = set()
        self._for_every_type: list[tuple[ActiveRule, ResourceRule]] = []
        self._by_type: defaultdict[str, list[tuple[ActiveRule, ResourceRule]]] = defaultdict(list)
        self._on_stacks: list[tuple[ActiveRule, StackRule]] = []
        for active in configuration.active:
            rule = active.rule
            if isinstance(rule, StackRule):
                self._on_stacks.append((active, rule))
            elif rule.types is None:
                self._for_every_type.append((active, rule))
            else:
                for type_token in rule.types:
                    self._by_type[type_token].append((active, rule))

    def looks_at(self, type_token: str) -> bool:
        """Whether any rule judges single resources of this type."""
        return bool(self._for_every_type or self._by_type.get(type_token))

    def passes_by(self, type_token: str) -> frozenset[str]:
        """The names of the rules on single resources that do not judge this type."""
        judging = {active.rule.metadata.name for active, _ in self._by_type.get(type_token, ())}
        every = {active.rule.metadata.name for of_type in self._by_type.values() for active, _ in of_type}
        return frozenset(every - judging)

    def of_resource(self, resource: Resource) -> list[Outcome]:
        """What the rules on single resources say of this one."""
        outcomes: list[Outcome] = []
        for active, rule in (*self._by_type.get(resource.type, ()), *self._for_every_type):
            outcomes += self._outcomes(active, resource, partial(rule.check, resource, active.settings))
        return outcomes

    def of_stack(self, stack: Stack) -> list[Outcome]:
        """What the rules on whole stacks say of this one, and what there is to say about exemptions."""
        outcomes: list[Outcome] = []
        for active, rule in self._on_stacks:
            outcomes += self._outcomes(active, None, partial(rule.check, stack, active.settings))
        outcomes += self._on_exemptions()
        self._covering.clear()
        return outcomes

    def _outcomes(
        self, active: ActiveRule, resource: Resource | None, check: Callable[[], Iterable[Finding]]
    ) -> Iterator[Outcome]:
        try:
            for finding in check():
                yield self._outcome(active, finding)
        except Exception as error:  # noqa: BLE001  # fail closed
            failure = Failure(rule=active.rule.metadata, resource=resource, error=type(error).__name__)
            yield self._unless_exempted(failure, resource.urn if resource is not None else "")

    def _outcome(self, active: ActiveRule, finding: Finding) -> Outcome:
        metadata, resource = active.rule.metadata, finding.resource
        match finding:
            case Violation(problem=problem):
                pass
            case Undecided(properties=properties) if self._preview:
                self._covering.update(one for one in self._exemptions if one.covers(metadata.name, resource.urn))
                return Open(rule=metadata, resource=resource, properties=properties)
            case Undecided(properties=properties):
                problem = f"{', '.join(properties)} not known, although nothing will be known later."
        breach = Breach(rule=metadata, level=active.level, resource=resource, problem=problem)
        return self._unless_exempted(breach, resource.urn)

    def _unless_exempted(self, found: Breach | Failure, urn: str) -> Outcome:
        covering = [one for one in self._exemptions if one.covers(found.rule.name, urn)]
        self._covering.update(covering)
        day = self._today()
        for exemption in covering:
            if exemption.holds_on(day):
                return Exempted(found=found, exemption=exemption)
        return replace(found, expired=covering[0]) if covering else found

    def _on_exemptions(self) -> Iterator[Remark]:
        day = self._today()
        for exemption in self._exemptions:
            if not exemption.holds_on(day):
                yield Remark(
                    level=self._remarks,
                    message=f"{_expiry(exemption)} Remove it, or state a new reason and a new day: {exemption}",
                )
            elif exemption not in self._covering:
                yield Remark(
                    level=self._remarks,
                    message=f"An exemption covered nothing in this run. Remove it, or mend its pattern: {exemption}",
                )


def _expiry(exemption: Exemption) -> str:
    return f"An exemption for this expired on {exemption.expires.isoformat()} and no longer holds."
