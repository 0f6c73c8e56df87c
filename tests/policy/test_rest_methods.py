"""`apigateway-method-custom-authorization`: a method's own inputs say CUSTOM and name an authorizer."""

import pytest

from guardrails.authorization.rest.methods import METHOD_RULE as RULE
from tests.policy.declarations import METHOD, PREFLIGHT, REST_API
from tests.policy.judging import UNKNOWN, Declared, assert_compliant, assert_undecided, assert_violation


def test_custom_with_an_authorizer_complies() -> None:
    assert_compliant(RULE, METHOD)


def test_custom_with_an_authorizer_that_does_not_exist_yet_complies() -> None:
    assert_compliant(RULE, METHOD.with_property("authorizerId", UNKNOWN))


@pytest.mark.parametrize("authorization", ["AWS_IAM", "COGNITO_USER_POOLS"])
def test_any_other_authorization_is_a_violation_that_names_it(authorization: str) -> None:
    broken = METHOD.with_property("authorization", authorization)
    assert_violation(RULE, broken, culprit=broken, says=f"authorization is {authorization}")


def test_no_authorization_is_a_violation_even_with_an_authorizer() -> None:
    broken = METHOD.with_property("authorization", "NONE")
    assert_violation(RULE, broken, culprit=broken, says="never asks that authorizer")


def test_no_authorization_without_an_authorizer_is_a_violation() -> None:
    broken = METHOD.with_property("authorization", "NONE").without("authorizerId")
    assert_violation(RULE, broken, culprit=broken, says="authorization is NONE, so anyone may call it.")


def test_an_api_key_alone_is_a_violation_that_says_why() -> None:
    broken = METHOD.with_property("authorization", "NONE").without("authorizerId").with_property("apiKeyRequired", True)
    assert_violation(RULE, broken, culprit=broken, says="an API key alone meters callers")


def test_a_missing_authorization_is_a_violation() -> None:
    broken = METHOD.without("authorization")
    assert_violation(RULE, broken, culprit=broken, says="authorization is missing")


@pytest.mark.parametrize("value", ["custom", "", 1.0, True, {"a": "b"}, ["CUSTOM"]])
def test_an_authorization_that_does_not_exist_is_a_violation(value: object) -> None:
    broken = METHOD.with_property("authorization", value)
    assert_violation(RULE, broken, culprit=broken, says="authorization is not CUSTOM")


def test_an_unknown_authorization_is_undecided() -> None:
    unknown = METHOD.with_property("authorization", UNKNOWN)
    assert_undecided(RULE, unknown, culprit=unknown, waits_for="authorization")


@pytest.mark.parametrize("broken", [METHOD.without("authorizerId"), METHOD.with_property("authorizerId", "")])
def test_custom_without_an_authorizer_is_a_violation(broken: Declared) -> None:
    assert_violation(RULE, broken, culprit=METHOD, says="authorizerId is missing")


@pytest.mark.parametrize("value", [1.0, False, {}, ["auth1"]])
def test_an_authorizer_id_of_the_wrong_type_is_a_violation(value: object) -> None:
    broken = METHOD.with_property("authorizerId", value)
    assert_violation(RULE, broken, culprit=broken, says="authorizerId is not a text")


def test_a_preflight_is_left_to_the_rule_that_sees_its_integration() -> None:
    assert_compliant(RULE, PREFLIGHT)


def test_a_preflight_that_names_an_authorizer_is_a_violation() -> None:
    broken = PREFLIGHT.with_property("authorizerId", "auth1")
    assert_violation(RULE, broken, culprit=broken, says="never asks that authorizer")


def test_a_preflight_whose_authorizer_is_unknown_is_undecided() -> None:
    unknown = PREFLIGHT.with_property("authorizerId", UNKNOWN)
    assert_undecided(RULE, unknown, culprit=unknown, waits_for="authorizerId")


@pytest.mark.parametrize("http_method", ["options", "ANY", "HEAD", "", 1.0, ["OPTIONS"]])
def test_only_options_is_a_preflight(http_method: object) -> None:
    broken = PREFLIGHT.with_property("httpMethod", http_method)
    assert_violation(RULE, broken, culprit=broken, says="anyone may call it")


def test_an_open_method_without_a_verb_is_a_violation() -> None:
    broken = PREFLIGHT.without("httpMethod")
    assert_violation(RULE, broken, culprit=broken, says="anyone may call it")


def test_an_open_method_of_unknown_verb_is_undecided() -> None:
    unknown = PREFLIGHT.with_property("httpMethod", UNKNOWN)
    assert_undecided(RULE, unknown, culprit=unknown, waits_for="httpMethod")


def test_one_unknown_method_does_not_let_another_through() -> None:
    unknown = METHOD.with_property("authorization", UNKNOWN)
    broken = PREFLIGHT.with_property("httpMethod", "GET")
    assert_violation(RULE, unknown, broken, culprit=broken, says="anyone may call it")


def test_resources_of_other_types_are_not_judged() -> None:
    assert_compliant(RULE, REST_API)
