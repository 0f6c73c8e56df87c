"""Reads the embedded metric format: which data points a log line holds. Pure.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html.
What is not in that format holds none: a directive or a metric that is malformed is left out, the others count. Nothing
here raises.
"""

import json
import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final, cast

MOST_LINE_BYTES: Final = 262_144
MOST_METRICS: Final = 100
MOST_VALUES: Final = 100
MOST_DIMENSIONS: Final = 30
MOST_NAME_CHARACTERS: Final = 1024
MOST_NAMESPACE_CHARACTERS: Final = 255
OLDEST_SECONDS: Final = 14 * 86_400
NEWEST_SECONDS: Final = 2 * 3600
# https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_MetricDatum.html
_SIZES: Final = tuple(f"{prefix}{unit}" for unit in ("bytes", "bits") for prefix in ("Kilo", "Mega", "Giga", "Tera"))
_RATES: Final = ("Bytes", "Bits", "Count", *_SIZES)
_TIMES: Final = ("Seconds", "Microseconds", "Milliseconds")
UNITS: Final = frozenset({*_TIMES, "Percent", "None", *_RATES, *(f"{unit}/Second" for unit in _RATES)})


@dataclass(frozen=True, kw_only=True)
class DataPoints:
    """Values of one metric at one time (seconds since 1970) under one set of dimensions."""

    namespace: str
    name: str
    unit: str
    dimensions: Mapping[str, str]
    at: float
    values: tuple[float, ...]


def embedded_points(line: str, now: float) -> list[DataPoints]:
    """The data points of a line; what the runtime writes before the JSON document (level, time) is skipped."""
    start = line.find("{")
    if start < 0 or '"_aws"' not in line or len(line) > MOST_LINE_BYTES:
        return []
    try:
        found: Any = json.loads(line[start:])
    except (ValueError, RecursionError):
        return []
    document = _object(found)
    metadata = _object(document.get("_aws"))
    stamp = _number(metadata.get("Timestamp"))
    if stamp is None or not now - OLDEST_SECONDS <= stamp / 1000 <= now + NEWEST_SECONDS:
        return []
    directives = _list(metadata.get("CloudWatchMetrics"))
    return [points for each in directives for points in _directive_points(_object(each), document, stamp / 1000)]


def _directive_points(directive: dict[str, Any], document: dict[str, Any], at: float) -> Iterator[DataPoints]:
    namespace = directive.get("Namespace")
    metrics = _list(directive.get("Metrics"))
    if not isinstance(namespace, str) or not 1 <= len(namespace) <= MOST_NAMESPACE_CHARACTERS:
        return
    if len(metrics) > MOST_METRICS:
        return
    sets = [_dimensions(each, document) for each in _list(directive.get("Dimensions"))]
    for metric in map(_object, metrics):
        name, unit = metric.get("Name"), metric.get("Unit", "None")
        if not isinstance(name, str) or not 1 <= len(name) <= MOST_NAME_CHARACTERS or unit not in UNITS:
            continue
        values = _values(document.get(name))
        for dimensions in sets:
            if dimensions is not None and values:
                yield DataPoints(namespace=namespace, name=name, unit=unit, dimensions=dimensions, at=at, values=values)


def _dimensions(names: Any, document: dict[str, Any]) -> dict[str, str] | None:
    """The dimensions that a set names, with their values; `None` where one has no value that is a text."""
    if not isinstance(names, list):
        return None
    listed = cast("list[Any]", names)
    if len(listed) > MOST_DIMENSIONS or not all(isinstance(name, str) for name in listed):
        return None
    found = {name: document.get(name) for name in listed}
    fitting = all(isinstance(value, str) and 1 <= len(value) <= MOST_NAME_CHARACTERS for value in found.values())
    return cast("dict[str, str]", found) if fitting else None


def _values(value: Any) -> tuple[float, ...]:
    listed = cast("list[Any]", value) if isinstance(value, list) else [value]
    numbers = tuple(number for each in listed if (number := _number(each)) is not None)
    return numbers if len(numbers) == len(listed) <= MOST_VALUES else ()


def _number(value: Any) -> float | None:
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return None
    try:
        number = float(value)
    except OverflowError:
        return None
    return number if math.isfinite(number) else None


def _object(value: Any) -> dict[str, Any]:
    return cast("dict[str, Any]", value) if isinstance(value, dict) else {}


def _list(value: Any) -> list[Any]:
    return cast("list[Any]", value) if isinstance(value, list) else []
