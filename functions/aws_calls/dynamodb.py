"""DynamoDB's operations, called with documents as its API reference writes them and with the credentials to use.

https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/Welcome.html. Attribute values stay as DynamoDB sends
them (`{"S": "..."}`): to make other objects of them is left to those who need some.
"""

from __future__ import annotations

import json
from time import sleep, time

from aws_calls.attempts import repeated
from aws_calls.endpoints import HttpEndpoint, endpoint_url
from aws_calls.json_service import JsonService, json_object

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import Any, TypeVar

    from aws_calls.credentials import Credentials
    from aws_calls.endpoints import Endpoint

    Result = TypeVar("Result")

SERVICE = "dynamodb"
TARGET = "DynamoDB_20120810"
ATTEMPTS = 3
FIRST_PAUSE_SECONDS = 0.025  # doubled for each further attempt, as DynamoDB's SDKs begin
# Reads change nothing and may be sent again whatever happened; a write whose fate is unknown must not be, because it
# may have been done and the second would then be judged against the first.
_READS = frozenset({"BatchGetItem", "GetItem", "Query", "TransactGetItems"})
_encode = json.JSONEncoder(separators=(",", ":")).encode


class DynamoDb:
    """Calls DynamoDB in one region."""

    def __init__(
        self,
        *,
        endpoint: Endpoint,
        region: str,
        clock: Callable[[], float] = time,
        pause: Callable[[float], object] = sleep,
    ) -> None:
        """Take where it is, a clock (seconds since 1970) and how to wait before another attempt."""
        self._service = JsonService(
            service=SERVICE, target=TARGET, version="1.0", endpoint=endpoint, region=region, clock=clock
        )
        self._pause = pause

    @classmethod
    def of(cls, environment: Mapping[str, str]) -> DynamoDb:
        """Make one for a function's environment; raises KeyError without `AWS_REGION`."""
        return cls(endpoint=HttpEndpoint(endpoint_url(SERVICE, environment)), region=environment["AWS_REGION"])

    def call(
        self,
        operation: str,
        parameters: Mapping[str, Any],
        credentials: Credentials,
        *,
        read: Callable[[bytes], Result] = json_object,
    ) -> Result:
        """Return the answer to `operation`, for example `Query`, as `read` gives it (see `JsonService.call_once`).

        What is safe to send again is tried `ATTEMPTS` times: everything that AWS has not done, and reads.

        Raises:
            AwsCallError: see `errors`, one class for each thing to do about it.
        """
        body = _encode(parameters).encode()
        return repeated(
            lambda: self._service.call_once(operation, body, credentials, read=read),
            repeatable=operation in _READS,
            attempts=ATTEMPTS,
            pause=lambda attempt, _: self._pause(FIRST_PAUSE_SECONDS * 2 ** (attempt - 1)),
        )
