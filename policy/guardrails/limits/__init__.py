"""The limits family: rates, bodies and times have a bound, all advisory."""

from typing import Final

from guardrails.limits.request_validation import VALIDATION_RULE
from guardrails.limits.throttling import HTTP_THROTTLING_RULE, REST_THROTTLING_RULE
from guardrails.limits.timeouts import TIMEOUT_RULE
from guardrails.rules import Rule

RULES: Final[tuple[Rule, ...]] = (REST_THROTTLING_RULE, HTTP_THROTTLING_RULE, VALIDATION_RULE, TIMEOUT_RULE)
