"""Counts for dashboards and alarms, as lines in CloudWatch's embedded metric format on the function's own log.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html

Each is counted without a dimension, which is what an alarm on the whole wants, and

    KeyExchanges        by outcome, and by outcome and reason (`good_key` for success)
    LockOuts            by kind (source, key): how many began
    AdminActions        by action, and by action and reason (`done` for success)
    TokenRequests       of `POST /token`, by outcome, and by outcome and reason (`obtained`, `cached` for success)
    TokenBindings       of Cognito's trigger, by outcome (bound, refused), and by outcome and reason
    HealthChecks, ProtectedCalls    of a partner's own routes, by reason (`done` for success)
    AuditRecordsLost    by action: records that went to the function's log instead of the trail

Every dimension has few values, all of them ours: never a customer, a key or an address.
"""

from __future__ import annotations

import json
import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

NAMESPACE = "Gatehouse"


def count_line(
    name: str, dimensions: Mapping[str, str], *, now: float, members: Mapping[str, object] | None = None
) -> str:
    """Return a line, its end included, that counts one `name`.

    Args:
        name: the metric's.
        dimensions: from the widest to the narrowest: counted without any, by the first, by the first two, and so on.
        now: seconds since 1970.
        members: what the line says besides, for whoever reads the log.
    """
    directive = {
        "Namespace": NAMESPACE,
        "Dimensions": [list(dimensions)[:end] for end in range(len(dimensions) + 1)],
        "Metrics": [{"Name": name, "Unit": "Count"}],
    }
    document = {
        "_aws": {"Timestamp": int(now * 1000), "CloudWatchMetrics": [directive]},
        **dimensions,
        name: 1,
        **(members or {}),
    }
    return json.dumps(document, separators=(",", ":")) + "\n"


def lost_record_line(record: Mapping[str, str], detail: str, *, now: float) -> str:
    """Return the line for a record that the trail did not take: the record itself, counted."""
    return count_line(
        "AuditRecordsLost",
        {"action": record["action"]},
        now=now,
        members={
            "level": "ERROR",
            "message": "the audit trail did not take this record",
            "detail": detail,
            "record": dict(record),
        },
    )


def write_to_standard_output(line: str) -> None:
    """Write to the function's own log."""
    sys.stdout.write(line)
    sys.stdout.flush()
