"""The transport family: TLS towards callers, towards servers behind the API, and towards buckets."""

from typing import Final

from guardrails.rules import Rule
from guardrails.transport.bodies import BODY_RULE
from guardrails.transport.buckets import PUBLIC_ACCESS_RULE, TLS_RULE
from guardrails.transport.domains import API_RULE, DOMAIN_RULE
from guardrails.transport.integrations import INTEGRATION_RULE

RULES: Final[tuple[Rule, ...]] = (DOMAIN_RULE, API_RULE, INTEGRATION_RULE, BODY_RULE, TLS_RULE, PUBLIC_ACCESS_RULE)
