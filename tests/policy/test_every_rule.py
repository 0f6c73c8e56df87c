"""What each rule says of its own fixture: the compliant stacks, those that break it, and those that have to wait."""

from collections import Counter
from collections.abc import Iterable
from typing import Any, cast

import pytest

from guardrails.catalogue import ALL_RULES
from guardrails.nodes import UNKNOWN_SENTINELS
from tests.policy.fixtures.catalogue import ALL_FIXTURES
from tests.policy.fixtures.fixture import Fixture, Violating, Waiting
from tests.policy.judging import UNKNOWN, Declared, Verdict, assert_undecided, assert_violation, judge

PASSED = Verdict(violations=(), undecided=None)


def named(stack: Iterable[Declared], name: str) -> Declared:
    (found,) = [one for one in stack if one.name == name]
    return found


def decided(declared: Declared) -> Declared:
    """The same in the update: no value is unknown any more."""
    return Declared(
        type=declared.type,
        name=declared.name,
        properties=cast("dict[str, Any]", _known(declared.properties)),
        sources=declared.sources,
        after=declared.after,
    )


def _known(value: object) -> object:
    if isinstance(value, dict):
        return {key: _known(entry) for key, entry in cast("dict[str, object]", value).items()}
    if isinstance(value, list):
        return [_known(element) for element in cast("list[object]", value)]
    return "known" if isinstance(value, str) and value in UNKNOWN_SENTINELS else value


def stacks(fixture: Fixture) -> list[tuple[Declared, ...]]:
    return [
        fixture.compliant,
        *fixture.also_compliant.values(),
        *(violating.stack for violating in fixture.violating),
        *(waiting.stack for waiting in fixture.waiting),
    ]


def test_every_rule_has_exactly_one_fixture() -> None:
    assert Counter(fixture.rule.metadata.name for fixture in ALL_FIXTURES) == Counter(
        rule.metadata.name for rule in ALL_RULES
    )


@pytest.mark.parametrize("fixture", ALL_FIXTURES, ids=lambda fixture: fixture.rule.metadata.name)
def test_a_fixture_breaks_its_rule_and_names_every_resource_once(fixture: Fixture) -> None:
    assert fixture.violating
    for stack in stacks(fixture):
        assert max(Counter(one.name for one in stack).values()) == 1


@pytest.mark.parametrize("fixture", ALL_FIXTURES, ids=lambda fixture: fixture.rule.metadata.name)
def test_what_complies_passes_without_a_note(fixture: Fixture) -> None:
    assert judge(fixture.rule, *fixture.compliant) == PASSED
    for title, stack in fixture.also_compliant.items():
        assert judge(fixture.rule, *stack) == PASSED, title


@pytest.mark.parametrize(
    ("fixture", "violating"),
    [
        pytest.param(fixture, violating, id=f"{fixture.rule.metadata.name}: {violating.title}")
        for fixture in ALL_FIXTURES
        for violating in fixture.violating
    ],
)
def test_each_break_is_one_violation_that_says_where_what_how_to_fix_it_and_where_to_read_on(
    fixture: Fixture, violating: Violating
) -> None:
    culprit = named(violating.stack, violating.culprit)
    assert_violation(fixture.rule, *violating.stack, culprit=culprit, says=violating.says)


@pytest.mark.parametrize(
    ("fixture", "waiting"),
    [
        pytest.param(fixture, waiting, id=f"{fixture.rule.metadata.name}: {waiting.title}")
        for fixture in ALL_FIXTURES
        for waiting in fixture.waiting
    ],
)
def test_what_is_not_known_yet_is_noted_and_judged_once_it_is_known(fixture: Fixture, waiting: Waiting) -> None:
    culprit = named(waiting.stack, waiting.culprit)
    assert_undecided(fixture.rule, *waiting.stack, culprit=culprit, waits_for=waiting.waits_for)
    assert judge(fixture.rule, *(decided(one) for one in waiting.stack)).undecided is None


@pytest.mark.parametrize("fixture", ALL_FIXTURES, ids=lambda fixture: fixture.rule.metadata.name)
def test_what_is_not_known_of_one_resource_lets_nothing_of_another_lapse(fixture: Fixture) -> None:
    for violating in fixture.violating:
        culprit = named(violating.stack, violating.culprit)
        twin = Declared(type=culprit.type, name="twin", properties=dict.fromkeys(culprit.properties, UNKNOWN))
        for stack in ((*violating.stack, twin), (twin, *violating.stack)):
            verdict = judge(fixture.rule, *stack)
            assert culprit.urn in [urn for message, urn in verdict.violations if violating.says in message]
