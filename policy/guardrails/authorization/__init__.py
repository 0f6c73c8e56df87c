"""The authorization family: no method answers a caller that a custom authorizer has not let in.

Judged today: REST methods, preflight included, and, as far as can be told without looking inside, what would open a
door beside them: OpenAPI bodies, HTTP API routes and Lambda function URLs. Not judged yet: what an OpenAPI body says
(it is refused as a whole), quick-create targets of HTTP APIs, Lambda permissions, how authorizers cache.
"""

from typing import Final

from guardrails.authorization.other_entrances import FUNCTION_URL_RULE, OPENAPI_BODY_RULE, ROUTE_RULE
from guardrails.authorization.rest.authorizers import AUTHORIZER_RULE
from guardrails.authorization.rest.methods import METHOD_RULE
from guardrails.authorization.rest.preflight import PREFLIGHT_RULE
from guardrails.rules import Rule

RULES: Final[tuple[Rule, ...]] = (
    METHOD_RULE,
    AUTHORIZER_RULE,
    PREFLIGHT_RULE,
    OPENAPI_BODY_RULE,
    ROUTE_RULE,
    FUNCTION_URL_RULE,
)
