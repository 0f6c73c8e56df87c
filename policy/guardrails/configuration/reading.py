"""From what is configured to what a run goes by, or to a list of everything that is wrong with it.

Levels: any rule can be raised to mandatory, an advisory one can be disabled. A mandatory rule cannot be lowered by its
level, because a level has neither a reason nor an end: that is what exemptions are for.
"""

import datetime as dt
import difflib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, cast

from guardrails.configuration.active import ActiveRule, Configuration
from guardrails.configuration.exemptions import EVERY_RULE, POLICY, SCHEMA, Exemption
from guardrails.configuration.schema import problems_of, settings_schema
from guardrails.rules import Level, Rule
from guardrails.settings import Settings, defaults

EVERY_POLICY: Final = "all"
"""The engine's own name for a level that holds for every policy without one of its own."""

_DISABLED: Final = "disabled"


class ConfigurationError(Exception):
    """The configuration is refused. `problems` says of each thing where it is, what is wrong and what to do."""

    def __init__(self, problems: Iterable[str]) -> None:
        self.problems = tuple(problems)
        super().__init__("The policy configuration is refused.\n" + "\n".join(f"- {one}" for one in self.problems))


@dataclass(frozen=True, kw_only=True, slots=True)
class Entry:
    """What is configured under one policy's name: a level in the engine's words, or none, and properties."""

    level: str | None = None
    properties: Mapping[str, Any] = field(default_factory=dict[str, Any])


def configured(rules: Iterable[Rule], entries: Mapping[str, Entry]) -> Configuration:
    """What a run goes by. Raises `ConfigurationError` with everything that is wrong."""
    by_name = {rule.metadata.name: rule for rule in rules}
    problems: list[str] = [
        f"{name}: there is no rule of this name{_nearest(name, by_name)}."
        for name in entries
        if name not in by_name and name not in (POLICY, EVERY_POLICY)
    ]
    every = entries.get(EVERY_POLICY, Entry())
    if every.properties:
        problems.append(f"{EVERY_POLICY}: takes a level only; settings belong to a rule.")
    active: list[ActiveRule] = []
    for name, rule in by_name.items():
        entry = entries.get(name, Entry())
        level = _level(rule, entry.level or every.level, problems)
        settings = _settings(rule, entry.properties, problems)
        if level is not None:
            active.append(ActiveRule(rule=rule, level=level, settings=settings))
    own = entries.get(POLICY, Entry())
    exemptions = _exemptions(own.properties, by_name, problems)
    remarks = _remarks_level(own.level or every.level, problems)
    if problems:
        raise ConfigurationError(problems)
    return Configuration(active=tuple(active), exemptions=exemptions, remarks=remarks)


def _level(rule: Rule, word: str | None, problems: list[str]) -> Level | None:
    """The level, or `None` for a rule that is disabled."""
    name, own = rule.metadata.name, rule.metadata.level
    if word is None:
        return own
    if word == Level.MANDATORY:
        return Level.MANDATORY
    if word in (Level.ADVISORY, _DISABLED):
        if own is Level.MANDATORY:
            problems.append(
                f"{name}: a mandatory rule cannot be {word}, which would have neither a reason nor an end. "
                f"Add an exemption to {POLICY} for the resources that need it."
            )
            return own
        return Level.ADVISORY if word == Level.ADVISORY else None
    problems.append(f"{name}: {word} is not a level of this pack, which changes nothing: use mandatory or advisory.")
    return own


def _remarks_level(word: str | None, problems: list[str]) -> Level:
    if word in (None, Level.ADVISORY, Level.MANDATORY):
        return Level(word or Level.ADVISORY)
    problems.append(f"{POLICY}: exemptions are always reported: use mandatory or advisory, not {word}.")
    return Level.ADVISORY


def _settings(rule: Rule, properties: Mapping[str, Any], problems: list[str]) -> Settings:
    name, known = rule.metadata.name, {setting.name for setting in rule.settings}
    unknown = [one for one in properties if one not in known]
    problems += [f"{name}: there is no setting {one}{_nearest(one, known)}." for one in unknown]
    values = defaults(rule.settings).values
    given = {one: value for one, value in properties.items() if one in known and value != values[one]}
    problems += [f"{name}: {problem}" for problem in problems_of(settings_schema(rule), given)]
    return Settings({**values, **given})


def _exemptions(properties: Mapping[str, Any], rules: Mapping[str, Rule], problems: list[str]) -> tuple[Exemption, ...]:
    problems += [
        f"{POLICY}: there is no setting {one}; exemptions are listed under exemptions."
        for one in properties
        if one != "exemptions"
    ]
    listed = properties.get("exemptions", [])
    if not listed:
        return ()
    misfits = list(problems_of({"type": "object", "properties": {"exemptions": SCHEMA}}, {"exemptions": listed}))
    if misfits:
        problems += [f"{POLICY}: {misfit}" for misfit in misfits]
        return ()
    return tuple(
        exemption
        for position, one in enumerate(cast("list[Mapping[str, str]]", listed))
        if (exemption := _exemption(f"{POLICY}: exemptions[{position}]", one, rules, problems)) is not None
    )


def _exemption(
    where: str, given: Mapping[str, str], rules: Mapping[str, Rule], problems: list[str]
) -> Exemption | None:
    rule = given["rule"]
    if rule != EVERY_RULE and rule not in rules:
        problems.append(f"{where}.rule: there is no rule {rule}{_nearest(rule, rules)}.")
        return None
    try:
        expires = dt.date.fromisoformat(given["expires"])
    except ValueError:
        problems.append(f"{where}.expires: {given['expires']} is not a day of the calendar; write YYYY-MM-DD.")
        return None
    return Exemption(rule=rule, resource=given["resource"], reason=given["reason"].strip(), expires=expires)


def _nearest(name: str, names: Iterable[str]) -> str:
    close = difflib.get_close_matches(name, list(names), n=1)
    return f"; is it {close[0]}" if close else ""
