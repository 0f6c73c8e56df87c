"""What the rules say of a snapshot: the same rules and the same configuration as in a preview, without the engine."""

from collections.abc import Iterator
from dataclasses import dataclass

from guardrails.configuration.active import Configuration
from guardrails.judgement import Breach, Exempted, Failure, Judge, Open, Remark, by_rule
from guardrails.report.documents import Snapshot
from guardrails.rules import Level
from guardrails.waiting import places

Found = Breach | Failure


@dataclass(frozen=True, kw_only=True, slots=True)
class Verdict:
    """All findings. `open` are those that wait for values which the document does not show."""

    found: tuple[Found, ...] = ()
    open: tuple[Open, ...] = ()
    exempted: tuple[Exempted, ...] = ()
    remarks: tuple[Remark, ...] = ()

    @property
    def blocks(self) -> bool:
        """Whether a preview or an update of this stack would be stopped."""
        levels = (*(level_of(one) for one in self.found), *(remark.level for remark in self.remarks))
        return Level.MANDATORY in levels


def judged(snapshot: Snapshot, configuration: Configuration) -> Verdict:
    """What the active rules say of every resource and of the stack."""
    judge = Judge(configuration, preview=True)
    outcomes = [outcome for resource in snapshot.inputs for outcome in judge.of_resource(resource)]
    outcomes += judge.of_stack(snapshot.outputs)
    return Verdict(
        found=tuple(one for one in outcomes if isinstance(one, Breach | Failure)),
        open=tuple(one for one in outcomes if isinstance(one, Open)),
        exempted=tuple(one for one in outcomes if isinstance(one, Exempted)),
        remarks=tuple(one for one in outcomes if isinstance(one, Remark)),
    )


def level_of(found: Found) -> Level:
    """What it does to an update: a rule that failed cannot show compliance."""
    return found.level if isinstance(found, Breach) else Level.MANDATORY


def urn_of(found: Found) -> str:
    """The resource's URN; empty where a rule failed on the whole stack."""
    return found.resource.urn if found.resource else ""


def in_a_line(found: Found) -> str:
    """Level, rule, resource and problem; the same text before and after is the same finding."""
    place = f"{found.resource.label}: " if found.resource else ""
    problem = found.problem if isinstance(found, Breach) else f"the rule failed ({found.error})."
    return f"{level_of(found).value} {found.rule.name}: {place}{problem}"


def exemption_in_a_line(exempted: Exempted) -> str:
    """An exemption in use: what it covers, until when and why."""
    exemption = exempted.exemption
    return f"{in_a_line(exempted.found)} Exempted until {exemption.expires.isoformat()}: {exemption.reason}"


def waiting_by_rule(verdict: Verdict) -> Iterator[tuple[str, str]]:
    """A rule's name and all that it cannot decide here, rule by rule."""
    for rule, of_one_rule in by_rule(verdict.open).items():
        yield rule.name, f"What the document does not tell: {places(of_one_rule)}."
