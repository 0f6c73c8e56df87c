"""What changes from one report to another: routes that appear, go or are guarded in another way, and what rules say.

Routes are the same when kind, API, method and path are; resources when their URNs are.
"""

from dataclasses import dataclass

from guardrails.report.report import Report
from guardrails.report.routes import Route
from guardrails.report.rows import HEADINGS, cells
from guardrails.report.verdict import Verdict, exemption_in_a_line, in_a_line


@dataclass(frozen=True, kw_only=True)
class Change:
    """A route that is there before and after."""

    before: Route
    after: Route

    @property
    def cells(self) -> tuple[tuple[str, str, str], ...]:
        """What changes: heading, text before, text after."""
        pairs = zip(HEADINGS, cells(self.before), cells(self.after), strict=True)
        return tuple((heading, before, after) for heading, before, after in pairs if before != after)


@dataclass(frozen=True, kw_only=True)
class Difference:
    """Empty in every field where nothing changes."""

    added: tuple[Route, ...]
    removed: tuple[Route, ...]
    changed: tuple[Change, ...]
    new_violations: tuple[str, ...]
    mended_violations: tuple[str, ...]
    new_exemptions: tuple[str, ...]

    @property
    def has_changes(self) -> bool:
        """Whether anything differs."""
        return any(
            (self.added, self.removed, self.changed, self.new_violations, self.mended_violations, self.new_exemptions)
        )


def difference(before: Report, after: Report) -> Difference:
    """What is new in `after`, and what is gone."""
    old = {route.order: route for route in before.routes}
    new = {route.order: route for route in after.routes}
    shared = [Change(before=old[order], after=route) for order, route in new.items() if order in old]
    return Difference(
        added=tuple(route for order, route in new.items() if order not in old),
        removed=tuple(route for order, route in old.items() if order not in new),
        changed=tuple(change for change in shared if change.cells),
        new_violations=_only_in(_violations(after.verdict), _violations(before.verdict)),
        mended_violations=_only_in(_violations(before.verdict), _violations(after.verdict)),
        new_exemptions=_only_in(_exemptions(after.verdict), _exemptions(before.verdict)),
    )


def _violations(verdict: Verdict) -> list[str]:
    return [in_a_line(found) for found in verdict.found]


def _exemptions(verdict: Verdict) -> list[str]:
    return [exemption_in_a_line(exempted) for exempted in verdict.exempted]


def _only_in(these: list[str], others: list[str]) -> tuple[str, ...]:
    known = frozenset(others)
    return tuple(text for text in these if text not in known)
