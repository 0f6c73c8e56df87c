"""What a run of the pack goes by: which rules are judged, at which level, with which settings and exemptions."""

from collections.abc import Iterable
from dataclasses import dataclass

from guardrails.configuration.exemptions import Exemption
from guardrails.rules import Level, Rule
from guardrails.settings import Settings, defaults


@dataclass(frozen=True, kw_only=True, slots=True)
class ActiveRule:
    """A rule that is judged, and what its violations do."""

    rule: Rule
    level: Level
    settings: Settings


@dataclass(frozen=True, kw_only=True, slots=True)
class Configuration:
    """A rule that is not active is not judged.

    `remarks` is the level at which exemptions that have expired or that cover nothing are reported.
    """

    active: tuple[ActiveRule, ...]
    exemptions: tuple[Exemption, ...] = ()
    remarks: Level = Level.ADVISORY


def unconfigured(rules: Iterable[Rule]) -> Configuration:
    """Every rule at its own level, with its defaults."""
    return Configuration(
        active=tuple(
            ActiveRule(rule=rule, level=rule.metadata.level, settings=defaults(rule.settings)) for rule in rules
        )
    )
