"""The least-privilege family: what policies allow is named, and so is who may take on a role."""

from typing import Final

from guardrails.least_privilege.managed_policies import MANAGED_POLICY_RULE
from guardrails.least_privilege.statements import STATEMENT_RULE
from guardrails.least_privilege.trust_policies import BOUNDS_RULE, SOURCE_RULE
from guardrails.rules import Rule

RULES: Final[tuple[Rule, ...]] = (STATEMENT_RULE, MANAGED_POLICY_RULE, BOUNDS_RULE, SOURCE_RULE)
