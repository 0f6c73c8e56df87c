"""One line per request: a structured record that is a metric in CloudWatch's embedded metric format as well.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html

    request_id       API Gateway's, as in the API's access log
    operation        a name of `operations`, or `none`
    status           the answer's
    outcome          `success`, or the stable reason of the refusal
    customer_id      a property and never a dimension: a metric per tenant would be billed per tenant. Logs Insights and
                     Contributor Insights rank tenants by this member (`stats count(*) by customer_id`).
    detail           for defects: the class of the exception, and AWS's code where a call was refused
    Requests, Latency (ms), DependencyTime (ms of it spent waiting for AWS)

Dimensions are function, and function + operation + outcome, whose values are few. Never in a line: a token, a row's
content, an id that a caller made up, an exception's message.
"""

from __future__ import annotations

import json

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

NAMESPACE = "Gatehouse"
SUCCESS = "success"
_NANOSECONDS_PER_MILLISECOND = 1_000_000
_encode = json.JSONEncoder(separators=(",", ":")).encode
_DIRECTIVES = _encode(
    [
        {
            "Namespace": NAMESPACE,
            "Dimensions": [["function"], ["function", "operation", "outcome"]],
            "Metrics": [
                {"Name": "Requests", "Unit": "Count"},
                {"Name": "Latency", "Unit": "Milliseconds"},
                {"Name": "DependencyTime", "Unit": "Milliseconds"},
            ],
        }
    ]
)


class RequestLog:
    """Writes lines through `write`, which gets each with its line end in one call."""

    def __init__(self, *, function: str, write: Callable[[str], object], clock: Callable[[], float]) -> None:
        """Take the function's name, and the clock (seconds since 1970) of the metrics."""
        self._function = _encode(function)
        self._write = write
        self._clock = clock

    def answered(
        self,
        *,
        request_id: str,
        operation: str,
        status: int,
        outcome: str,
        customer_id: str | None,
        elapsed: int,
        waited: int,
        detail: str | None = None,
    ) -> None:
        """Write the line of one request; `elapsed` and `waited` are in nanoseconds."""
        extra = f',"detail":{_encode(detail)}' if detail is not None else ""
        self._write(
            f'{{"_aws":{{"Timestamp":{int(self._clock() * 1000)},"CloudWatchMetrics":{_DIRECTIVES}}},'
            f'"function":{self._function},"request_id":{_encode(request_id)},"operation":{_encode(operation)},'
            f'"status":{status},"outcome":{_encode(outcome)},"customer_id":{_encode(customer_id)}{extra},'
            f'"Requests":1,"Latency":{elapsed / _NANOSECONDS_PER_MILLISECOND},'
            f'"DependencyTime":{waited / _NANOSECONDS_PER_MILLISECOND}}}\n'
        )
