"""What a rule makes of each change, and which of it is a defect of the rule or of its fixture's explanations."""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from guardrails.resources import Resource, Stack
from guardrails.rules import Rule, StackRule
from tests.policy.fixtures.catalogue import ALL_FIXTURES
from tests.policy.fixtures.fixture import Fixture
from tests.policy.judging import Declared
from tests.policy.mutations.changes import (
    CANARY,
    OF_FURTHER_STACKS,
    PARTLY_WAITING,
    WAITING,
    Place,
    absent,
    changed_properties,
    places,
)
from tests.policy.mutations.explanations import Explanations
from tests.policy.mutations.verdicts import Reads, recorded_reads, resources, said, said_of_stack, with_property

_JUDGED_BY: Final = re.compile(r"judged by ([a-z0-9]+(?:-[a-z0-9]+)+)")
_RULES: Final = {fixture.rule.metadata.name: fixture.rule for fixture in ALL_FIXTURES}


class Outcome(StrEnum):
    """The first five are as it should be; the others are errors.

    `UNASKED` is a pass of one of the further compliant stacks, of which only the first is asked for explanations, or of
    a stack that broke the rule before it was changed. Of such a stack nothing but what is not known is asked for.
    """

    VIOLATION = "violation"
    WAITS = "waits"
    EXPLAINED = "explained"
    NOT_READ = "not read"
    UNASKED = "passes"
    STALE = "explained, but never passes"
    CRASH = "CRASH"
    TELLS = "TELLS A VALUE"
    BLIND = "JUDGES WHAT IS NOT KNOWN"
    VAGUE = "WAITS WITHOUT NAMING THE PROPERTY"
    SILENT = "PASSES SILENTLY"
    LAPSES = "A VIOLATION LAPSES WHERE IT IS NOT KNOWN"


ERRORS: Final = frozenset(
    {Outcome.CRASH, Outcome.TELLS, Outcome.BLIND, Outcome.VAGUE, Outcome.SILENT, Outcome.LAPSES, Outcome.STALE}
)


@dataclass(frozen=True, kw_only=True, slots=True)
class Mutation:
    """One change of one property of one resource, and what came of it; `note` explains a pass or says what is wrong.

    `variant` is the title of the stack, empty for the first.
    """

    rule: Rule
    resource: str
    place: str
    change: str
    outcome: Outcome
    note: str = ""
    variant: str = ""

    def __str__(self) -> str:
        """One line for a failing test."""
        return (
            f"{self.rule.metadata.name}: {self.variant} {self.resource!r} {self.place} {self.change}: "
            f"{self.outcome.value} {self.note}"
        )


def mutations(fixture: Fixture) -> Iterator[Mutation]:
    """Every change of every stack of the fixture with its outcome, then the explanations that nothing needed."""
    explanations = Explanations(fixture)
    with recorded_reads() as reads:
        for variant, stack in {"": fixture.compliant, **fixture.also_compliant}.items():
            yield from _Search(fixture.rule, variant, stack, resources(stack), reads, explanations).mutations()
        for one in fixture.violating:
            yield from _Search(
                fixture.rule, one.title, one.stack, resources(one.stack), reads, explanations, breaks=True
            ).mutations()
    for resource, pattern, name in explanations.needless():
        yield Mutation(rule=fixture.rule, resource=resource, place=pattern, change=name, outcome=Outcome.STALE)


@dataclass(frozen=True, slots=True)
class _Search:
    """Changes one stack, which `breaks` the rule or not; of the further stacks only properties, and in fewer ways."""

    rule: Rule
    variant: str
    stack: tuple[Declared, ...]
    resources: Mapping[str, Resource]
    reads: Reads
    explanations: Explanations
    breaks: bool = False

    def mutations(self) -> Iterator[Mutation]:
        """Every change of every property, and of those that the rule looks for and does not find.

        What the rule does not read cannot change what it says: checks are pure, and it would go the same way again.
        """
        self.reads.clear()
        if isinstance(self.rule, StackRule):
            said_of_stack(self.rule, Stack(resources=tuple(self.resources.values())))
        else:
            for resource in self.resources.values():
                said(self.rule, resource, self.resources)
        looked_for = frozenset(self.reads)
        for declared in self.stack:
            own = frozenset(path for urn, path in looked_for if urn == declared.urn)
            for place in (*places(declared), *absent(declared, own)):
                if place.member and self.variant:
                    continue
                was_read = _was_read(own, place)
                for name in place.changes:
                    if self.variant and name not in OF_FURTHER_STACKS:
                        continue
                    judged = self._judged(declared, place, name) if was_read else (Outcome.NOT_READ, "")
                    if judged is not None:
                        yield Mutation(
                            rule=self.rule,
                            variant=self.variant,
                            resource=declared.name,
                            place=str(place),
                            change=name,
                            outcome=judged[0],
                            note=judged[1],
                        )

    def _judged(self, declared: Declared, place: Place, name: str) -> tuple[Outcome, str] | None:
        """`None` where the change changes nothing."""
        properties = changed_properties(declared.properties, place, name)
        if properties is None:
            return None
        resource = with_property(self.resources[declared.name], str(place.path[0]), properties)
        outcome, note = self._outcome(resource, place, name)
        if self.breaks and outcome in (Outcome.BLIND, Outcome.VAGUE):
            return (Outcome.VIOLATION if outcome is Outcome.BLIND else Outcome.WAITS), ""
        if outcome not in (Outcome.SILENT, Outcome.BLIND, Outcome.VAGUE):
            return outcome, note
        if self.breaks and name not in WAITING | PARTLY_WAITING:
            return Outcome.UNASKED, ""
        reason = self.explanations.reason(declared.name, place, name)
        if reason is None:
            return self._unexplained(outcome, note)
        return (Outcome.EXPLAINED, reason) if outcome is not Outcome.SILENT else self._tried(resource, reason)

    def _unexplained(self, outcome: Outcome, note: str) -> tuple[Outcome, str]:
        if self.breaks:
            return Outcome.LAPSES, note
        if self.variant and outcome is not Outcome.BLIND:
            return Outcome.UNASKED, ""
        return outcome, note

    def _tried(self, changed: Resource, reason: str) -> tuple[Outcome, str]:
        """Where the explanation says that another rule judges this: let it."""
        other = _JUDGED_BY.search(reason)
        if other is None:
            return Outcome.EXPLAINED, reason
        if other[1] not in _RULES:
            return Outcome.SILENT, f"{reason}, which is no rule"
        answer = said(_RULES[other[1]], changed, self.resources)
        if answer.violations or answer.notes:
            return Outcome.EXPLAINED, reason
        return Outcome.SILENT, f"{reason}, which passes it"

    def _outcome(self, changed: Resource, place: Place, name: str) -> tuple[Outcome, str]:
        answer = said(self.rule, changed, self.resources)
        if answer.failure:
            return Outcome.CRASH, answer.failure
        if CANARY in answer.violations or CANARY in answer.notes:
            return Outcome.TELLS, answer.violations
        if answer.violations:
            return (Outcome.BLIND, answer.violations) if name in WAITING else (Outcome.VIOLATION, "")
        if not answer.notes:
            return Outcome.SILENT, ""
        named = name not in WAITING or str(place.path[0]) in answer.notes
        return (Outcome.WAITS, "") if named else (Outcome.VAGUE, answer.notes)


def _was_read(paths: Iterable[tuple[str, ...]], place: Place) -> bool:
    """Whether the value, something around it or something inside it was read."""
    own = tuple(map(str, place.path))
    return any(path[: len(own)] == own[: len(path)] for path in paths)
