"""Alarms and the dashboard of the tenant data API.

What they watch is in the functions' logs (CloudWatch's embedded metric format, namespace `Gatehouse`) and in the
metrics of AWS's services. Pure but for `tenant_alarms` and `tenant_dashboard`, which make the resources. Deliberately
without a metric per tenant: each would be billed for each tenant. The busiest ten come from a query of the log.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import pulumi
import pulumi_aws as aws

PERIOD_SECONDS = 300
NAMESPACE = "Gatehouse"
WIDGET_WIDTH, WIDGET_HEIGHT, COLUMNS = 12, 6, 2


@dataclass(frozen=True, kw_only=True)
class Watched:
    """The names that metrics have as dimensions."""

    api_name: str
    stage_name: str
    data_function: str
    functions: Sequence[str]
    authorizers: Sequence[str]


@dataclass(frozen=True, kw_only=True)
class Alarm:
    """One alarm: when `statistic` of a metric over five minutes is at least `threshold`."""

    name: str
    description: str
    namespace: str
    metric: str
    dimensions: Mapping[str, str] = field(default_factory=dict[str, str])
    threshold: float = 1
    statistic: str = "Sum"


def alarms(watched: Watched) -> list[Alarm]:
    """What somebody should look at at once; descriptions say where to look first."""
    api = {"ApiName": watched.api_name, "Stage": watched.stage_name}
    found = [
        Alarm(
            name="server-errors",
            description="Callers get 5xx: look for the request ids in the API's access log, then in the functions'.",
            namespace="AWS/ApiGateway",
            metric="5XXError",
            dimensions=api,
        ),
        Alarm(
            name="latency",
            description="One request in a hundred takes over two seconds: compare Latency with DependencyTime.",
            namespace="AWS/ApiGateway",
            metric="Latency",
            dimensions=api,
            threshold=2000,
            statistic="p99",
        ),
        Alarm(
            name="lock-outs",
            description="Sources are locked out of POST /auth: somebody tries keys. The audit trail names the sources.",
            namespace=NAMESPACE,
            metric="LockOuts",
            dimensions={"kind": "source"},
            threshold=5,
        ),
        Alarm(
            name="audit-records-lost",
            description="Records are in the functions' logs instead of the audit trail: look there for the reason.",
            namespace=NAMESPACE,
            metric="AuditRecordsLost",
        ),
    ]
    for function in (*watched.functions, *watched.authorizers):
        for metric, what in (("Errors", "ended in an error"), ("Throttles", "was refused for concurrency")):
            found.append(
                Alarm(
                    name=f"{function}-{metric.lower()}",
                    description=f"The function {function} {what}.",
                    namespace="AWS/Lambda",
                    metric=metric,
                    dimensions={"FunctionName": function},
                )
            )
    return found


def tenant_alarms(
    name: str,
    watched: Watched,
    *,
    parent: pulumi.Resource,
    actions: Sequence[pulumi.Input[str]],
    tags: Mapping[str, str],
) -> None:
    """Makes the alarms below `parent`; `actions` are ARNs, of SNS topics for example. No data is no alarm."""
    for alarm in alarms(watched):
        percentile = alarm.statistic.startswith("p")
        aws.cloudwatch.MetricAlarm(
            f"{name}-{alarm.name}",
            name=f"{watched.api_name}-{alarm.name}",
            alarm_description=alarm.description,
            namespace=alarm.namespace,
            metric_name=alarm.metric,
            dimensions=dict(alarm.dimensions),
            statistic=None if percentile else alarm.statistic,
            extended_statistic=alarm.statistic if percentile else None,
            period=PERIOD_SECONDS,
            evaluation_periods=1,
            threshold=alarm.threshold,
            comparison_operator="GreaterThanOrEqualToThreshold",
            treat_missing_data="notBreaching",
            alarm_actions=list(actions),
            tags=tags,
            opts=pulumi.ResourceOptions(parent=parent),
        )


def tenant_dashboard(
    name: str, watched: Watched, *, parent: pulumi.Resource, region: pulumi.Input[str], log_group: pulumi.Input[str]
) -> None:
    """Makes the dashboard below `parent`; `log_group` is the data function's."""
    body = pulumi.Output.all(region, log_group).apply(
        lambda known: json.dumps(dashboard(watched, region=str(known[0]), log_group=str(known[1])), sort_keys=True)
    )
    aws.cloudwatch.Dashboard(
        name, dashboard_name=watched.api_name, dashboard_body=body, opts=pulumi.ResourceOptions(parent=parent)
    )


def dashboard(watched: Watched, *, region: str, log_group: str) -> dict[str, Any]:
    """The dashboard's body.

    https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/CloudWatch-Dashboard-Body-Structure.html
    """
    api = ["ApiName", watched.api_name, "Stage", watched.stage_name]
    gateway, functions = "AWS/ApiGateway", "AWS/Lambda"
    decided = f"{{{NAMESPACE},authorizer,decision,reason}}"
    denied = [
        *(f'{decided} authorizer="{name}" decision="Deny" MetricName="Decisions"' for name in watched.authorizers),
        f'{{{NAMESPACE},outcome,reason}} outcome="denied" MetricName="KeyExchanges"',
    ]
    answered = f'{{{NAMESPACE},function,operation,outcome}} function="{watched.data_function}" MetricName="Requests"'
    everyone = (*watched.functions, *watched.authorizers)
    widgets = [
        _metrics(
            "Requests", region, [[gateway, "Count", *api], [gateway, "4XXError", *api], [gateway, "5XXError", *api]]
        ),
        _metrics("Denials by reason", region, _searches(*denied)),
        _metrics(
            "Latency (ms)",
            region,
            [[gateway, "Latency", *api, {"stat": stat}] for stat in ("p50", "p99")]
            + [[NAMESPACE, "DependencyTime", "function", watched.data_function, {"stat": "p50"}]],
        ),
        _metrics(
            "Throttles",
            region,
            [[functions, "Throttles", "FunctionName", function] for function in everyone]
            # Of tenants over their rate; which they are is in the function's log.
            + _searches(f'{answered} outcome="throttled"'),
        ),
        _metrics("Answers of the data function by outcome", region, _searches(answered)),
        _log(
            "Ten busiest tenants",
            region,
            f"SOURCE '{log_group}' | filter ispresent(customer_id) "
            "| stats count(*) as requests by customer_id | sort requests desc | limit 10",
        ),
    ]
    for index, widget in enumerate(widgets):
        widget["x"] = index % COLUMNS * WIDGET_WIDTH
        widget["y"] = index // COLUMNS * WIDGET_HEIGHT
    return {"widgets": widgets}


def _metrics(title: str, region: str, metrics: Sequence[Sequence[object]]) -> dict[str, Any]:
    properties = {
        "title": title,
        "region": region,
        "metrics": [list(metric) for metric in metrics],
        "stat": "Sum",
        "period": PERIOD_SECONDS,
        "view": "timeSeries",
    }
    return {"type": "metric", "width": WIDGET_WIDTH, "height": WIDGET_HEIGHT, "properties": properties}


def _searches(*expressions: str) -> list[list[object]]:
    """One line per combination of dimensions that has data, summed up.

    https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/search-expression-syntax.html
    """
    return [
        [{"expression": f"SEARCH('{expression}', 'Sum', {PERIOD_SECONDS})", "id": f"found{number}"}]
        for number, expression in enumerate(expressions)
    ]


def _log(title: str, region: str, query: str) -> dict[str, Any]:
    properties = {"title": title, "region": region, "query": query, "view": "table"}
    return {"type": "log", "width": WIDGET_WIDTH, "height": WIDGET_HEIGHT, "properties": properties}
