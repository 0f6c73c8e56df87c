"""The Cognito family: which flows app clients have, how long their tokens live, who gets into a pool."""

from typing import Final

from guardrails.cognito.flows import IMPLICIT_RULE, MACHINE_RULE, REDIRECT_RULE
from guardrails.cognito.lifetimes import EXISTENCE_RULE, LIFETIME_RULE
from guardrails.cognito.pools import SIGN_UP_RULE
from guardrails.rules import Rule

RULES: Final[tuple[Rule, ...]] = (
    IMPLICIT_RULE,
    MACHINE_RULE,
    REDIRECT_RULE,
    LIFETIME_RULE,
    EXISTENCE_RULE,
    SIGN_UP_RULE,
)
