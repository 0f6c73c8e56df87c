"""The programs for the real engine break what they say and nothing else, as far as can be seen without an engine."""

from collections.abc import Callable

import pytest

from guardrails.catalogue import ALL_RULES
from guardrails.rules import Level, Violation
from tests.policy.programs import BREAKING, COMPLIANT, IMPORTS, Breaking
from tests.policy.registered import findings, judged_stack
from tests.support.mocks import deploy


def problems(text: str) -> list[str]:
    """`rule: Method 'get': what is wrong` for each violation of a mandatory rule in the preview of a new stack."""
    stack = judged_stack(deploy(program(text), preview=True))
    return [
        f"{rule.metadata.name}: {finding.resource.label}: {finding.problem}"
        for rule in ALL_RULES
        if rule.metadata.level is Level.MANDATORY
        for finding in findings([rule], stack)
        if isinstance(finding, Violation)
    ]


def program(text: str) -> Callable[[], object]:
    return lambda: exec(text, {})  # noqa: S102  # our own programs, as the engine would run them


def test_the_compliant_program_breaks_no_mandatory_rule() -> None:
    assert problems(COMPLIANT) == []


@pytest.mark.parametrize("breaking", BREAKING, ids=lambda breaking: breaking.rule)
def test_a_breaking_program_breaks_one_mandatory_rule_and_what_it_needs_breaks_no_other(breaking: Breaking) -> None:
    assert all(problem.startswith(f"{breaking.rule}:") for problem in problems(IMPORTS + breaking.needs))
    found = problems(IMPORTS + breaking.needs + breaking.program)
    if breaking.marked:
        assert found == []  # what is marked as a secret, or is an output of the stack, only the engine shows
    else:
        (problem,) = found
        assert problem.startswith(f"{breaking.rule}: {breaking.culprit}: ")
        assert breaking.problem in problem
