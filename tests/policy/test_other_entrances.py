"""HTTP API routes and function URLs: what would open a door beside the REST method."""

import pytest

from guardrails.authorization.functions.urls import FUNCTION_URL_RULE
from guardrails.authorization.http_apis.routes import ROUTE_RULE
from tests.policy.declarations import FUNCTION_URL, ROUTE
from tests.policy.judging import UNKNOWN, Declared, assert_compliant, assert_undecided, assert_violation


def test_a_route_with_a_custom_authorizer_complies() -> None:
    assert_compliant(ROUTE_RULE, ROUTE)
    assert_compliant(ROUTE_RULE, ROUTE.with_property("authorizerId", UNKNOWN))


@pytest.mark.parametrize("authorization", ["NONE", "JWT", "AWS_IAM"])
def test_a_route_with_any_other_authorization_is_a_violation(authorization: str) -> None:
    broken = ROUTE.with_property("authorizationType", authorization)
    assert_violation(ROUTE_RULE, broken, culprit=broken, says=f"authorizationType is {authorization}")


def test_a_route_without_authorization_is_a_violation() -> None:
    broken = ROUTE.without("authorizationType")
    assert_violation(ROUTE_RULE, broken, culprit=broken, says="authorizationType is missing")


@pytest.mark.parametrize("value", ["custom", "", 1.0, True, {}, ["CUSTOM"]])
def test_a_route_whose_authorization_has_the_wrong_type_is_a_violation(value: object) -> None:
    broken = ROUTE.with_property("authorizationType", value)
    assert_violation(ROUTE_RULE, broken, culprit=broken, says="authorizationType is not CUSTOM")


def test_a_route_of_unknown_authorization_is_undecided() -> None:
    unknown = ROUTE.with_property("authorizationType", UNKNOWN)
    assert_undecided(ROUTE_RULE, unknown, culprit=unknown, waits_for="authorizationType")


@pytest.mark.parametrize("broken", [ROUTE.without("authorizerId"), ROUTE.with_property("authorizerId", "")])
def test_a_custom_route_without_an_authorizer_is_a_violation(broken: Declared) -> None:
    assert_violation(ROUTE_RULE, broken, culprit=broken, says="authorizerId is missing")


@pytest.mark.parametrize("value", [1.0, {}, ["x"]])
def test_a_custom_route_whose_authorizer_has_the_wrong_type_is_a_violation(value: object) -> None:
    broken = ROUTE.with_property("authorizerId", value)
    assert_violation(ROUTE_RULE, broken, culprit=broken, says="authorizerId is not a text")


@pytest.mark.parametrize("key", ["$connect", "ANY /{proxy+}", "/x", "", None, 1.0])
def test_every_route_that_may_be_an_entrance_is_judged(key: object) -> None:
    broken = ROUTE.with_property("routeKey", key).with_property("authorizationType", "NONE")
    assert_violation(ROUTE_RULE, broken, culprit=broken, says="authorizationType is NONE")


@pytest.mark.parametrize("key", ["$disconnect", "sendMessage", "$default"])
def test_routes_that_may_be_behind_a_websocket_connection_are_not_judged_here(key: str) -> None:
    assert_compliant(ROUTE_RULE, ROUTE.with_property("routeKey", key).without("authorizationType"))


def test_a_route_of_unknown_key_is_undecided() -> None:
    unknown = ROUTE.with_property("routeKey", UNKNOWN)
    assert_undecided(ROUTE_RULE, unknown, culprit=unknown, waits_for="routeKey")


def test_a_function_url_with_signed_requests_complies() -> None:
    assert_compliant(FUNCTION_URL_RULE, FUNCTION_URL)


def test_an_open_function_url_is_a_violation() -> None:
    broken = FUNCTION_URL.with_property("authorizationType", "NONE")
    assert_violation(FUNCTION_URL_RULE, broken, culprit=broken, says="anyone may call the function")


def test_a_function_url_without_authorization_is_a_violation() -> None:
    broken = FUNCTION_URL.without("authorizationType")
    assert_violation(FUNCTION_URL_RULE, broken, culprit=broken, says="authorizationType is missing")


@pytest.mark.parametrize("value", ["", "aws_iam", 1.0, ["AWS_IAM"], {}])
def test_a_function_url_with_anything_else_is_a_violation(value: object) -> None:
    broken = FUNCTION_URL.with_property("authorizationType", value)
    assert_violation(FUNCTION_URL_RULE, broken, culprit=broken, says="authorizationType is not AWS_IAM")


def test_a_function_url_of_unknown_authorization_is_undecided() -> None:
    unknown = FUNCTION_URL.with_property("authorizationType", UNKNOWN)
    assert_undecided(FUNCTION_URL_RULE, unknown, culprit=unknown, waits_for="authorizationType")
