"""The web firewall family, advisory: whether a web ACL stands in front of what the internet reaches."""

from typing import Final

from guardrails.rules import Rule
from guardrails.waf.web_acls import POOL_RULE, STAGE_RULE

RULES: Final[tuple[Rule, ...]] = (STAGE_RULE, POOL_RULE)
