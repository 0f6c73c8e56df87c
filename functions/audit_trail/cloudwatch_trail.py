"""The `AuditTrail` in CloudWatch Logs: one stream per execution environment, one PutLogEvents per record.

https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutLogEvents.html. Sequence tokens are no
longer needed. An event that is rejected (a clock far off) comes back as a success with `rejectedLogEventsInfo`, which
is a failure here. A record whose fate is unknown is sent again: twice is better than not at all.

Needs of the function's role: logs:CreateLogStream and logs:PutLogEvents on the streams of this group.
"""

from __future__ import annotations

import json
import os
from time import time

from audit_trail.trail import AuditUnavailable
from aws_calls.credentials import own_credentials
from aws_calls.endpoints import HttpEndpoint, endpoint_url
from aws_calls.errors import AwsCallError, NoAnswer, NotSent, Refused, Throttled
from aws_calls.json_service import JsonService

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import Any

    from aws_calls.endpoints import Endpoint

SERVICE = "logs"
TARGET = "Logs_20140328"
ATTEMPTS = 2
# Short, because a caller waits: together less than API Gateway's patience with an authorizer.
CONNECT_TIMEOUT_SECONDS = 1.0
READ_TIMEOUT_SECONDS = 2.0


class CloudWatchTrail:
    """Adds records to a log group that exists."""

    def __init__(
        self,
        *,
        group: str,
        environment: Mapping[str, str],
        endpoint: Endpoint | None = None,
        clock: Callable[[], float] = time,
    ) -> None:
        """Take the group's name and the function's environment (region, credentials).

        Raises:
            ValueError: `group` is empty.
        """
        if not group:
            raise ValueError("group is empty: set AUDIT_LOG_GROUP to the name of the audit log group")
        self._group = group
        self._environment = environment
        self._given_endpoint = endpoint
        self._service: JsonService | None = None
        self._clock = clock
        # Of this execution environment alone, so that streams show which of them wrote what.
        self._stream = f"{environment.get('AWS_LAMBDA_FUNCTION_NAME', 'function')}/{os.urandom(16).hex()}"
        self._stream_exists = False

    def write(self, record: Mapping[str, str]) -> None:
        """See `AuditTrail.write`."""
        event = {"timestamp": int(self._clock() * 1000), "message": json.dumps(record, separators=(",", ":"))}
        try:
            self._create_stream()
            answer = self._call("PutLogEvents", logEvents=[event])
        except AwsCallError as error:
            raise AuditUnavailable(str(error)) from None
        if answer.get("rejectedLogEventsInfo"):
            raise AuditUnavailable("PutLogEvents: the record was rejected for its time")

    def _create_stream(self) -> None:
        if self._stream_exists:
            return
        try:
            self._call("CreateLogStream")
        except Refused as error:
            if error.code != "ResourceAlreadyExistsException":  # of an attempt whose answer was lost
                raise
        self._stream_exists = True

    def _call(self, operation: str, **parameters: Any) -> dict[str, Any]:
        body = json.dumps({"logGroupName": self._group, "logStreamName": self._stream, **parameters}).encode()
        attempt = 1
        while True:
            try:
                return self._connected().call_once(operation, body, own_credentials(self._environment))
            except (NotSent, NoAnswer, Throttled):
                if attempt == ATTEMPTS:
                    raise
            attempt += 1

    def _connected(self) -> JsonService:
        if self._service is None:
            endpoint = self._given_endpoint or HttpEndpoint(
                endpoint_url(SERVICE, self._environment),
                connect_timeout_seconds=CONNECT_TIMEOUT_SECONDS,
                read_timeout_seconds=READ_TIMEOUT_SECONDS,
            )
            self._service = JsonService(
                service=SERVICE,
                target=TARGET,
                version="1.1",
                endpoint=endpoint,
                region=self._environment["AWS_REGION"],
                clock=self._clock,
                empty_answer=b"{}",  # of CreateLogStream, which has nothing to say
            )
        return self._service
