"""A rule does not hold for the resources that a pattern names, for a stated reason and until a stated day.

An exemption hides nothing: what it covers is reported each time, and so are exemptions that have expired or that cover
nothing. It is the only way to let a mandatory rule pass, because it has a reason and an end.
"""

import datetime as dt
import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final

POLICY: Final = "policy-exemption-stated"
"""The name under which exemptions are configured and remarks on them are reported."""

EVERY_RULE: Final = "*"

Today = Callable[[], dt.date]
"""Gives the current day in UTC."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Exemption:
    """`rule` is a rule's name or `EVERY_RULE`; in `resource`, a URN, `*` is any text; `expires` is the last day."""

    rule: str
    resource: str
    reason: str
    expires: dt.date

    def covers(self, rule: str, urn: str) -> bool:
        """Whether it speaks of this rule and this resource, in force or not."""
        return self.rule in (rule, EVERY_RULE) and _pattern(self.resource).fullmatch(urn) is not None

    def holds_on(self, day: dt.date) -> bool:
        """Whether it has not expired."""
        return day <= self.expires

    def __str__(self) -> str:
        """How reports name it."""
        rules = "every rule" if self.rule == EVERY_RULE else self.rule
        return f"{rules} at {self.resource}, because: {self.reason}"


SCHEMA: Final[dict[str, Any]] = {
    "type": "array",
    "default": [],
    "description": "Rules that do not hold for some resources: which, where, why and until when.",
    "items": {
        "type": "object",
        "required": ["rule", "resource", "reason", "expires"],
        "additionalProperties": False,
        "properties": {
            "rule": {"type": "string", "minLength": 1, "description": "A rule's name, or * for every rule."},
            "resource": {
                "type": "string",
                "minLength": 1,
                "description": "A URN in which * stands for any text, such as *:Method::hello-get.",
            },
            "reason": {"type": "string", "pattern": "\\S", "description": "Why the rule need not hold there."},
            "expires": {
                "type": "string",
                "pattern": "^[0-9]{4}-[0-9]{2}-[0-9]{2}$",
                "description": "The last day on which it holds (UTC), as YYYY-MM-DD.",
            },
        },
    },
}


def today_in_utc() -> dt.date:
    """The current day."""
    return dt.datetime.now(tz=dt.UTC).date()


@lru_cache(maxsize=256)
def _pattern(resource: str) -> re.Pattern[str]:
    return re.compile(".*".join(re.escape(part) for part in resource.split("*")), re.DOTALL)
