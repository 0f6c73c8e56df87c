"""DynamoDB and the audit trail with the operator's own credentials, behind the ports that functions use as well."""

from __future__ import annotations

import json
import time
import uuid
from collections.abc import Callable, Mapping
from typing import Any, cast

from audit_trail.trail import AuditUnavailable
from aws_calls.errors import NoAnswer, error_of
from cli.errors import CliError, aws_explained
from cli.target import Target


def target_calls(target: Target) -> Callable[[str, Mapping[str, Any]], dict[str, Any]]:
    """Return calls of DynamoDB as `aws_calls.own_role` makes them: operations and errors by AWS's names."""
    from botocore.exceptions import (  # pyright: ignore[reportMissingTypeStubs] -- botocore ships no types
        BotoCoreError,
        ClientError,
    )

    client = target.client("dynamodb")
    methods: dict[str, str] = {name: method for method, name in client.meta.method_to_api_mapping.items()}

    def call(operation: str, parameters: Mapping[str, Any]) -> dict[str, Any]:
        try:
            return cast("dict[str, Any]", getattr(client, methods[operation])(**parameters))
        except ClientError as error:
            response = cast("dict[str, Any]", error.response)  # pyright: ignore[reportUnknownMemberType] -- see above
            status = int(response.get("ResponseMetadata", {}).get("HTTPStatusCode", 500))
            raise error_of(operation, status, str(response.get("Error", {}).get("Code", "")), response) from None
        except BotoCoreError as error:
            raise NoAnswer(operation, type(error).__name__) from None

    return call


class LogTrail:
    """An `AuditTrail` in CloudWatch Logs; every command has a stream of its own."""

    def __init__(self, target: Target, *, group: str) -> None:
        """Take the log group."""
        self._client = target.client("logs")
        self._group = group
        self._stream = f"cli/{uuid.uuid4().hex}"
        self._stream_exists = False

    def write(self, record: Mapping[str, str]) -> None:
        """See `AuditTrail.write`."""
        event = {"timestamp": int(time.time() * 1000), "message": json.dumps(dict(record), separators=(",", ":"))}
        try:
            with aws_explained(f"write to {self._group}"):
                if not self._stream_exists:
                    self._client.create_log_stream(logGroupName=self._group, logStreamName=self._stream)
                    self._stream_exists = True
                answer = self._client.put_log_events(
                    logGroupName=self._group, logStreamName=self._stream, logEvents=[event]
                )
        except CliError as error:
            raise AuditUnavailable(str(error)) from None
        if answer.get("rejectedLogEventsInfo"):
            raise AuditUnavailable(f"{self._group} rejected the record for its time: is this machine's clock right?")
