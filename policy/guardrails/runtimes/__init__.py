"""The runtimes family: functions run on what AWS still patches."""

from typing import Final

from guardrails.rules import Rule
from guardrails.runtimes.support import ENDING_RULE, RUNTIME_RULE

RULES: Final[tuple[Rule, ...]] = (RUNTIME_RULE, ENDING_RULE)
