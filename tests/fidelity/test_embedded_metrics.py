"""Metrics in log lines become metrics, alarms look at exactly theirs, and malformed lines are just text."""

import json
import math
import time
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sandbox.fidelity.cloudwatch.alarm_state import alarm_state, period_values
from sandbox.fidelity.cloudwatch.metric_format import embedded_points
from tests.support.functions import deploy
from tests.support.sandbox import RunningSandbox, wait_until

NOW = 1_800_000_000.0


def line(**changes: Any) -> str:
    """A well-formed line, with changes at the top; None removes."""
    directive = {
        "Namespace": "Gatehouse",
        "Dimensions": [["route"], []],
        "Metrics": [{"Name": "requests", "Unit": "Count"}, {"Name": "latency", "Unit": "Milliseconds"}],
    }
    directive |= changes.pop("directive", {})
    document = {
        "_aws": {"Timestamp": NOW * 1000, "CloudWatchMetrics": [directive]},
        "route": "GET /data",
        "requests": 1,
        "latency": [1.5, 2],
        **changes,
    }
    return json.dumps({name: value for name, value in document.items() if value is not None})


def found(text: str) -> list[tuple[str, dict[str, str], tuple[float, ...]]]:
    return [(points.name, dict(points.dimensions), points.values) for points in embedded_points(text, NOW)]


def test_each_metric_counts_for_each_set_of_dimensions() -> None:
    assert found(line()) == [
        ("requests", {"route": "GET /data"}, (1.0,)),
        ("requests", {}, (1.0,)),
        ("latency", {"route": "GET /data"}, (1.5, 2.0)),
        ("latency", {}, (1.5, 2.0)),
    ]
    (first, *_) = embedded_points(line(), NOW)
    assert (first.namespace, first.unit, first.at) == ("Gatehouse", "Count", NOW)


def test_what_the_runtime_writes_before_the_document_is_skipped() -> None:
    assert found(f"[INFO]\t2027-01-15T08:00:00Z\trequest-id\t{line()}") == found(line())


MALFORMED: dict[str, str] = {
    "no JSON": line()[:-1],
    "a list": json.dumps(["_aws"]),
    "no metadata": line(_aws="text"),
    "no time": line(_aws={"CloudWatchMetrics": []}),
    "directives that are none": line(_aws={"Timestamp": NOW * 1000, "CloudWatchMetrics": {"a": 1}}),
    "fifteen days old": line(_aws=json.loads(line())["_aws"] | {"Timestamp": (NOW - 15 * 86_400) * 1000}),
    "three hours ahead": line(_aws=json.loads(line())["_aws"] | {"Timestamp": (NOW + 3 * 3600) * 1000}),
    "no namespace": line(directive={"Namespace": ""}),
    "no dimension sets": line(directive={"Dimensions": []}),
    "dimensions in no set": line(directive={"Dimensions": ["route"]}),
    "too many dimensions": line(directive={"Dimensions": [["route"] * 31]}),
    "too many metrics": line(directive={"Metrics": [{"Name": "requests"}] * 101}),
    "an unknown unit": line(directive={"Metrics": [{"Name": "requests", "Unit": "Parsecs"}]}),
    "a metric without a value": line(directive={"Metrics": [{"Name": "absent"}]}),
    "a value that is text": line(directive={"Metrics": [{"Name": "requests"}]}, requests="1"),
    "a value that is true": line(directive={"Metrics": [{"Name": "requests"}]}, requests=True),
    "too many values": line(directive={"Metrics": [{"Name": "requests"}]}, requests=[1] * 101),
    "one value that is text": line(directive={"Metrics": [{"Name": "requests"}]}, requests=[1, "2"]),
    "no finite value": line(directive={"Metrics": [{"Name": "requests"}]}, requests=math.inf),
    "nested too deep": '{"_aws": ' + "[" * 100_000,
}


@pytest.mark.parametrize("text", MALFORMED.values(), ids=MALFORMED)
def test_what_is_malformed_holds_no_metric(text: str) -> None:
    assert found(text) == []


def test_a_dimension_that_is_no_text_spoils_its_set_only() -> None:
    assert [dimensions for _, dimensions, _ in found(line(route=7))] == [{}, {}]


SCALARS = st.none() | st.booleans() | st.floats() | st.text()


# A machine that is busy with other tests is no failure.
@settings(suppress_health_check=[HealthCheck.too_slow], deadline=None, max_examples=25)
@given(st.recursive(SCALARS, lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner), max_leaves=8))
def test_no_line_is_ever_too_strange(value: Any) -> None:
    for text in (line(_aws=value), line(directive={"Dimensions": value, "Metrics": value}), str(value)):
        embedded_points(text, NOW)


ALARM = {
    "Period": 60,
    "EvaluationPeriods": 3,
    "Threshold": 5.0,
    "ComparisonOperator": "GreaterThanThreshold",
    "StateValue": "OK",
    "TreatMissingData": "missing",
}


@pytest.mark.parametrize(
    ("values", "changes", "state"),
    [
        ([9, 9, 9], {}, "ALARM"),
        ([9, 9, 1], {}, "OK"),
        ([9, None, 9], {}, "OK"),
        ([9, None, 9], {"DatapointsToAlarm": 2}, "ALARM"),
        ([9, None, None], {"DatapointsToAlarm": 1}, "ALARM"),
        ([9, None, None], {"TreatMissingData": "breaching"}, "ALARM"),
        ([None, None, None], {"TreatMissingData": "notBreaching"}, "OK"),
        ([None, None, None], {}, "INSUFFICIENT_DATA"),
        ([None, None, None], {"TreatMissingData": "ignore", "StateValue": "ALARM"}, "ALARM"),
        ([5, 5, 5], {}, "OK"),
        ([5, 5, 5], {"ComparisonOperator": "GreaterThanOrEqualToThreshold"}, "ALARM"),
        ([1, 1, 1], {"ComparisonOperator": "LessThanThreshold"}, "ALARM"),
        ([9, 9, 9], {"ComparisonOperator": "LessThanLowerThreshold"}, "OK"),
    ],
)
def test_an_alarm_is_judged_by_its_latest_periods(
    values: list[float | None], changes: dict[str, Any], state: str
) -> None:
    assert alarm_state(values, {**ALARM, **changes}) == state


def test_each_period_is_judged_for_itself_and_by_the_unit() -> None:
    def total(points: list[Any]) -> float:
        return sum(point["Value"] for point in points)

    points = [
        {"Timestamp": NOW - age, "Value": value, "Unit": unit}
        for age, value, unit in (
            (1, 1, "Count"),
            (59, 2, "Count"),
            (61, 4, "Seconds"),
            (179, 8, "Count"),
            (180, 16, "Count"),
        )
    ]
    assert period_values(points, ALARM, NOW, total) == [3, 4, 8]
    assert period_values(points, {**ALARM, "Unit": "Count"}, NOW, total) == [3, None, 8]


EMITS = """
import json
import time


def handler(event, context):
    directive = {"Namespace": "Tests", "Dimensions": [["route"]], "Metrics": [{"Name": "denials", "Unit": "Count"}]}
    metadata = {"Timestamp": int(time.time() * 1000), "CloudWatchMetrics": [directive]}
    print(json.dumps({"_aws": metadata, "route": event["route"], "denials": event["denials"]}))
    print("{ malformed", event)
"""


def _alarm(client: Any, name: str, **changes: Any) -> None:
    request = {
        "AlarmName": name,
        "Namespace": "Tests",
        "MetricName": "denials",
        "Dimensions": [{"Name": "route", "Value": "GET /data"}],
        "Statistic": "Sum",
        "Period": 60,
        "EvaluationPeriods": 1,
        "Threshold": 5,
        "ComparisonOperator": "GreaterThanThreshold",
        **changes,
    }
    client.put_metric_alarm(**request)


def _state(client: Any, name: str) -> str:
    return client.describe_alarms(AlarmNames=[name])["MetricAlarms"][0]["StateValue"]


def _sum(client: Any, route: str) -> float:
    found = client.get_metric_statistics(
        Namespace="Tests",
        MetricName="denials",
        Dimensions=[{"Name": "route", "Value": route}],
        StartTime=time.time() - 600,
        EndTime=time.time() + 60,
        Period=3600,
        Statistics=["Sum"],
    )
    return sum(point["Sum"] for point in found["Datapoints"])


def test_a_functions_log_lines_become_metrics_and_set_off_their_alarms_only(sandbox: RunningSandbox) -> None:
    client = sandbox.client("cloudwatch")
    _alarm(client, "ours")
    _alarm(client, "theirs", Dimensions=[{"Name": "route", "Value": "POST /data"}])
    _alarm(client, "quiet", MetricName="nothing", TreatMissingData="notBreaching")
    function = deploy(sandbox, "emits-metrics", EMITS)
    assert function({"route": "GET /data", "denials": 4}).error is None
    assert function({"route": "GET /data", "denials": [1, 2]}).error is None
    assert function({"route": "POST /data", "denials": 1}).error is None
    wait_until(lambda: _sum(client, "GET /data") == 7, what="all values have arrived")
    wait_until(lambda: _sum(client, "POST /data") == 1, what="the other route's too")
    assert [_state(client, name) for name in ("ours", "theirs", "quiet")] == ["ALARM", "OK", "OK"]


def test_without_the_modules_lines_are_text_and_alarms_mix_dimensions(bare: RunningSandbox) -> None:
    client = bare.client("cloudwatch")
    _alarm(client, "theirs", Dimensions=[{"Name": "route", "Value": "POST /data"}])
    function = deploy(bare, "emits-metrics", EMITS)
    function({"route": "GET /data", "denials": 9})
    assert _sum(client, "GET /data") == 0
    datum = {"MetricName": "denials", "Dimensions": [{"Name": "route", "Value": "GET /data"}], "Value": 9}
    client.put_metric_data(Namespace="Tests", MetricData=[datum])
    assert _state(client, "theirs") == "ALARM"


def test_lines_that_are_put_into_a_log_become_metrics_too(sandbox: RunningSandbox) -> None:
    logs, client = sandbox.client("logs"), sandbox.client("cloudwatch")
    _alarm(client, "unseen", Dimensions=[{"Name": "route", "Value": "put"}], Threshold=2)
    logs.create_log_group(logGroupName="put")
    logs.create_log_stream(logGroupName="put", logStreamName="one")
    stamp = int(time.time() * 1000)
    directive = {"Namespace": "Tests", "Dimensions": [["route"]], "Metrics": [{"Name": "denials"}]}
    document = {"_aws": {"Timestamp": stamp, "CloudWatchMetrics": [directive]}, "route": "put", "denials": 3}
    events = [{"timestamp": stamp, "message": text} for text in (json.dumps(document), '{"_aws": ', "text")]
    logs.put_log_events(logGroupName="put", logStreamName="one", logEvents=events)
    assert _sum(client, "put") == 3

    def changes() -> list[str]:
        # Nobody describes the alarm: it goes off by itself.
        history = client.describe_alarm_history(AlarmName="unseen", HistoryItemType="StateUpdate")
        return [json.loads(item["HistoryData"])["newState"]["stateValue"] for item in history["AlarmHistoryItems"]]

    wait_until(lambda: "ALARM" in changes(), what="the alarm goes off")
