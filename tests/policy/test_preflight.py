"""`apigateway-method-preflight-answered-by-mock`: the only open method is an OPTIONS that reaches no backend."""

import pytest

from guardrails.authorization.rest.preflight import PREFLIGHT_RULE as RULE
from tests.policy.declarations import INTEGRATION, METHOD, OTHER_REST_API, PREFLIGHT, STACK, before_it_exists, replaced
from tests.policy.judging import UNKNOWN, Declared, assert_compliant, assert_undecided, assert_violation, judge

NEW_STACK = before_it_exists(*STACK)
NEW_PREFLIGHT = next(one for one in NEW_STACK if one.name == PREFLIGHT.name)
NEW_INTEGRATION = next(one for one in NEW_STACK if one.name == INTEGRATION.name)
BACKEND = Declared(
    type=INTEGRATION.type,
    name="backend",
    properties={**INTEGRATION.properties, "type": "AWS_PROXY"},
    sources=INTEGRATION.sources,
)


def from_sources(declared: Declared, **sources: list[str]) -> Declared:
    return Declared(
        type=declared.type, name=declared.name, properties=declared.properties, sources={**declared.sources, **sources}
    )


def test_an_options_method_with_a_mock_integration_complies() -> None:
    assert_compliant(RULE, *STACK)


def test_an_options_method_with_a_mock_integration_complies_before_they_exist() -> None:
    assert_compliant(RULE, *NEW_STACK)


@pytest.mark.parametrize("kind", ["AWS_PROXY", "HTTP_PROXY", "AWS", "HTTP", "mock", "", None, 1.0, ["MOCK"]])
def test_any_other_integration_is_a_violation(kind: object) -> None:
    stack = replaced(STACK, INTEGRATION.with_property("type", kind))
    assert_violation(RULE, *stack, culprit=PREFLIGHT, says="'preflight-answer' is not MOCK")


def test_an_integration_without_a_type_is_a_violation() -> None:
    stack = replaced(STACK, INTEGRATION.without("type"))
    assert_violation(RULE, *stack, culprit=PREFLIGHT, says="'preflight-answer' is not MOCK")


def test_any_other_integration_is_a_violation_before_it_exists() -> None:
    stack = replaced(NEW_STACK, NEW_INTEGRATION.with_property("type", "AWS_PROXY"))
    assert_violation(RULE, *stack, culprit=PREFLIGHT, says="'preflight-answer' is not MOCK")


def test_an_integration_of_unknown_type_is_undecided() -> None:
    stack = replaced(STACK, INTEGRATION.with_property("type", UNKNOWN))
    assert_undecided(RULE, *stack, culprit=PREFLIGHT, waits_for="its integration")


def test_no_integration_is_a_violation() -> None:
    stack = tuple(one for one in STACK if one is not INTEGRATION)
    assert_violation(RULE, *stack, culprit=PREFLIGHT, says="no MOCK integration is declared for it")


def test_no_integration_is_a_violation_before_anything_exists() -> None:
    stack = tuple(one for one in NEW_STACK if one.name != INTEGRATION.name)
    assert_violation(RULE, *stack, culprit=PREFLIGHT, says="no MOCK integration is declared for it")


def test_a_second_integration_that_is_not_mock_is_a_violation() -> None:
    assert_violation(RULE, *STACK, BACKEND, culprit=PREFLIGHT, says="'backend' is not MOCK")
    assert_violation(RULE, *NEW_STACK, *before_it_exists(BACKEND), culprit=PREFLIGHT, says="'backend' is not MOCK")


@pytest.mark.parametrize(
    ("name", "elsewhere"), [("restApi", "api2"), ("resourceId", "path2"), ("httpMethod", "GET"), ("httpMethod", None)]
)
def test_a_mock_integration_of_another_method_does_not_count(name: str, elsewhere: object) -> None:
    stack = replaced(STACK, INTEGRATION.with_property(name, elsewhere))
    assert_violation(RULE, *stack, culprit=PREFLIGHT, says="no MOCK integration is declared for it")


@pytest.mark.parametrize(("name", "other"), [("restApi", "other-api"), ("resourceId", "other-path")])
def test_a_new_mock_integration_of_another_method_does_not_count(name: str, other: str) -> None:
    other_path = Declared(type="aws:apigateway/resource:Resource", name="other-path", properties={"pathPart": "x"})
    stack = replaced(NEW_STACK, from_sources(NEW_INTEGRATION, **{name: [other]}))
    assert_violation(
        RULE,
        *(*stack, *before_it_exists(OTHER_REST_API), other_path),
        culprit=PREFLIGHT,
        says="no MOCK integration is declared for it",
    )


def test_the_backend_of_another_method_does_not_count_either() -> None:
    assert_compliant(RULE, *STACK, BACKEND.with_property("httpMethod", "GET"))


def test_an_integration_that_takes_its_place_from_the_method_is_found() -> None:
    passed_on = from_sources(
        NEW_INTEGRATION, restApi=["preflight"], resourceId=["preflight"], httpMethod=["preflight"]
    ).with_property("httpMethod", UNKNOWN)
    assert_compliant(RULE, *replaced(NEW_STACK, passed_on))
    assert_violation(
        RULE,
        *replaced(NEW_STACK, passed_on.with_property("type", "AWS_PROXY")),
        culprit=PREFLIGHT,
        says="'preflight-answer' is not MOCK",
    )


def test_the_root_resource_of_a_new_api_is_matched() -> None:
    stack = replaced(NEW_STACK, from_sources(NEW_PREFLIGHT, resourceId=["api"]))
    stack = replaced(stack, from_sources(NEW_INTEGRATION, resourceId=["api"]))
    assert_compliant(RULE, *stack)


@pytest.mark.parametrize("kind", ["MOCK", "AWS_PROXY"])
def test_an_integration_whose_place_comes_from_outside_the_stack_is_undecided(kind: str) -> None:
    adrift = from_sources(NEW_INTEGRATION, resourceId=[]).with_property("type", kind)
    assert_undecided(RULE, *replaced(NEW_STACK, adrift), culprit=PREFLIGHT, waits_for="its integration")


def test_a_stray_backend_keeps_a_proven_preflight_undecided() -> None:
    adrift = from_sources(*before_it_exists(BACKEND), resourceId=[])
    assert_undecided(RULE, *NEW_STACK, adrift, culprit=PREFLIGHT, waits_for="its integration")


@pytest.mark.parametrize("name", ["restApi", "resourceId"])
@pytest.mark.parametrize("value", [None, "", 1.0, {}])
def test_a_preflight_without_a_place_is_a_violation(name: str, value: object) -> None:
    stack = replaced(STACK, PREFLIGHT.with_property(name, value))
    assert_violation(RULE, *stack, culprit=PREFLIGHT, says=f"{name} is not an id")


def test_a_protected_options_method_needs_no_mock() -> None:
    protected = PREFLIGHT.with_property("authorization", "CUSTOM").with_property("authorizerId", "auth1")
    assert_compliant(RULE, *replaced(replaced(STACK, protected), INTEGRATION.with_property("type", "AWS_PROXY")))


def test_other_methods_are_left_to_the_rule_on_methods() -> None:
    assert_compliant(RULE, *replaced(STACK, METHOD.with_property("authorization", "NONE")))


def test_an_empty_authorizer_id_among_the_outputs_counts_as_none() -> None:
    stack = replaced(STACK, PREFLIGHT.with_property("authorizerId", ""))
    assert_compliant(RULE, *stack)
    assert_violation(
        RULE,
        *replaced(stack, INTEGRATION.with_property("type", "HTTP")),
        culprit=PREFLIGHT,
        says="'preflight-answer' is not MOCK",
    )


def test_every_preflight_of_a_large_stack_is_judged_by_itself() -> None:
    stack: list[Declared] = []
    for index in range(300):
        place = {"restApi": "api1", "resourceId": f"path{index}"}
        kind = "AWS_PROXY" if index == 151 else "MOCK"
        stack.append(Declared(type=PREFLIGHT.type, name=f"m{index}", properties={**PREFLIGHT.properties, **place}))
        stack.append(
            Declared(
                type=INTEGRATION.type,
                name=f"i{index}",
                properties={**INTEGRATION.properties, **place, "type": kind},
            )
        )
    verdict = judge(RULE, *stack)
    assert len(verdict.violations) == 1
    assert "'m151'" in verdict.text
