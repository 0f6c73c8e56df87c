"""The authorization family: no API answers a caller that a custom authorizer has not let in.

    accepted        what passes beside CUSTOM, where an operator configures it
    rest            REST APIs declared as resources: methods, whose authorizer, preflights
    openapi         REST and HTTP APIs declared in an OpenAPI body
    http_apis       HTTP and WebSocket APIs declared as resources: routes, quick create, $connect, CORS
    caching         decisions that are kept
    domains         custom domains with client certificates
    deployments     what a stage serves
    functions       function URLs and permissions to invoke
    out_of_sight    entrances declared where no other rule looks

Not judged: load balancers, AppSync, CloudFront and App Runner, which have authorization of their own, and whether a
backend that an integration calls answers others too.
"""

from typing import Final

from guardrails.authorization.functions.urls import FUNCTION_URL_RULE
from guardrails.authorization.http_apis.routes import ROUTE_RULE
from guardrails.authorization.openapi.rest_bodies import REST_BODY_RULE
from guardrails.authorization.rest.authorizers import AUTHORIZER_RULE
from guardrails.authorization.rest.methods import METHOD_RULE
from guardrails.authorization.rest.preflight import PREFLIGHT_RULE
from guardrails.rules import Rule

RULES: Final[tuple[Rule, ...]] = (
    METHOD_RULE,
    AUTHORIZER_RULE,
    PREFLIGHT_RULE,
    REST_BODY_RULE,
    ROUTE_RULE,
    FUNCTION_URL_RULE,
)
