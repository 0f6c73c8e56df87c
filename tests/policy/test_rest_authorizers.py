"""`apigateway-method-authorizer-of-same-api`: matched by ids after a deployment, by dependencies before the first."""

import pytest

from guardrails.authorization.rest.authorizers import AUTHORIZER_RULE as RULE
from tests.policy.declarations import AUTHORIZER, METHOD, OTHER_REST_API, STACK, before_it_exists, replaced
from tests.policy.judging import UNKNOWN, Declared, assert_compliant, assert_undecided, assert_violation, judge

NEW_STACK = before_it_exists(*STACK)
NEW_METHOD = next(one for one in NEW_STACK if one.name == METHOD.name)
NEW_AUTHORIZER = next(one for one in NEW_STACK if one.name == AUTHORIZER.name)
STRANGER = Declared(
    type=AUTHORIZER.type,
    name="stranger",
    properties={"id": "auth9", "restApi": "api2", "type": "TOKEN"},
    sources={"restApi": ["other-api"]},
)


def test_an_authorizer_of_the_same_api_complies() -> None:
    assert_compliant(RULE, *STACK)


def test_an_authorizer_of_the_same_new_api_complies() -> None:
    assert_compliant(RULE, *NEW_STACK)


def test_an_authorizer_of_another_api_is_a_violation() -> None:
    broken = METHOD.with_property("authorizerId", "auth9")
    stack = (*replaced(STACK, broken), OTHER_REST_API, STRANGER)
    assert_violation(RULE, *stack, culprit=broken, says="'stranger' belongs to another REST API")


def test_an_authorizer_of_another_new_api_is_a_violation() -> None:
    broken = Declared(
        type=METHOD.type,
        name=METHOD.name,
        properties=NEW_METHOD.properties,
        sources={**METHOD.sources, "authorizerId": ["stranger"]},
    )
    stack = (*replaced(NEW_STACK, broken), *before_it_exists(OTHER_REST_API, STRANGER))
    assert_violation(RULE, *stack, culprit=broken, says="'stranger' belongs to another REST API")


def test_the_same_id_in_two_apis_is_told_apart() -> None:
    twin = STRANGER.with_property("id", "auth1")
    assert_violation(
        RULE,
        *replaced(STACK, AUTHORIZER.with_property("restApi", "api2")),
        culprit=METHOD,
        says="belongs to another REST API",
    )
    verdict = judge(RULE, *STACK, OTHER_REST_API, twin)
    assert verdict.violations == ()
    assert verdict.undecided is None


def test_an_id_that_no_authorizer_of_the_stack_has_is_a_violation() -> None:
    broken = METHOD.with_property("authorizerId", "foreign")
    assert_violation(RULE, *replaced(STACK, broken), culprit=broken, says="no Authorizer that this stack declares")


def test_a_known_id_beside_a_new_authorizer_is_a_violation() -> None:
    broken = METHOD.with_property("authorizerId", "foreign")
    broken = Declared(type=broken.type, name=broken.name, properties=broken.properties, sources={"restApi": ["api"]})
    assert_violation(RULE, *replaced(NEW_STACK, broken), culprit=broken, says="no Authorizer that this stack declares")


def test_an_unknown_id_from_outside_the_stack_is_undecided() -> None:
    unknown = Declared(
        type=METHOD.type, name=METHOD.name, properties=NEW_METHOD.properties, sources={"restApi": ["api"]}
    )
    assert_undecided(RULE, *replaced(NEW_STACK, unknown), culprit=unknown, waits_for="authorizerId")


def test_an_id_computed_from_two_authorizers_of_different_apis_is_undecided() -> None:
    unknown = Declared(
        type=METHOD.type,
        name=METHOD.name,
        properties=NEW_METHOD.properties,
        sources={**METHOD.sources, "authorizerId": ["authorizer", "stranger"]},
    )
    stack = (*replaced(NEW_STACK, unknown), *before_it_exists(OTHER_REST_API, STRANGER))
    assert_undecided(RULE, *stack, culprit=unknown, waits_for="restApi")


def test_an_api_id_computed_from_two_apis_is_undecided() -> None:
    unknown = Declared(
        type=METHOD.type,
        name=METHOD.name,
        properties=NEW_METHOD.properties,
        sources={**METHOD.sources, "restApi": ["api", "other-api"]},
    )
    stack = (*replaced(NEW_STACK, unknown), *before_it_exists(OTHER_REST_API))
    assert_undecided(RULE, *stack, culprit=unknown, waits_for="restApi")


def test_an_api_id_passed_on_by_another_resource_is_followed_to_the_api() -> None:
    passed_on = Declared(
        type=METHOD.type,
        name=METHOD.name,
        properties=NEW_METHOD.properties,
        sources={**METHOD.sources, "restApi": ["authorizer"]},
    )
    assert_compliant(RULE, *replaced(NEW_STACK, passed_on))


@pytest.mark.parametrize("provider_shows_ids", [True, False])
def test_a_deployed_authorizer_is_found_with_and_without_its_id_among_its_outputs(provider_shows_ids: bool) -> None:
    stack = STACK if provider_shows_ids else replaced(STACK, AUTHORIZER.without("id"))
    assert_compliant(RULE, *stack)


@pytest.mark.parametrize("rest_api", [None, "", 1.0, ["api1"]])
def test_an_authorizer_without_a_usable_api_is_a_violation(rest_api: object) -> None:
    stack = replaced(STACK, AUTHORIZER.with_property("restApi", rest_api))
    assert_violation(RULE, *stack, culprit=METHOD, says="belongs to another REST API")


@pytest.mark.parametrize("rest_api", [None, "", 1.0, ["api1"]])
def test_a_method_without_a_usable_api_is_a_violation(rest_api: object) -> None:
    broken = METHOD.with_property("restApi", rest_api)
    assert_violation(RULE, *replaced(STACK, broken), culprit=broken, says="restApi is not the id of a REST API")


def test_neither_side_knowing_its_api_is_a_violation() -> None:
    broken = METHOD.without("restApi")
    stack = replaced(replaced(STACK, broken), AUTHORIZER.without("restApi"))
    assert_violation(RULE, *stack, culprit=broken, says="restApi is not the id of a REST API")


@pytest.mark.parametrize("kind", ["REQUEST", "TOKEN"])
def test_both_kinds_of_lambda_authorizer_comply(kind: str) -> None:
    assert_compliant(RULE, *replaced(STACK, AUTHORIZER.with_property("type", kind)))


def test_the_default_kind_of_authorizer_complies() -> None:
    assert_compliant(RULE, *replaced(STACK, AUTHORIZER.without("type")))


@pytest.mark.parametrize("kind", ["COGNITO_USER_POOLS", "token", "", 1.0, ["TOKEN"]])
def test_any_other_kind_of_authorizer_is_a_violation(kind: object) -> None:
    stack = replaced(STACK, AUTHORIZER.with_property("type", kind))
    assert_violation(RULE, *stack, culprit=METHOD, says="is not a Lambda authorizer")


def test_an_authorizer_of_unknown_kind_is_undecided() -> None:
    unknown = AUTHORIZER.with_property("type", UNKNOWN)
    assert_undecided(RULE, *replaced(STACK, unknown), culprit=unknown, waits_for="type")


def test_one_undecided_method_does_not_let_another_through() -> None:
    unknown = Declared(type=METHOD.type, name="unknown", properties=NEW_METHOD.properties)
    broken = METHOD.with_property("authorizerId", "foreign")
    verdict = judge(RULE, *replaced(STACK, broken), unknown)
    assert [urn for _, urn in verdict.violations] == [broken.urn]
    assert verdict.undecided is not None
    assert "Method 'unknown'" in verdict.undecided


@pytest.mark.parametrize(
    "broken",
    [
        METHOD.with_property("authorization", "NONE"),
        METHOD.with_property("authorization", UNKNOWN),
        METHOD.without("authorization"),
        METHOD.without("authorizerId"),
        METHOD.with_property("authorizerId", 1.0),
    ],
)
def test_what_the_methods_own_inputs_show_is_left_to_the_rule_on_methods(broken: Declared) -> None:
    assert_compliant(RULE, *replaced(STACK, broken))
