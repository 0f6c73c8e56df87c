"""What an operator accepts beside CUSTOM is judged as strictly, and nothing else passes with it."""

import pytest

from guardrails.authorization.http_apis.route_authorizers import ROUTE_AUTHORIZER_RULE
from guardrails.authorization.http_apis.routes import ROUTE_RULE
from guardrails.authorization.rest.authorizers import AUTHORIZER_RULE
from guardrails.authorization.rest.methods import METHOD_RULE
from guardrails.resources import Resource
from guardrails.rules import Finding, ResourceRule, Undecided, Violation
from guardrails.settings import Settings
from tests.policy.declarations import AUTHORIZER, HTTP_API, METHOD, PATH, REST_API, ROUTE
from tests.policy.fixtures.authorization.caching import HTTP_REQUEST
from tests.policy.fixtures.authorization.http_apis import TRACED_ROUTE
from tests.policy.judging import UNKNOWN, Declared, assert_compliant, assert_undecided, assert_violation


def judged(rule: ResourceRule, declared: Declared, *accepted: str) -> list[Finding]:
    resource = Resource(type=declared.type, name=declared.name, urn=declared.urn, properties=declared.properties)
    return list(rule.check(resource, Settings({"accepted": list(accepted)})))


OF_A_POOL = METHOD.with_property("authorization", "COGNITO_USER_POOLS")
SIGNED = METHOD.with_property("authorization", "AWS_IAM").without("authorizerId")


def test_a_user_pool_passes_where_it_is_accepted_and_is_named() -> None:
    assert judged(METHOD_RULE, OF_A_POOL, "COGNITO_USER_POOLS") == []
    (finding,) = judged(METHOD_RULE, OF_A_POOL.without("authorizerId"), "COGNITO_USER_POOLS")
    assert isinstance(finding, Violation)
    assert finding.problem == "authorization is COGNITO_USER_POOLS, but authorizerId is missing."


def test_a_signature_passes_where_it_is_accepted_and_no_authorizer_is_named_that_nobody_asks() -> None:
    assert judged(METHOD_RULE, SIGNED, "AWS_IAM") == []
    (finding,) = judged(METHOD_RULE, SIGNED.with_property("authorizerId", "auth1"), "AWS_IAM")
    assert isinstance(finding, Violation)
    assert "API Gateway never asks that authorizer" in finding.problem
    (finding,) = judged(METHOD_RULE, SIGNED.with_property("authorizerId", UNKNOWN), "AWS_IAM")
    assert isinstance(finding, Undecided)


@pytest.mark.parametrize("method", [OF_A_POOL, SIGNED, METHOD.with_property("authorization", "NONE")])
def test_nothing_else_is_accepted_with_it(method: Declared) -> None:
    other = "AWS_IAM" if method is OF_A_POOL else "COGNITO_USER_POOLS"
    assert len(judged(METHOD_RULE, method, other)) == 1


@pytest.mark.parametrize("kind", ["JWT", "AWS_IAM"])
def test_a_route_passes_by_what_is_accepted_and_by_nothing_else(kind: str) -> None:
    route = ROUTE.with_property("authorizationType", kind)
    if kind == "AWS_IAM":
        assert len(judged(ROUTE_RULE, route, kind)) == 1  # an authorizer is named that nobody asks
        route = route.without("authorizerId")
    assert judged(ROUTE_RULE, route, kind) == []
    assert len(judged(ROUTE_RULE, route)) == 1
    assert len(judged(ROUTE_RULE, ROUTE.with_property("authorizationType", "NONE"), kind)) == 1


POOL_AUTHORIZER = AUTHORIZER.with_property("type", "COGNITO_USER_POOLS").with_property(
    "providerArns", ["arn:aws:cognito-idp:ap-southeast-3:111122223333:userpool/ap-southeast-3_Example01"]
)


def test_a_method_of_a_user_pool_names_a_user_pool_authorizer_of_its_own_api() -> None:
    assert_compliant(AUTHORIZER_RULE, REST_API, PATH, POOL_AUTHORIZER, OF_A_POOL)
    assert_violation(
        AUTHORIZER_RULE,
        REST_API,
        PATH,
        AUTHORIZER,
        OF_A_POOL,
        culprit=OF_A_POOL,
        says="is not of type COGNITO_USER_POOLS",
    )
    untyped = AUTHORIZER.without("type")
    assert_violation(
        AUTHORIZER_RULE, REST_API, PATH, untyped, OF_A_POOL, culprit=OF_A_POOL, says="is not of type COGNITO_USER_POOLS"
    )


@pytest.mark.parametrize("pools", [[], None, {}, "arn"])
def test_a_user_pool_authorizer_names_its_pools(pools: object) -> None:
    broken = POOL_AUTHORIZER.with_property("providerArns", pools)
    assert_violation(AUTHORIZER_RULE, REST_API, PATH, broken, OF_A_POOL, culprit=broken, says="names no user pool")
    unknown = POOL_AUTHORIZER.with_property("providerArns", UNKNOWN)
    assert_undecided(AUTHORIZER_RULE, REST_API, PATH, unknown, OF_A_POOL, culprit=unknown, waits_for="providerArns")


JWT_AUTHORIZER = HTTP_REQUEST.with_property("authorizerType", "JWT").with_property(
    "jwtConfiguration", {"issuer": "https://issuer.example.com", "audiences": ["shop"]}
)
JWT_ROUTE = TRACED_ROUTE.with_property("authorizationType", "JWT")


@pytest.mark.parametrize("property_", ["issuer", "audiences"])
def test_a_jwt_authorizer_says_whose_tokens_it_takes(property_: str) -> None:
    assert_compliant(ROUTE_AUTHORIZER_RULE, HTTP_API, JWT_AUTHORIZER, JWT_ROUTE)
    broken = JWT_AUTHORIZER.without(f"jwtConfiguration.{property_}")
    assert_violation(
        ROUTE_AUTHORIZER_RULE, HTTP_API, broken, JWT_ROUTE, culprit=broken, says=f"{property_} does not say"
    )
    unknown = JWT_AUTHORIZER.with_property(f"jwtConfiguration.{property_}", UNKNOWN)
    assert_undecided(ROUTE_AUTHORIZER_RULE, HTTP_API, unknown, JWT_ROUTE, culprit=unknown, waits_for=property_)


def test_a_method_of_an_api_without_any_authorizer_is_a_violation_wherever_its_id_comes_from() -> None:
    method = Declared(
        type=METHOD.type,
        name="get",
        properties={**METHOD.properties, "authorizerId": UNKNOWN},
        sources={"restApi": ["api"]},
    )
    assert_violation(
        AUTHORIZER_RULE, REST_API, PATH, method, culprit=method, says="no Authorizer of its REST API is declared"
    )
    other = Declared(type=AUTHORIZER.type, name="other", properties={"id": "auth9", "restApi": "api2"})
    assert_violation(
        AUTHORIZER_RULE, REST_API, PATH, other, method, culprit=method, says="no Authorizer of its REST API is declared"
    )
