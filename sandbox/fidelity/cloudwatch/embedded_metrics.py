"""Gap: metrics in log lines stay text, so alarms and dashboards on them never see anything.

AWS extracts them from every log event in the embedded metric format, those of Lambda functions and those of
PutLogEvents (`metric_format` has the rules and their source); malformed ones are ignored. The wrap does it as the
events are stored, and has alarms look at them within `LOOK_SECONDS`: functions must not wait for alarms.

Not covered: metric filters, which the emulator stores and never applies; the metrics about failed extractions.
"""

import contextvars
import threading
import time
from collections.abc import Callable
from functools import wraps
from typing import Any, Final

from sandbox.fidelity.changes import state_changed
from sandbox.fidelity.cloudwatch.metric_format import embedded_points
from sandbox.fidelity.emulator import emulator_module
from sandbox.fidelity.settings import FidelitySettings
from sandbox.fidelity.wrapping import require_parameters, wrap

logs = emulator_module("services.cloudwatch_logs")
metrics = emulator_module("services.cloudwatch")
responses = emulator_module("core.responses")

LOOK_SECONDS: Final = 0.5

_lock = threading.Lock()
_looking: set[tuple[str, str]] = set()


def apply(settings: FidelitySettings) -> None:
    """Installs the wrap; raises `EmulatorChangedError` when the emulator does not have what it needs."""
    del settings
    datum = ("namespace", "name", "dims", "ts", "unit", "value", "values", "counts", "stat_values")
    require_parameters(metrics, "_store_datum", datum)
    require_parameters(metrics, "_evaluate_all_alarms", ())
    wrap(logs, "_append_log_events", ("stream", "events"), _extracting, by=__name__)


def _extracting(original: Callable[[Any, Any], None]) -> Callable[[Any, Any], None]:
    @wraps(original)
    def append_log_events(stream: Any, events: Any) -> None:
        original(stream, events)
        now = time.time()
        found = [points for event in events for points in embedded_points(str(event.get("message", "")), now)]
        for points in found:
            dimensions = dict(points.dimensions)
            place = (points.namespace, points.name, dimensions, points.at, points.unit)
            metrics._store_datum(*place, None, list(points.values), None, None)
        if found:
            _look_soon()

    return append_log_events


def _look_soon() -> None:
    """Has the alarms of the request's account and region evaluated in a moment, once for all lines until then."""
    place = (str(responses.get_account_id()), str(responses.get_region()))
    with _lock:
        if place in _looking:
            return
        _looking.add(place)
    timer = threading.Timer(LOOK_SECONDS, contextvars.copy_context().run, (_look, place))
    timer.daemon = True
    timer.start()


def _look(place: tuple[str, str]) -> None:
    with _lock:
        _looking.discard(place)
    metrics._evaluate_all_alarms()
    state_changed()
