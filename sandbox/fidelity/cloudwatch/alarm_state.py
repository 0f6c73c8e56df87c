"""Which state an alarm on one metric has. Pure.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarm-evaluation.html: the latest `EvaluationPeriods`
periods are looked at; where `DatapointsToAlarm` of them breach, it is in alarm; periods without data count as
`TreatMissingData` says.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

IN_ALARM: Final = "ALARM"
FINE: Final = "OK"
UNKNOWN: Final = "INSUFFICIENT_DATA"

COMPARISONS: Final[Mapping[str, Callable[[float, float], bool]]] = {
    "GreaterThanOrEqualToThreshold": lambda value, threshold: value >= threshold,
    "GreaterThanThreshold": lambda value, threshold: value > threshold,
    "LessThanThreshold": lambda value, threshold: value < threshold,
    "LessThanOrEqualToThreshold": lambda value, threshold: value <= threshold,
}
Statistic = Callable[[list[Any]], float | None]
"""The alarm's statistic of the points of one period; `None` where they have none."""


def period_values(
    points: Sequence[Mapping[str, Any]], alarm: Mapping[str, Any], now: float, statistic: Statistic
) -> list[float | None]:
    """The statistic of each period that is looked at, the latest first; they end now, not on the full minute."""
    period = alarm["Period"]
    windows: list[list[Any]] = [[] for _ in range(alarm["EvaluationPeriods"])]
    for point in points:
        age = now - point["Timestamp"]
        # What is stamped a little ahead of this machine's clock belongs to now.
        index = max(0, int(age // period))
        if index < len(windows) and (alarm.get("Unit") or point["Unit"]) == point["Unit"]:
            windows[index].append(point)
    return [statistic(window) if window else None for window in windows]


def alarm_state(values: Sequence[float | None], alarm: Mapping[str, Any]) -> str:
    """`ALARM`, `OK` or `INSUFFICIENT_DATA`; the state that it has where missing data are to be ignored."""
    compare = COMPARISONS.get(alarm.get("ComparisonOperator") or "")
    if compare is None:
        return str(alarm["StateValue"])
    missing = {"breaching": True, "notBreaching": False}.get(alarm.get("TreatMissingData") or "missing")
    breaching = [missing if value is None else compare(value, alarm["Threshold"]) for value in values]
    if breaching.count(True) >= (alarm.get("DatapointsToAlarm") or alarm["EvaluationPeriods"]):
        return IN_ALARM
    if any(each is not None for each in breaching):
        return FINE
    return str(alarm["StateValue"]) if alarm.get("TreatMissingData") == "ignore" else UNKNOWN
