"""`secretsmanager-secret-version-no-value-in-state`: only the public placeholder passes through Pulumi."""

import pytest

from guardrails.secrets.secret_versions import SECRET_VERSION_RULE as RULE
from tests.policy.declarations import SECRET_VERSION
from tests.policy.judging import UNKNOWN, assert_compliant, assert_undecided, assert_violation, judge, secret

OTHER_WAYS = pytest.mark.parametrize("name", ["secretBinary", "secretStringWo"])


def test_the_placeholder_complies() -> None:
    assert_compliant(RULE, SECRET_VERSION)
    assert_compliant(RULE, SECRET_VERSION.with_property("secretString", secret("{}")))


@pytest.mark.parametrize("value", ["hunter2", "", "{ }", '{"key": "hunter2"}', 1.0, {}, ["hunter2"], {"a": "hunter2"}])
@pytest.mark.parametrize("marked", [True, False])
def test_any_other_value_is_a_violation_that_does_not_repeat_it(value: object, marked: bool) -> None:
    broken = SECRET_VERSION.with_property("secretString", secret(value) if marked else value)
    assert_violation(RULE, broken, culprit=broken, says="secretString carries the secret's value")
    assert "hunter2" not in judge(RULE, broken).text


@pytest.mark.parametrize("unknown", [UNKNOWN, secret(UNKNOWN)])
def test_an_unknown_value_is_undecided(unknown: object) -> None:
    waiting = SECRET_VERSION.with_property("secretString", unknown)
    assert_undecided(RULE, waiting, culprit=waiting, waits_for="secretString")


def test_a_version_without_a_value_is_a_violation() -> None:
    broken = SECRET_VERSION.without("secretString")
    assert_violation(RULE, broken, culprit=broken, says="secretString is missing")


@OTHER_WAYS
@pytest.mark.parametrize("value", ["hunter2", "{}", "", secret("hunter2"), 1.0, {}])
def test_every_other_way_of_passing_a_value_is_a_violation(name: str, value: object) -> None:
    broken = SECRET_VERSION.with_property(name, value)
    assert_violation(RULE, broken, culprit=broken, says=f"{name} carries the secret's value")
    broken = broken.without("secretString")
    assert_violation(RULE, broken, culprit=broken, says=f"{name} carries the secret's value")
    assert "hunter2" not in judge(RULE, broken).text


@OTHER_WAYS
def test_every_other_way_of_passing_an_unknown_value_is_undecided(name: str) -> None:
    waiting = SECRET_VERSION.with_property(name, UNKNOWN)
    assert_undecided(RULE, waiting, culprit=waiting, waits_for=name)
    waiting = waiting.without("secretString")
    assert_undecided(RULE, waiting, culprit=waiting, waits_for=name)


@OTHER_WAYS
def test_a_null_is_no_value(name: str) -> None:
    assert_compliant(RULE, SECRET_VERSION.with_property(name, None))


def test_an_unknown_value_does_not_let_another_through() -> None:
    broken = SECRET_VERSION.with_property("secretString", UNKNOWN).with_property("secretBinary", "hunter2")
    verdict = judge(RULE, broken)
    assert len(verdict.violations) == 1
    assert verdict.undecided is not None
