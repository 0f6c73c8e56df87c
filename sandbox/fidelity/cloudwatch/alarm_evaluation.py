"""Gap: an alarm goes off over other metrics than its own, and never calms down by itself.

What the emulator does: it takes all points of the metric's name together, whatever their dimensions and unit, over all
periods as one; it looks only when metrics arrive by PutMetricData; missing data and `DatapointsToAlarm` count nothing.

What AWS does: a metric is a name with exactly its dimensions; each period is judged for itself, M out of N of them
(`alarm_state` has the rules and their source). It looks about once a minute, at full periods.

The wrap judges at sandbox speed: whenever metrics arrive and whenever somebody describes alarms, over periods that end
now. Not covered: anomaly bands and metric expressions (the provider refuses them).
"""

import time
from collections.abc import Callable
from functools import wraps
from typing import Any

from sandbox.fidelity.cloudwatch.alarm_state import alarm_state, period_values
from sandbox.fidelity.emulator import emulator_module, members
from sandbox.fidelity.settings import FidelitySettings
from sandbox.fidelity.wrapping import require_parameters, wrap

metrics = emulator_module("services.cloudwatch")

Handler = Callable[..., Any]


def apply(settings: FidelitySettings) -> None:
    """Installs the wraps; raises `EmulatorChangedError` when the emulator does not have what they need."""
    del settings
    require_parameters(metrics, "_calc_stats", ("points",))
    require_parameters(metrics, "_stat_value", ("stats", "stat_name", "points"))
    require_parameters(metrics, "_dims_key", ("dims",))
    require_parameters(metrics, "_dims_from_list", ("dimensions",))
    history = ("alarm_name", "old_state", "new_state", "reason", "alarm_type", "reason_data")
    require_parameters(metrics, "_record_history", history)
    require_parameters(metrics, "_dispatch_alarm_actions", ("alarm", "old_state", "new_state", "reason"))
    require_parameters(metrics, "_evaluate_parent_alarms", ("child", "seen"))
    wrap(metrics, "_evaluate_alarm", ("alarm",), _judging, by=__name__)
    described = ("params", "cbor_data", "is_cbor", "is_json")
    wrap(metrics, "_describe_alarms", described, _looking_first, by=__name__)


def _judging(original: Callable[[Any], None]) -> Callable[[Any], None]:
    @wraps(original)
    def evaluate_alarm(alarm: Any) -> None:
        if not alarm.get("Namespace") or not alarm.get("MetricName"):
            return original(alarm)
        dimensions = metrics._dims_from_list(members(alarm.get("Dimensions")))
        key = (alarm["Namespace"], alarm["MetricName"], metrics._dims_key(dimensions))
        statistic = alarm.get("ExtendedStatistic") or alarm.get("Statistic") or "Average"

        def of_period(points: list[Any]) -> float | None:
            return metrics._stat_value(metrics._calc_stats(points), statistic, points)

        points = list(members(metrics._metrics.get(key)))
        values = period_values(points, alarm, time.time(), of_period)
        _change(alarm, alarm_state(values, alarm), f"{statistic} by period, the latest first: {values}")
        return None

    return evaluate_alarm


def _change(alarm: Any, state: str, told: str) -> None:
    old = alarm["StateValue"]
    if state == old:
        return
    reason = f"Threshold Crossed: {told}; {alarm.get('ComparisonOperator')} {alarm.get('Threshold')}"
    alarm.update(StateValue=state, StateReason=reason, StateUpdatedTimestamp=int(time.time()))
    metrics._record_history(alarm["AlarmName"], old, state, reason)
    metrics._dispatch_alarm_actions(alarm, old, state, reason)
    metrics._evaluate_parent_alarms(alarm)


def _looking_first(original: Handler) -> Handler:
    @wraps(original)
    def describe_alarms(params: Any, cbor_data: Any, is_cbor: bool, is_json: bool = False) -> Any:  # noqa: FBT001, FBT002 - the emulator's signature
        metrics._evaluate_all_alarms()
        return original(params, cbor_data, is_cbor, is_json)

    return describe_alarms
