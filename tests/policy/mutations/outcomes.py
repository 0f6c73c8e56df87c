"""What a rule makes of each change, and which of it is a defect of the rule or of its fixture's explanations."""

import contextlib
import re
from collections.abc import Generator, Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from fnmatch import fnmatchcase
from typing import Final
from unittest.mock import patch

from guardrails.properties import Reading
from guardrails.resources import Resource
from guardrails.rules import ResourceRule, Rule
from tests.policy.fixtures.catalogue import ALL_FIXTURES
from tests.policy.fixtures.fixture import Fixture
from tests.policy.judging import Declared, judge
from tests.policy.mutations.changes import CANARY, WAITING, Place, absent, change, places

FAILED: Final = "This rule failed"
"""How the pack reports a rule that raised an exception."""

_JUDGED_BY: Final = re.compile(r"judged by ([a-z0-9]+(?:-[a-z0-9]+)+)")
_RULES: Final = {fixture.rule.metadata.name: fixture.rule for fixture in ALL_FIXTURES}


class Outcome(StrEnum):
    """The first five are as it should be; the others are errors.

    `UNASKED` is a pass of one of the further compliant stacks: only those of the first are asked for an explanation.
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


ERRORS: Final = frozenset({Outcome.CRASH, Outcome.TELLS, Outcome.BLIND, Outcome.VAGUE, Outcome.SILENT, Outcome.STALE})


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
    """Every change of every compliant stack with its outcome, then the explanations that nothing needed."""
    used: set[tuple[str, str, str]] = set()
    with _recorded_reads() as reads:
        for variant, stack in {"": fixture.compliant, **fixture.also_compliant}.items():
            yield from _Search(fixture, variant, stack, reads, used).mutations()
    for resource, pattern, name in sorted(_explanations(fixture) - used):
        yield Mutation(rule=fixture.rule, resource=resource, place=pattern, change=name, outcome=Outcome.STALE)


@dataclass(frozen=True, slots=True)
class _Search:
    """Changes one stack. `reads` is what the rule reads meanwhile, `used` notes the explanations that were needed."""

    fixture: Fixture
    variant: str
    stack: tuple[Declared, ...]
    reads: set[tuple[str, tuple[str, ...]]]
    used: set[tuple[str, str, str]]

    def mutations(self) -> Iterator[Mutation]:
        """Every change of every property, and of those that the rule looks for and does not find."""
        self.reads.clear()
        judge(self.fixture.rule, *self.stack)
        looked_for = frozenset(self.reads)
        for declared in self.stack:
            own = {path for urn, path in looked_for if urn == declared.urn}
            for place in (*places(declared), *absent(declared, own)):
                for name in place.changes:
                    changed = change(declared, place, name)
                    if changed is not None:
                        outcome, note = self._judged(declared, changed, place, name)
                        yield Mutation(
                            rule=self.fixture.rule,
                            variant=self.variant,
                            resource=declared.name,
                            place=str(place),
                            change=name,
                            outcome=outcome,
                            note=note,
                        )

    def _judged(self, declared: Declared, changed: Declared, place: Place, name: str) -> tuple[Outcome, str]:
        self.reads.clear()
        outcome, note = self._outcome(changed, place, name)
        if outcome is Outcome.SILENT and not _was_read(self.reads, declared.urn, place):
            return Outcome.NOT_READ, ""
        if outcome not in (Outcome.SILENT, Outcome.BLIND, Outcome.VAGUE):
            return outcome, note
        reason = _explanation(self.fixture, declared.name, place, name, self.used)
        if reason is None:
            unasked = self.variant and outcome is not Outcome.BLIND
            return (Outcome.UNASKED, "") if unasked else (outcome, note)
        if outcome is not Outcome.SILENT:
            return Outcome.EXPLAINED, reason
        return self._tried(changed, reason)

    def _tried(self, changed: Declared, reason: str) -> tuple[Outcome, str]:
        """Where the explanation says that another rule judges this: let it."""
        other = _JUDGED_BY.search(reason)
        if other is None:
            return Outcome.EXPLAINED, reason
        rule = _RULES.get(other[1])
        if rule is None:
            return Outcome.SILENT, f"{reason}, which is no rule"
        verdict = judge(rule, *self._with(changed))
        if verdict.violations or verdict.undecided:
            return Outcome.EXPLAINED, reason
        return Outcome.SILENT, f"{reason}, which passes it"

    def _with(self, changed: Declared) -> Iterator[Declared]:
        return (changed if one.name == changed.name else one for one in self.stack)

    def _outcome(self, changed: Declared, place: Place, name: str) -> tuple[Outcome, str]:
        stack = (changed,) if isinstance(self.fixture.rule, ResourceRule) else self._with(changed)
        try:
            verdict = judge(self.fixture.rule, *stack)
        except Exception as error:  # noqa: BLE001  # what a rule or the pack raises is the finding
            return Outcome.CRASH, repr(error)
        if FAILED in verdict.text:
            return Outcome.CRASH, verdict.text
        if CANARY in verdict.text or CANARY in (verdict.undecided or ""):
            return Outcome.TELLS, verdict.text
        if verdict.violations:
            return (Outcome.BLIND, verdict.text) if name in WAITING else (Outcome.VIOLATION, "")
        if not verdict.undecided:
            return Outcome.SILENT, ""
        named = name not in WAITING or str(place.path[0]) in verdict.undecided
        return (Outcome.WAITS, "") if named else (Outcome.VAGUE, verdict.undecided)


@contextlib.contextmanager
def _recorded_reads() -> Generator[set[tuple[str, tuple[str, ...]]]]:
    """What rules read meanwhile: (URN, path). Asking where a value comes from is reading it."""
    reads: set[tuple[str, tuple[str, ...]]] = set()
    read, origins_of = Resource.read, Resource.origins_of

    def recorded_read(self: Resource, *path: str) -> Reading:
        reads.add((self.urn, path))
        return read(self, *path)

    def recorded_origins(self: Resource, name: str) -> frozenset[str]:
        reads.add((self.urn, (name,)))
        return origins_of(self, name)

    with patch.object(Resource, "read", recorded_read), patch.object(Resource, "origins_of", recorded_origins):
        yield reads


def _was_read(reads: Iterable[tuple[str, tuple[str, ...]]], urn: str, place: Place) -> bool:
    """Whether the value, something around it or something inside it was read."""
    path = tuple(map(str, place.path))
    return any(read_urn == urn and read_path[: len(path)] == path[: len(read_path)] for read_urn, read_path in reads)


def _explanations(fixture: Fixture) -> set[tuple[str, str, str]]:
    return {
        (resource, pattern, name.strip())
        for (resource, pattern), reasons in fixture.may_pass.items()
        for names in reasons
        for name in names.split(",")
    }


def _explanation(
    fixture: Fixture, resource: str, place: Place, name: str, used: set[tuple[str, str, str]]
) -> str | None:
    """Why the fixture says that this passes; `used` notes which of its words were needed."""
    if name == "marked as a secret" and not _is_about_secrets(fixture.rule):
        return "the same value"
    for (resource_pattern, pattern), reasons in fixture.may_pass.items():
        if not fnmatchcase(resource, resource_pattern) or not fnmatchcase(str(place), pattern):
            continue
        for names, reason in reasons.items():
            for named in names.split(","):
                if named.strip() in (name, "*"):
                    used.add((resource_pattern, pattern, named.strip()))
                    return reason
    return None


def _is_about_secrets(rule: Rule) -> bool:
    return rule.check.__module__.startswith("guardrails.secrets")
