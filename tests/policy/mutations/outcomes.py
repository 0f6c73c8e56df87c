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

_JUDGED_BY: Final = re.compile(r"judged by ([a-z0-9-]+)")
_RULES: Final = {fixture.rule.metadata.name: fixture.rule for fixture in ALL_FIXTURES}


class Outcome(StrEnum):
    """The first five are as it should be; the others are errors."""

    VIOLATION = "violation"
    WAITS = "waits"
    EXPLAINED = "passes, explained"
    NOT_READ = "passes, not read"
    STALE = "explained, but never passes"
    CRASH = "CRASH"
    TELLS = "TELLS A VALUE"
    BLIND = "JUDGES WHAT IS NOT KNOWN"
    VAGUE = "WAITS WITHOUT NAMING THE PROPERTY"
    SILENT = "PASSES SILENTLY"


ERRORS: Final = frozenset({Outcome.CRASH, Outcome.TELLS, Outcome.BLIND, Outcome.VAGUE, Outcome.SILENT, Outcome.STALE})


@dataclass(frozen=True, kw_only=True, slots=True)
class Mutation:
    """One change of one property of one resource, and what came of it; `note` explains a pass or says what is wrong."""

    rule: Rule
    resource: str
    place: str
    change: str
    outcome: Outcome
    note: str = ""

    def __str__(self) -> str:
        """One line for a failing test."""
        return (
            f"{self.rule.metadata.name}: {self.resource!r} {self.place} {self.change}: {self.outcome.value} {self.note}"
        )


def mutations(fixture: Fixture) -> Iterator[Mutation]:
    """Every change of the compliant stack with its outcome, then the explanations that nothing needed."""
    used: set[tuple[str, str, str]] = set()
    with _recorded_reads() as reads:
        judge(fixture.rule, *fixture.compliant)
        looked_for = frozenset(reads)
        for declared in fixture.compliant:
            own = {path for urn, path in looked_for if urn == declared.urn}
            for place in (*places(declared), *absent(declared, own)):
                for name in place.changes:
                    changed = change(declared, place, name)
                    if changed is not None:
                        reads.clear()
                        yield _judged(fixture, declared, changed, place, name, reads, used)
    for resource, pattern, name in sorted(_explanations(fixture) - used):
        yield Mutation(rule=fixture.rule, resource=resource, place=pattern, change=name, outcome=Outcome.STALE)


def _judged(
    fixture: Fixture,
    declared: Declared,
    changed: Declared,
    place: Place,
    name: str,
    reads: set[tuple[str, tuple[str, ...]]],
    used: set[tuple[str, str, str]],
) -> Mutation:
    outcome, note = _outcome(fixture, changed, place, name)
    if outcome is Outcome.SILENT:
        if not _was_read(reads, declared.urn, place):
            outcome, note = Outcome.NOT_READ, ""
        else:
            reason = _explanation(fixture, declared.name, place, name, used)
            outcome, note = (Outcome.SILENT, "") if reason is None else (Outcome.EXPLAINED, reason)
            outcome, note = _tried(fixture, changed, outcome, note)
    elif outcome is Outcome.BLIND:
        reason = _explanation(fixture, declared.name, place, name, used)
        outcome, note = (outcome, note) if reason is None else (Outcome.VIOLATION, reason)
    return Mutation(
        rule=fixture.rule, resource=declared.name, place=str(place), change=name, outcome=outcome, note=note
    )


def _tried(fixture: Fixture, changed: Declared, outcome: Outcome, note: str) -> tuple[Outcome, str]:
    """Where the explanation says that another rule judges this: let it."""
    other = _JUDGED_BY.search(note)
    if outcome is not Outcome.EXPLAINED or other is None:
        return outcome, note
    rule = _RULES.get(other[1])
    if rule is None:
        return Outcome.SILENT, f"{note}, which is no rule"
    verdict = judge(rule, *_stack(fixture, changed))
    return (outcome, note) if verdict.violations or verdict.undecided else (Outcome.SILENT, f"{note}, which passes it")


def _stack(fixture: Fixture, changed: Declared) -> Iterator[Declared]:
    return (changed if one.name == changed.name else one for one in fixture.compliant)


def _outcome(fixture: Fixture, changed: Declared, place: Place, name: str) -> tuple[Outcome, str]:
    stack = (changed,) if isinstance(fixture.rule, ResourceRule) else _stack(fixture, changed)
    try:
        verdict = judge(fixture.rule, *stack)
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
