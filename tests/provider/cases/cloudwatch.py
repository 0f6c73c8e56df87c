"""CloudWatch: alarms and dashboards."""

import json
from typing import Any

from tests.provider.cases.case import Case, Refusal, World
from tests.provider.driver import Known

_TOPIC = "arn:aws:sns:ap-southeast-3:111122223333:alerts"
_ONE_METRIC = "refused: the emulator evaluates alarms on single metrics only"


def _alarm(world: World) -> dict[str, Any]:
    return {
        "name": world.name,
        "comparisonOperator": "GreaterThanThreshold",
        "evaluationPeriods": 2,
        "metricName": "Throttles",
        "namespace": "AWS/Lambda",
        "period": 60,
        "statistic": "Sum",
        "threshold": 1,
    }


def _drift_alarm(world: World, known: Known) -> str:
    client = world.clients.client("cloudwatch")
    client.put_metric_alarm(
        AlarmName=known.id,
        ComparisonOperator="GreaterThanThreshold",
        EvaluationPeriods=2,
        MetricName="Throttles",
        Namespace="AWS/Lambda",
        Period=60,
        Statistic="Sum",
        Threshold=99,
    )
    return "threshold"


def _dashboard(title: str) -> str:
    return json.dumps({"widgets": [{"type": "text", "width": 6, "height": 3, "properties": {"markdown": title}}]})


def _drift_dashboard(world: World, known: Known) -> str:
    world.clients.client("cloudwatch").put_dashboard(DashboardName=known.id, DashboardBody=_dashboard("theirs"))
    return "dashboardBody"


CASES = (
    Case(
        token="aws:cloudwatch/metricAlarm:MetricAlarm",
        base=_alarm,
        changes={
            "actionsEnabled": False,
            "alarmActions": [_TOPIC],
            "alarmDescription": "Callers are refused for being too many",
            "comparisonOperator": "LessThanThreshold",
            "datapointsToAlarm": 1,
            "dimensions": {"FunctionName": "hello"},
            "evaluationPeriods": 3,
            "insufficientDataActions": [_TOPIC],
            "metricName": "Errors",
            "namespace": "Gatehouse",
            "okActions": [_TOPIC],
            "period": 300,
            "statistic": "Maximum",
            "threshold": 2.5,
            "treatMissingData": "notBreaching",
            "unit": "Count",
            "tags": {"Team": "platform"},
        },
        replaces={"name": "another", "region": "eu-west-1"},
        untested={
            "evaluateLowSampleCountPercentiles": "refused: the emulator does not keep it",
            "evaluationCriteria": _ONE_METRIC,
            "evaluationInterval": _ONE_METRIC,
            "evaluationWindow": _ONE_METRIC,
            "extendedStatistic": "excludes statistic; see test_cloudwatch.py",
            "metricQueries": _ONE_METRIC,
            "thresholdMetricId": _ONE_METRIC,
            "warmUpConfiguration": "refused: the emulator does not keep it",
        },
        absent=frozenset(
            {
                "datapointsToAlarm",
                "evaluateLowSampleCountPercentiles",
                "evaluationCriteria",
                "evaluationInterval",
                "evaluationWindow",
                "metricQueries",
                "thresholdMetricId",
                "warmUpConfiguration",
            }
        ),
        drift=_drift_alarm,
        remove=lambda world, known: world.clients.client("cloudwatch").delete_alarms(AlarmNames=[known.id]),
        refused=(
            Refusal(change={"comparisonOperator": "Above"}, message="comparisonOperator: 'Above' is not one of"),
            Refusal(change={"statistic": None}, message="statistic: is required, or extendedStatistic"),
            Refusal(change={"extendedStatistic": "p99"}, message="extendedStatistic: excludes statistic"),
            Refusal(change={"threshold": None}, message="threshold: is required"),
            Refusal(change={"datapointsToAlarm": 0}, message="datapointsToAlarm: 0 is less than the minimum of 1"),
            Refusal(
                change={"metricQueries": [{"id": "m1", "expression": "1"}]},
                message="metricQueries: ",
            ),
        ),
    ),
    Case(
        token="aws:cloudwatch/dashboard:Dashboard",
        base=lambda world: {"dashboardName": world.name, "dashboardBody": _dashboard("ours")},
        changes={"dashboardBody": _dashboard("another")},
        replaces={"dashboardName": "another", "region": "eu-west-1"},
        drift=_drift_dashboard,
        remove=lambda world, known: world.clients.client("cloudwatch").delete_dashboards(DashboardNames=[known.id]),
        refused=(
            Refusal(change={"dashboardBody": None}, message="dashboardBody: "),
            Refusal(change={"dashboardBody": "{"}, message="dashboardBody: is not valid JSON"),
        ),
    ),
)
