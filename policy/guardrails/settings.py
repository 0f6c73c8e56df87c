"""What an operator can set about a rule, in the policy pack's configuration file: lists, limits and switches.

Each setting carries a JSON schema, which the engine checks a configuration against before anything is judged, and a
default that holds where nothing is configured. Enforcement levels and exemptions are not settings of single rules.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, cast


@dataclass(frozen=True, kw_only=True)
class Setting:
    """`schema` is a JSON schema of the value; `meaning` is a whole sentence for the rule's page."""

    name: str
    schema: Mapping[str, Any]
    default: object
    meaning: str


@dataclass(frozen=True)
class Settings:
    """The settings of one rule: every one of them is there, configured or by default, and fits its schema."""

    values: Mapping[str, object] = field(default_factory=dict[str, object])

    def texts(self, name: str) -> frozenset[str]:
        """A list of texts."""
        return frozenset(cast("list[str]", self.values[name]))

    def number(self, name: str) -> float:
        """A number, whole or not: the engine knows one kind only."""
        return cast("float", self.values[name])

    def flag(self, name: str) -> bool:
        """A switch."""
        return cast("bool", self.values[name])

    def objects(self, name: str) -> tuple[Mapping[str, Any], ...]:
        """A list of objects."""
        return tuple(cast("list[Mapping[str, Any]]", self.values[name]))


def defaults(settings: Iterable[Setting]) -> Settings:
    """The settings where nothing is configured."""
    return Settings({setting.name: setting.default for setting in settings})
