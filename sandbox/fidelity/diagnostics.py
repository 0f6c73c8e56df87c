"""Keeps only the latest logs and metrics, so that saving stays cheap however long the sandbox runs. No gap.

AWS keeps logs for as long as their group says; a laptop keeps the latest invocations of each function. Log groups,
streams' contents, alarms and everything else that is deployed stay whole.
"""

from typing import Any

from sandbox.fidelity.emulator import emulator_module

logs = emulator_module("services.cloudwatch_logs")
metrics = emulator_module("services.cloudwatch")

# The emulator makes a stream for each invocation.
MOST_STREAMS = 500
MOST_EVENTS = 10_000
MOST_POINTS = 1_000


def drop_old_diagnostics() -> None:
    """Drops the oldest streams of each log group, events of each stream and points of each metric."""
    for group in list(logs._log_groups._data.values()):
        streams: dict[str, Any] = group["streams"]
        for name in list(streams)[:-MOST_STREAMS]:
            streams.pop(name, None)
        for stream in list(streams.values()):
            if len(stream["events"]) > MOST_EVENTS:
                with logs._log_events_lock:
                    del stream["events"][:-MOST_EVENTS]
    for points in list(metrics._metrics._data.values()):
        if len(points) > MOST_POINTS:
            del points[:-MOST_POINTS]
