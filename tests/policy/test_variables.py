"""Function environments and stage variables: two maps, one way of judging them."""

from dataclasses import dataclass

import pytest

from guardrails.rules import Rule
from guardrails.secrets.variables import ENVIRONMENT_RULE, STAGE_VARIABLES_RULE
from tests.policy.declarations import ARN, FUNCTION, METHOD, STAGE
from tests.policy.judging import (
    UNKNOWN,
    Declared,
    assert_compliant,
    assert_undecided,
    assert_violation,
    judge,
    secret,
)


@dataclass(frozen=True)
class Place:
    """Where variables are, and the rule that judges them."""

    rule: Rule
    declared: Declared
    path: str

    def holding(self, variables: object) -> Declared:
        return self.declared.with_property(self.path, variables)

    def with_variable(self, name: str, value: object) -> Declared:
        return self.declared.with_property(f"{self.path}.{name}", value)


PLACES = [
    pytest.param(Place(ENVIRONMENT_RULE, FUNCTION, "environment.variables"), id="function"),
    pytest.param(Place(STAGE_VARIABLES_RULE, STAGE, "variables"), id="stage"),
]
in_each_place = pytest.mark.parametrize("place", PLACES)


@in_each_place
def test_arns_and_plain_settings_comply(place: Place) -> None:
    assert_compliant(place.rule, place.declared)


@in_each_place
def test_no_variables_comply(place: Place) -> None:
    assert_compliant(place.rule, place.declared.without(place.path))
    assert_compliant(place.rule, place.declared.without(place.path.partition(".")[0]))
    assert_compliant(place.rule, place.holding(None))
    assert_compliant(place.rule, place.holding({}))


@in_each_place
def test_a_secret_is_a_violation_that_names_the_variable_and_not_the_value(place: Place) -> None:
    broken = place.with_variable("JWT_SECRET", "hunter2")
    assert_violation(place.rule, broken, culprit=broken, says=f"{place.path}.JWT_SECRET holds a value")
    assert "hunter2" not in judge(place.rule, broken).text


@in_each_place
def test_each_secret_is_a_violation_of_its_own(place: Place) -> None:
    broken = place.holding({"JWT_SECRET": "hunter2", "PASSWORD": "hunter3", "LEVEL": "INFO"})
    verdict = judge(place.rule, broken)
    assert len(verdict.violations) == 2
    assert "hunter" not in verdict.text


@in_each_place
def test_whatever_pulumi_marks_as_a_secret_is_a_violation(place: Place) -> None:
    for value in (secret("hunter2"), secret(5.0), secret(True)):
        broken = place.with_variable("GREETING", value)
        assert_violation(place.rule, broken, culprit=broken, says="is marked as a secret by Pulumi")
        assert "hunter2" not in judge(place.rule, broken).text


@in_each_place
def test_a_mark_on_the_whole_map_reaches_its_variables(place: Place) -> None:
    broken = place.holding(secret({"GREETING": "hunter2", "KEY_ARN": ARN}))
    assert_violation(place.rule, broken, culprit=broken, says=f"{place.path}.GREETING is marked as a secret by Pulumi")


@in_each_place
def test_an_arn_is_no_secret_even_when_it_is_marked(place: Place) -> None:
    assert_compliant(place.rule, place.with_variable("SIGNING_KEY_SECRET_ARN", secret(ARN)))


@in_each_place
@pytest.mark.parametrize("value", [UNKNOWN, secret(UNKNOWN)])
def test_an_unknown_variable_is_undecided_and_named(place: Place, value: object) -> None:
    unknown = place.with_variable("SIGNING_KEY_SECRET_ARN", value)
    assert_undecided(place.rule, unknown, culprit=unknown, waits_for=f"{place.path}.SIGNING_KEY_SECRET_ARN")


@in_each_place
def test_an_unknown_variable_does_not_let_another_through(place: Place) -> None:
    broken = place.holding({"A": UNKNOWN, "JWT_SECRET": "hunter2", "B": UNKNOWN})
    verdict = judge(place.rule, broken)
    assert len(verdict.violations) == 1
    assert verdict.undecided is not None
    assert f"{place.path}.A, {place.path}.B." in verdict.undecided


@in_each_place
def test_unknown_variables_altogether_are_undecided(place: Place) -> None:
    unknown = place.holding(UNKNOWN)
    assert_undecided(place.rule, unknown, culprit=unknown, waits_for=place.path)
    unknown = place.declared.with_property(place.path.partition(".")[0], UNKNOWN)
    assert_undecided(place.rule, unknown, culprit=unknown, waits_for=place.path)


@in_each_place
@pytest.mark.parametrize("variables", ["A=hunter2", 1.0, True, ["hunter2"]])
def test_variables_that_are_no_map_are_a_violation(place: Place, variables: object) -> None:
    broken = place.holding(variables)
    assert_violation(place.rule, broken, culprit=broken, says="is not a map of names to texts")
    assert "hunter2" not in judge(place.rule, broken).text


@pytest.mark.parametrize("environment", ["A=hunter2", 1.0, ["hunter2"]])
def test_an_environment_that_is_no_object_is_a_violation(environment: object) -> None:
    broken = FUNCTION.with_property("environment", environment)
    assert_violation(ENVIRONMENT_RULE, broken, culprit=broken, says="environment is not an object")
    assert "hunter2" not in judge(ENVIRONMENT_RULE, broken).text


@in_each_place
@pytest.mark.parametrize("value", [["hunter2"], {"a": "hunter2"}])
def test_a_variable_that_is_no_text_is_a_violation(place: Place, value: object) -> None:
    broken = place.with_variable("GREETING", value)
    assert_violation(place.rule, broken, culprit=broken, says=f"{place.path}.GREETING is not a text")
    assert "hunter2" not in judge(place.rule, broken).text


@in_each_place
@pytest.mark.parametrize("value", [5.0, True, None])
def test_numbers_switches_and_nothing_comply(place: Place, value: object) -> None:
    assert_compliant(place.rule, place.with_variable("ATTEMPTS", value))


@in_each_place
def test_a_number_under_the_name_of_a_secret_is_a_violation(place: Place) -> None:
    broken = place.with_variable("PASSWORD", 12345.0)
    assert_violation(place.rule, broken, culprit=broken, says="PASSWORD holds a value")


@in_each_place
def test_a_variable_named_like_the_internals_of_the_sdk_is_judged_like_any_other(place: Place) -> None:
    assert judge(place.rule, place.holding({"__target": "x", "JWT_SECRET": "hunter2"})).violations


@in_each_place
def test_resources_of_other_types_are_not_judged(place: Place) -> None:
    assert_compliant(place.rule, METHOD.with_property("variables", {"JWT_SECRET": "hunter2"}))
