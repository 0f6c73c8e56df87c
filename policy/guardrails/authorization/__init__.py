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
    backends        what an integration calls over HTTP

Not judged: load balancers, AppSync, CloudFront and App Runner, which have authorization of their own.
"""

from typing import Final

from guardrails.authorization.backends import BACKEND_RULE
from guardrails.authorization.caching.http import HTTP_CACHE_RULE
from guardrails.authorization.caching.rest import REST_CACHE_RULE
from guardrails.authorization.caching.token_expressions import TOKEN_EXPRESSION_RULE
from guardrails.authorization.deployments.http import HTTP_DEPLOYMENT_RULE
from guardrails.authorization.deployments.rest import REST_DEPLOYMENT_RULE
from guardrails.authorization.domains.certificate_decisions import CERTIFICATE_CACHE_RULE
from guardrails.authorization.domains.default_endpoints import DEFAULT_ENDPOINT_RULE
from guardrails.authorization.domains.truststores import TRUSTSTORE_RULE
from guardrails.authorization.functions.permissions import PERMISSION_RULE
from guardrails.authorization.functions.urls import FUNCTION_URL_RULE
from guardrails.authorization.http_apis.cors import CORS_RULE
from guardrails.authorization.http_apis.quick_create import QUICK_CREATE_RULE
from guardrails.authorization.http_apis.route_authorizers import ROUTE_AUTHORIZER_RULE
from guardrails.authorization.http_apis.routes import ROUTE_RULE
from guardrails.authorization.http_apis.websockets import CONNECT_RULE
from guardrails.authorization.openapi.http_bodies import HTTP_BODY_RULE
from guardrails.authorization.openapi.imports import IMPORT_RULE
from guardrails.authorization.openapi.rest_bodies import REST_BODY_RULE
from guardrails.authorization.out_of_sight.foreign import FOREIGN_RULE
from guardrails.authorization.out_of_sight.stacks import HIDDEN_STACK_RULE
from guardrails.authorization.rest.authorizers import AUTHORIZER_RULE
from guardrails.authorization.rest.methods import METHOD_RULE
from guardrails.authorization.rest.preflight import PREFLIGHT_RULE
from guardrails.rules import Rule

RULES: Final[tuple[Rule, ...]] = (
    METHOD_RULE,
    AUTHORIZER_RULE,
    PREFLIGHT_RULE,
    REST_BODY_RULE,
    IMPORT_RULE,
    REST_CACHE_RULE,
    TOKEN_EXPRESSION_RULE,
    REST_DEPLOYMENT_RULE,
    ROUTE_RULE,
    ROUTE_AUTHORIZER_RULE,
    CONNECT_RULE,
    QUICK_CREATE_RULE,
    HTTP_BODY_RULE,
    HTTP_CACHE_RULE,
    CORS_RULE,
    HTTP_DEPLOYMENT_RULE,
    TRUSTSTORE_RULE,
    DEFAULT_ENDPOINT_RULE,
    CERTIFICATE_CACHE_RULE,
    FUNCTION_URL_RULE,
    PERMISSION_RULE,
    HIDDEN_STACK_RULE,
    FOREIGN_RULE,
    BACKEND_RULE,
)
