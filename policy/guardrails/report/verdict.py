"""What the rules say of a snapshot: the same rules and the same configuration as in a preview, without the engine."""

from collections.abc import Iterator
from pathlib import Path

from guardrails.catalogue import ALL_RULES
from guardrails.report.documents import Snapshot
from guardrails.report.findings import Breach, Open, Verdict
from guardrails.rules import Finding, ResourceRule, Rule, Violation
from guardrails.settings import Settings, defaults


class UnusableConfigurationError(Exception):
    """The configuration file cannot be read or does not fit the pack; says what is wrong and what to do."""


def judge(snapshot: Snapshot, configuration: Path | None) -> Verdict:
    """All findings."""
    breaches: list[Breach] = []
    waiting: list[Open] = []
    for rule in ALL_RULES:
        for finding in _findings(rule, snapshot, defaults(rule.settings)):
            resource = finding.resource
            if isinstance(finding, Violation):
                breaches.append(
                    Breach(
                        rule=rule.metadata,
                        level=rule.metadata.level,
                        urn=resource.urn,
                        resource=resource.label,
                        problem=finding.problem,
                    )
                )
            else:
                waiting.append(
                    Open(
                        rule=rule.metadata,
                        urn=resource.urn,
                        resource=resource.label,
                        properties=finding.properties,
                    )
                )
    return Verdict(breaches=tuple(breaches), open=tuple(waiting))


def _findings(rule: Rule, snapshot: Snapshot, settings: Settings) -> Iterator[Finding]:
    if isinstance(rule, ResourceRule):
        for resource in snapshot.inputs:
            if rule.types is None or resource.type in rule.types:
                yield from rule.check(resource, settings)
    else:
        yield from rule.check(snapshot.outputs, settings)
