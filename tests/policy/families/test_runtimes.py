"""The table of runtimes, and the day on which a runtime is no longer supported."""

import json
from datetime import date, timedelta
from importlib.metadata import distribution
from pathlib import Path
from typing import Any

import botocore.session
import pytest

from guardrails.runtimes.schedule import DEPRECATIONS
from guardrails.runtimes.support import ending_rule, runtime_rule
from tests.policy.declarations import FUNCTION
from tests.policy.families.configured import problems

ENDS = date(2027, 6, 30)  # of python3.11
ON_IT = FUNCTION.with_property("runtime", "python3.11")
NEW = FUNCTION.with_property("runtime", "python3.99")


def lifecycle() -> dict[str, dict[str, str | None]]:
    """AWS's table as cfn-lint ships it."""
    # Found without an import of cfn-lint, which takes a second.
    path = Path(str(distribution("cfn-lint").locate_file("cfnlint/data/AdditionalSpecs/LmbdRuntimeLifecycle.json")))
    return json.loads(path.read_text(encoding="utf-8"))


def lambda_takes() -> set[str]:
    """What Lambda's API takes as a runtime, as botocore ships it."""
    model: Any = botocore.session.Session().get_service_model("lambda")  # pyright: ignore[reportUnknownMemberType]
    return set(model.shape_for("Runtime").enum)


def test_the_dates_are_those_that_another_tool_has_from_aws() -> None:
    known = {name: entry["deprecated"] for name, entry in lifecycle().items() if name in DEPRECATIONS}
    assert {name: str(day) for name, day in DEPRECATIONS.items() if day is not None} == known


def test_every_runtime_that_lambda_takes_is_in_the_table_and_no_other() -> None:
    assert set(DEPRECATIONS) == lambda_takes()


@pytest.mark.parametrize(("days", "supported"), [(-1, True), (0, False), (1, False)])
def test_a_runtime_is_supported_until_the_day_of_its_deprecation(days: int, *, supported: bool) -> None:
    rule = runtime_rule(lambda: ENDS + timedelta(days=days))
    assert (problems(rule, ON_IT) == []) is supported


@pytest.mark.parametrize(("days", "noted"), [(91, False), (90, True), (1, True), (0, False)])
def test_the_end_is_told_in_the_days_of_notice_and_then_left_to_the_other_rule(days: int, *, noted: bool) -> None:
    rule = ending_rule(lambda: ENDS - timedelta(days=days))
    assert bool(problems(rule, ON_IT)) is noted


def test_the_days_of_notice_can_be_set() -> None:
    rule = ending_rule(lambda: ENDS - timedelta(days=100))
    assert problems(rule, ON_IT, days_of_notice=100.0) == [
        "runtime python3.11 is deprecated on 2027-06-30, in 100 days."
    ]


def test_a_runtime_that_is_newer_than_the_pack_is_accepted_once_it_is_listed() -> None:
    rule = runtime_rule(lambda: date(2030, 1, 1))
    assert problems(rule, NEW)
    assert problems(rule, NEW, further_runtimes=[{"runtime": "python3.99"}]) == []
    assert problems(rule, NEW, further_runtimes=[{"runtime": "python3.99", "deprecated": "2030-01-01"}])


def test_a_date_that_aws_has_moved_replaces_that_of_the_table() -> None:
    rule = runtime_rule(lambda: ENDS)
    assert problems(rule, ON_IT, further_runtimes=[{"runtime": "python3.11", "deprecated": "2028-06-30"}]) == []
