"""One report: the authorization map of a stack and what the rules say of it. The formats write it, none adds to it."""

from collections.abc import Mapping
from dataclasses import dataclass

from guardrails.report.documents import Position
from guardrails.report.routes import Route
from guardrails.report.verdict import Verdict, level_of
from guardrails.rules import Level


@dataclass(frozen=True, kw_only=True)
class Report:
    """`positions` say, by URN, where the program makes a resource, as far as the document tells.

    `switched_off` are the advisory rules that the configuration disables, by name.
    """

    routes: tuple[Route, ...]
    verdict: Verdict
    positions: Mapping[str, Position]
    switched_off: tuple[str, ...] = ()

    @property
    def headline(self) -> str:
        """One sentence: routes, how many of them a custom authorizer guards, violations, exemptions."""
        guarded = sum(route.guard is not None for route in self.routes)
        mandatory = sum(level_of(found) is Level.MANDATORY for found in self.verdict.found)
        return (
            f"{len(self.routes)} routes, {guarded} behind a custom authorizer; {mandatory} mandatory and "
            f"{len(self.verdict.found) - mandatory} advisory violations, {len(self.verdict.open)} not decided, "
            f"{len(self.verdict.exempted)} exempted, {len(self.switched_off)} rules switched off."
        )
