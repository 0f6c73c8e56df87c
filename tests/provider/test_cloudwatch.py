"""What the tables cannot say about alarms and dashboards."""

import json

import pytest

from sandbox.provider.values import UNKNOWN
from tests.provider.driver import ProviderDriver, RefusedError

ALARM = "aws:cloudwatch/metricAlarm:MetricAlarm"
DASHBOARD = "aws:cloudwatch/dashboard:Dashboard"
INPUTS = {
    "comparisonOperator": "GreaterThanThreshold",
    "evaluationPeriods": 1,
    "metricName": "Duration",
    "namespace": "AWS/Lambda",
    "period": 60,
    "threshold": 2.5,
}


def test_an_alarm_is_on_a_percentile_or_on_a_statistic(aws: ProviderDriver) -> None:
    made = aws.deploy(ALARM, {**INPUTS, "extendedStatistic": "p99"})
    assert (made.state["extendedStatistic"], made.state["statistic"]) == ("p99", "")
    refreshed = aws.refresh(made)
    assert refreshed is not None
    assert refreshed.inputs == made.inputs
    checked = aws.check(ALARM, {**INPUTS, "statistic": "Sum"}, old=made.inputs).values
    assert aws.diff(made, checked).changed == {"extendedStatistic", "statistic"}
    changed = aws.update(made, checked)
    assert (changed.state["extendedStatistic"], changed.state["statistic"]) == ("", "Sum")
    aws.delete(changed)


@pytest.mark.parametrize("given", [{"dimensions": UNKNOWN}, {"dimensions": {"FunctionName": UNKNOWN}}])
def test_a_dimension_may_be_known_only_after_the_update(aws: ProviderDriver, given: dict[str, object]) -> None:
    planned = aws.preview(ALARM, {**INPUTS, "statistic": "Sum", **given})
    assert planned["dimensions"] == given["dimensions"]


def test_a_dashboard_is_compared_by_meaning_and_may_hold_unknown_names(aws: ProviderDriver) -> None:
    body = {"widgets": [{"type": "metric", "properties": {"title": "requests"}}]}
    made = aws.deploy(DASHBOARD, {"dashboardName": "compared", "dashboardBody": json.dumps(body)})
    reworded = aws.check(
        DASHBOARD, {"dashboardName": "compared", "dashboardBody": json.dumps(body, indent=2)}, old=made.inputs
    )
    assert not aws.diff(made, reworded.values).changed
    aws.delete(made)
    planned = aws.preview(DASHBOARD, {"dashboardName": "later", "dashboardBody": UNKNOWN})
    assert planned["dashboardBody"] is UNKNOWN


def test_a_name_that_no_dashboard_may_have_is_refused(aws: ProviderDriver) -> None:
    with pytest.raises(RefusedError, match="dashboardName"):
        aws.check(DASHBOARD, {"dashboardName": "a name", "dashboardBody": "{}"})
