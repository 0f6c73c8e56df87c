"""CloudWatch: alarms on one metric, and dashboards.

Deliberately no alarms on metric expressions, anomaly bands or PromQL: the emulator evaluates single metrics only.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any, Final, cast

from sandbox.provider.cloudformation import UNKNOWN_REFERENCE
from sandbox.provider.resource_type import (
    MISSING_CODES,
    AutoName,
    CloudFormationShape,
    Operation,
    Problem,
    ResourceType,
)
from sandbox.provider.resources.tagging import as_list, as_map, tag_changes
from sandbox.provider.values import Properties, list_of, object_of

# https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutDashboard.html
DASHBOARD_NAME: Final = re.compile(r"[A-Za-z0-9_-]{1,255}")
_ONE_METRIC: Final = "the emulator evaluates alarms on single metrics only"
# Input -> member of PutMetricAlarm and DescribeAlarms.
ALARM_MEMBERS: Final[Mapping[str, str]] = {
    "actionsEnabled": "ActionsEnabled",
    "alarmActions": "AlarmActions",
    "alarmDescription": "AlarmDescription",
    "comparisonOperator": "ComparisonOperator",
    "datapointsToAlarm": "DatapointsToAlarm",
    "evaluationPeriods": "EvaluationPeriods",
    "extendedStatistic": "ExtendedStatistic",
    "insufficientDataActions": "InsufficientDataActions",
    "metricName": "MetricName",
    "namespace": "Namespace",
    "okActions": "OKActions",
    "period": "Period",
    "statistic": "Statistic",
    "threshold": "Threshold",
    "treatMissingData": "TreatMissingData",
    "unit": "Unit",
}
_LISTS: Final = ("alarmActions", "insufficientDataActions", "okActions")
_TEXTS: Final = ("alarmDescription", "extendedStatistic", "statistic", "unit")


def _create_alarm(operation: Operation) -> str:
    name = str(operation.inputs["name"])
    _put_alarm(operation, name, as_list(operation.tags))
    operation.created(name)
    return name


def _put_alarm(operation: Operation, name: str, tags: list[dict[str, str]]) -> None:
    inputs = operation.inputs
    request = {member: inputs[key] for key, member in ALARM_MEMBERS.items() if key in inputs}
    dimensions = object_of(inputs.get("dimensions"))
    request["Dimensions"] = [{"Name": key, "Value": value} for key, value in dimensions.items()]
    if tags:
        request["Tags"] = tags
    operation.client("cloudwatch").put_metric_alarm(AlarmName=name, **request)


def _read_alarm(operation: Operation) -> Properties | None:
    client = operation.client("cloudwatch")
    alarms = client.describe_alarms(AlarmNames=[operation.id], AlarmTypes=["MetricAlarm"])["MetricAlarms"]
    if not alarms:
        return None
    alarm = alarms[0]
    read = {key: alarm.get(member) for key, member in ALARM_MEMBERS.items()}
    if read["extendedStatistic"]:
        read["statistic"] = None  # the emulator fills in Average; AWS has one of the two only
    return {
        **read,
        **{name: list_of(read[name]) for name in _LISTS},
        **{name: read[name] or "" for name in _TEXTS},
        "arn": alarm["AlarmArn"],
        "dimensions": {each["Name"]: each["Value"] for each in alarm.get("Dimensions", [])},
        "name": alarm["AlarmName"],
        "tagsAll": as_map(client.list_tags_for_resource(ResourceARN=alarm["AlarmArn"])["Tags"]),
    }


def _update_alarm(operation: Operation) -> None:
    if not operation.changed <= {"tags", "tagsAll"}:
        _put_alarm(operation, operation.id, [])  # AWS looks at tags when it makes an alarm only
    client, arn = operation.client("cloudwatch"), str(operation.state["arn"])
    changes = tag_changes(operation)
    if changes.removed:
        client.untag_resource(ResourceARN=arn, TagKeys=changes.removed)
    if changes.added:
        client.tag_resource(ResourceARN=arn, Tags=as_list(changes.added))


def _delete_alarm(operation: Operation) -> None:
    operation.client("cloudwatch").delete_alarms(AlarmNames=[operation.id])


def _alarm_problems(inputs: Properties) -> Iterator[Problem]:
    for name in ("comparisonOperator", "evaluationPeriods", "metricName", "namespace", "period", "threshold"):
        if name not in inputs:
            yield Problem(path=(name,), message="is required for an alarm on a metric")
    if "statistic" in inputs and "extendedStatistic" in inputs:
        yield Problem(path=("extendedStatistic",), message="excludes statistic; give one of them")
    elif "statistic" not in inputs and "extendedStatistic" not in inputs:
        yield Problem(path=("statistic",), message="is required, or extendedStatistic")


def _dashboard_problems(inputs: Properties) -> Iterator[Problem]:
    name = inputs.get("dashboardName")
    if isinstance(name, str) and not DASHBOARD_NAME.fullmatch(name):
        message = f"{name!r} is no dashboard name: 1 to 255 letters, digits, hyphens and underscores"
        yield Problem(path=("dashboardName",), message=message)


def _listed_dimensions(properties: dict[str, Any]) -> dict[str, Any]:
    dimensions = properties.get("Dimensions")
    if not isinstance(dimensions, Mapping) or dimensions == UNKNOWN_REFERENCE:
        return properties
    pairs = cast("Mapping[str, Any]", dimensions).items()
    return {**properties, "Dimensions": [{"Name": key, "Value": value} for key, value in pairs]}


def _put_dashboard(operation: Operation) -> str:
    name = str(operation.inputs["dashboardName"])
    operation.client("cloudwatch").put_dashboard(DashboardName=name, DashboardBody=operation.inputs["dashboardBody"])
    operation.created(name)
    return name


def _update_dashboard(operation: Operation) -> None:
    _put_dashboard(operation)


def _read_dashboard(operation: Operation) -> Properties | None:
    dashboard = operation.client("cloudwatch").get_dashboard(DashboardName=operation.id)
    return {
        "dashboardArn": dashboard["DashboardArn"],
        "dashboardBody": dashboard["DashboardBody"],
        "dashboardName": dashboard["DashboardName"],
    }


def _delete_dashboard(operation: Operation) -> None:
    operation.client("cloudwatch").delete_dashboards(DashboardNames=[operation.id])


def _body_as_text(properties: dict[str, Any]) -> dict[str, Any]:
    body = properties.get("DashboardBody")
    known = isinstance(body, Mapping) and body != UNKNOWN_REFERENCE
    return {**properties, "DashboardBody": json.dumps(body)} if known else properties


RESOURCE_TYPES: Final = (
    ResourceType(
        token="aws:cloudwatch/metricAlarm:MetricAlarm",  # noqa: S106 - a type token
        create=_create_alarm,
        read=_read_alarm,
        update=_update_alarm,
        delete=_delete_alarm,
        replaces=frozenset({"name"}),
        defaults={"actionsEnabled": True, "treatMissingData": "missing"},
        computed=frozenset({"name"}),
        auto_name=AutoName(maximum_length=255),
        unordered=frozenset(_LISTS),
        check=_alarm_problems,
        unsupported={
            "evaluateLowSampleCountPercentiles": "the emulator does not keep it",
            "evaluationCriteria": _ONE_METRIC,
            "evaluationInterval": _ONE_METRIC,
            "evaluationWindow": _ONE_METRIC,
            "metricQueries": _ONE_METRIC,
            "thresholdMetricId": _ONE_METRIC,
            "warmUpConfiguration": "the emulator does not keep it",
        },
        cloudformation=CloudFormationShape(
            type_name="AWS::CloudWatch::Alarm",
            renames={
                "name": "AlarmName",
                "evaluateLowSampleCountPercentiles": "EvaluateLowSampleCountPercentile",
                "metricQueries": "Metrics",
                "okActions": "OKActions",
            },
            adjust=_listed_dimensions,
        ),
    ),
    ResourceType(
        token="aws:cloudwatch/dashboard:Dashboard",  # noqa: S106 - a type token
        create=_put_dashboard,
        read=_read_dashboard,
        update=_update_dashboard,
        delete=_delete_dashboard,
        replaces=frozenset({"dashboardName"}),
        check=_dashboard_problems,
        json_properties=frozenset({"dashboardBody"}),
        # https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_GetDashboard.html#API_GetDashboard_Errors
        missing_codes=MISSING_CODES | {"ResourceNotFound", "DashboardNotFoundError"},
        cloudformation=CloudFormationShape(type_name="AWS::CloudWatch::Dashboard", adjust=_body_as_text),
    ),
)
