"""What decisions are kept under, source by source; and expressions that refuse nothing."""

import pytest

from guardrails.authorization.caching.http import HTTP_CACHE_RULE
from guardrails.authorization.caching.rest import REST_CACHE_RULE
from guardrails.authorization.caching.token_expressions import TOKEN_EXPRESSION_RULE
from tests.policy.declarations import AUTHORIZER
from tests.policy.fixtures.authorization.caching import HTTP_REQUEST, REQUEST
from tests.policy.judging import UNKNOWN, assert_compliant, assert_undecided, assert_violation


@pytest.mark.parametrize(
    "sources",
    [
        "method.request.header.X-Api-Token",
        "method.request.querystring.token,context.httpMethod",
        "method.request.multivalueheader.Cookie",
        "context.identity.apiKey, stageVariables.stage",
        "method.request.header.Host,method.request.header.Authorization",
    ],
)
def test_sources_that_tell_callers_apart_pass(sources: str) -> None:
    assert_compliant(REST_CACHE_RULE, REQUEST.with_property("identitySource", sources))


@pytest.mark.parametrize(
    "sources",
    [
        "context.identity.sourceIp",
        "context.path,context.httpMethod",
        "stageVariables.token",
        "method.request.header.Host",
        "method.request.header.ORIGIN,method.request.header.user-agent",
        "method.request.header.X-Forwarded-For",
    ],
)
def test_sources_that_callers_share_are_a_violation(sources: str) -> None:
    broken = REQUEST.with_property("identitySource", sources)
    assert_violation(REST_CACHE_RULE, broken, culprit=broken, says="do not tell callers apart")
    assert_compliant(REST_CACHE_RULE, broken.with_property("authorizerResultTtlInSeconds", 0.0))


@pytest.mark.parametrize(
    "sources",
    [
        "Authorization",
        "method.request.header",
        "method.request.header.",
        "$request.header.Authorization",
        ",",
        "a,b",
        7.0,
    ],
)
def test_what_is_no_source_is_a_violation_even_where_nothing_is_kept(sources: object) -> None:
    broken = REQUEST.with_property("identitySource", sources).with_property("authorizerResultTtlInSeconds", 0.0)
    assert_violation(REST_CACHE_RULE, broken, culprit=broken, says="is no list of identity sources")


@pytest.mark.parametrize("ttl", [-1.0, 3601.0, "60 seconds", True, [60.0], {}])
def test_what_is_no_time_is_a_violation(ttl: object) -> None:
    broken = REQUEST.with_property("authorizerResultTtlInSeconds", ttl)
    assert_violation(REST_CACHE_RULE, broken, culprit=broken, says="is not a number of seconds from 0 to 3600")


def test_a_missing_time_is_five_minutes() -> None:
    broken = REQUEST.without("authorizerResultTtlInSeconds").with_property("identitySource", "context.path")
    assert_violation(REST_CACHE_RULE, broken, culprit=broken, says="do not tell callers apart")


def test_one_unknown_source_of_an_http_api_is_waited_for() -> None:
    unknown = HTTP_REQUEST.with_property("identitySources", [UNKNOWN, "$context.routeKey"])
    assert_undecided(HTTP_CACHE_RULE, unknown, culprit=unknown, waits_for="identitySources")


@pytest.mark.parametrize(
    "sources", [["Authorization"], ["$request.header.A", 7.0], "$request.header.A", {}, ["$request"]]
)
def test_what_is_no_source_of_an_http_api_is_a_violation(sources: object) -> None:
    broken = HTTP_REQUEST.with_property("identitySources", sources)
    assert_violation(HTTP_CACHE_RULE, broken, culprit=broken, says="is no list of identity sources")


@pytest.mark.parametrize("property_", ["authorizerResultTtlInSeconds", "enableSimpleResponses"])
def test_an_authorizer_without_a_payload_version_has_nothing_of_an_http_api(property_: str) -> None:
    websocket = HTTP_REQUEST.without("authorizerPayloadFormatVersion").without("authorizerResultTtlInSeconds")
    websocket = websocket.without("enableSimpleResponses")
    assert_compliant(HTTP_CACHE_RULE, websocket)
    broken = websocket.with_property(property_, HTTP_REQUEST.properties[property_])
    assert_violation(HTTP_CACHE_RULE, broken, culprit=broken, says="authorizerPayloadFormatVersion is missing although")


@pytest.mark.parametrize("expression", ["^Bearer .+$", r"^[\w-]+\.[\w-]+\.[\w-]+$", "[0-9]{4,}", "^x-[a-z]+"])
def test_an_expression_that_refuses_rubbish_passes(expression: str) -> None:
    assert_compliant(TOKEN_EXPRESSION_RULE, AUTHORIZER.with_property("identityValidationExpression", expression))


@pytest.mark.parametrize(
    "expression", [".*", ".", "^.+$", "a*", "|Bearer", "^(Bearer .+)?$", "[^,]", r"\w", "(?s).*", "-"]
)
def test_an_expression_that_takes_rubbish_is_a_violation(expression: str) -> None:
    broken = AUTHORIZER.with_property("identityValidationExpression", expression)
    assert_violation(TOKEN_EXPRESSION_RULE, broken, culprit=broken, says="matches a text of at most one character")


@pytest.mark.parametrize("expression", ["(", "[a", "*", "a" * 3_000, "(?P<a>"])
def test_what_cannot_be_read_as_an_expression_is_a_violation(expression: str) -> None:
    broken = AUTHORIZER.with_property("identityValidationExpression", expression)
    assert_violation(TOKEN_EXPRESSION_RULE, broken, culprit=broken, says="identityValidationExpression is ")
