"""The logging family: what an investigation needs is logged, and nothing that must not be in a log."""

from typing import Final

from guardrails.logs.access_logs import ACCESS_LOG_RULE
from guardrails.logs.execution_logs import LEVEL_RULE, REQUEST_LOG_RULE
from guardrails.logs.log_groups import FUNCTION_LOG_RULE, RETENTION_RULE
from guardrails.rules import Rule

RULES: Final[tuple[Rule, ...]] = (
    REQUEST_LOG_RULE,
    ACCESS_LOG_RULE,
    LEVEL_RULE,
    RETENTION_RULE,
    FUNCTION_LOG_RULE,
)
