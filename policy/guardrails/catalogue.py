"""All rules of the pack, in the order in which they are documented."""

from typing import Final

from guardrails import authorization, cognito, limits, logs, runtimes, secrets, waf
from guardrails.rules import Rule

ALL_RULES: Final[tuple[Rule, ...]] = (
    *authorization.RULES,
    *secrets.RULES,
    *cognito.RULES,
    *logs.RULES,
    *limits.RULES,
    *runtimes.RULES,
    *waf.RULES,
)
