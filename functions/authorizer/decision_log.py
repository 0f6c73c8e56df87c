"""One line per decision: a structured record that is a metric in CloudWatch's embedded metric format as well.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html
The format allows members beyond the metrics, so one line does for both.

    request_id      the authorizer's own (`$context.authorizer.requestId` in the API's access log)
    route           the method and path that were called, cut after 256 characters; a part of the path that is longer
                    than any id is `...`, because it may be a credential
    decision        Allow | Deny
    reason          a stable code
    denied_by       the plugin or file that denied
    principal_id    on Allow only
    Decisions, DecisionTime (ms), Plugin.<name> (ms of each plugin that ran)

Metrics have the dimensions authorizer, and authorizer + decision + reason, whose values are few. Never in a line: a
token, a key, a claim, an exception's message. Deliberately not `logging`: its import alone costs more than a
decision's whole cold start.
"""

from __future__ import annotations

import json

from authorizer.decision import Allow

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from authorizer.chain import Outcome
    from authorizer.decision import Deny
    from authorizer.plugin_loader import ChainLoadError

NAMESPACE = "Gatehouse"
MAXIMUM_ROUTE_LENGTH = 256
MAXIMUM_ROUTE_PART_LENGTH = 64  # of a SHA-256 digest in hexadecimal
_NANOSECONDS_PER_MILLISECOND = 1_000_000
_encode = json.JSONEncoder(separators=(",", ":")).encode


class DecisionLog:
    """Writes lines through `write`, which gets each with its line end in one call."""

    def __init__(
        self,
        *,
        authorizer: str,
        plugin_names: Sequence[str],
        write: Callable[[str], object],
        clock: Callable[[], float],
    ) -> None:
        """Take the authorizer's name, its plugins in order, and the clock (seconds since 1970) of the metrics."""
        self._authorizer = authorizer
        self._write = write
        self._clock = clock
        self._authorizer_text = _encode(authorizer)
        metrics = [f"Plugin.{name}" for name in plugin_names]
        self._metric_texts = [_encode(metric) for metric in metrics]
        # A line may name only metrics that it holds, so there is one text for each number of plugins that ran.
        self._directive_texts = [_directives(metrics[:ran]) for ran in range(len(metrics) + 1)]

    def decided(self, decision: Allow | Deny, outcome: Outcome, *, request_id: str, route: str, elapsed: int) -> None:
        """Write the line of `decision`, which took `elapsed` nanoseconds in all.

        The line is put together from parts that are JSON already: encoding it as one object takes five times as long.
        """
        if isinstance(decision, Allow):
            result = f'"decision":"Allow","principal_id":{_encode(decision.principal_id)}'
        else:
            result = f'"decision":"Deny","denied_by":{_encode(outcome.denied_by)}'
        plugin_times = "".join(
            f",{metric}:{nanoseconds / _NANOSECONDS_PER_MILLISECOND}"
            for metric, nanoseconds in zip(self._metric_texts, outcome.elapsed, strict=False)  # a denial ends early
        )
        self._write(
            f'{{"_aws":{{"Timestamp":{int(self._clock() * 1000)},'
            f'"CloudWatchMetrics":{self._directive_texts[len(outcome.elapsed)]}}},'
            f'"authorizer":{self._authorizer_text},'
            f'"request_id":{_encode(request_id)},'
            f'"route":{_encode(_shown(route))},'
            f'{result},"reason":{_encode(decision.reason)},'
            f'"Decisions":1,"DecisionTime":{elapsed / _NANOSECONDS_PER_MILLISECOND}{plugin_times}}}\n'
        )

    def chain_fault(self, fault: ChainLoadError) -> None:
        """Write, once, why every request will be denied."""
        self._write(
            _encode(
                {
                    "level": "ERROR",
                    "message": "the chain of plugins cannot load; every request is denied",
                    "authorizer": self._authorizer,
                    "reason": fault.reason,
                    "file": fault.file,
                    "detail": fault.detail,
                }
            )
            + "\n"
        )

    def internal_error(self, error: Exception, *, request_id: str) -> None:
        """Write that deciding failed, which is a defect of the authorizer or of its log; the request is denied."""
        line = _encode(
            {
                "level": "ERROR",
                "message": "the authorizer failed; the request is denied",
                "authorizer": self._authorizer,
                "request_id": request_id,
                "reason": "internal_error",
                "detail": type(error).__name__,
            }
        )
        try:
            self._write(line + "\n")
        except (OSError, ValueError):
            return  # the log is what failed, so nobody is left to tell; the request is denied all the same


def _shown(route: str) -> str:
    if len(route) <= MAXIMUM_ROUTE_PART_LENGTH:
        return route
    parts = (part if len(part) <= MAXIMUM_ROUTE_PART_LENGTH else "..." for part in route.split("/"))
    return "/".join(parts)[:MAXIMUM_ROUTE_LENGTH]


def _directives(plugin_metrics: list[str]) -> str:
    """Return `CloudWatchMetrics`: the decision by reason, the plugins by authorizer only (each metric is billed)."""
    decision = {
        "Namespace": NAMESPACE,
        "Dimensions": [["authorizer"], ["authorizer", "decision", "reason"]],
        "Metrics": [{"Name": "Decisions", "Unit": "Count"}, {"Name": "DecisionTime", "Unit": "Milliseconds"}],
    }
    if not plugin_metrics:
        return _encode([decision])
    plugins = {
        "Namespace": NAMESPACE,
        "Dimensions": [["authorizer"]],
        "Metrics": [{"Name": name, "Unit": "Milliseconds"} for name in plugin_metrics],
    }
    return _encode([decision, plugins])
