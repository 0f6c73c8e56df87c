"""The ways in which the tour reaches the sandbox: plain HTTP, and the AWS API with the account's own credentials.

It deliberately does not retry: an answer that comes only at the second try is a finding.
"""

import http.client
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, cast
from urllib.parse import urlsplit

from sandbox.aws import client
from sandbox.server import SandboxEndpoints

TIMEOUT_SECONDS = 30


@dataclass(frozen=True, kw_only=True)
class Answer:
    """Status and body of an HTTP answer, and the id that API Gateway gave the request (empty where it gave none)."""

    status: int
    body: str
    request_id: str = ""


@dataclass(frozen=True)
class Caller:
    """A caller of one sandbox and of the stack that is deployed into it."""

    endpoints: SandboxEndpoints
    outputs: Mapping[str, Any]

    @cached_property
    def functions(self) -> Any:
        """The Lambda API."""
        return client(self.endpoints, "lambda")

    @cached_property
    def gateway(self) -> Any:
        """The API Gateway API."""
        return client(self.endpoints, "apigateway")

    @cached_property
    def secrets(self) -> Any:
        """The Secrets Manager API."""
        return client(self.endpoints, "secretsmanager")

    @cached_property
    def logs(self) -> Any:
        """The CloudWatch Logs API."""
        return client(self.endpoints, "logs")

    def request(self, method: str, url: str, headers: Mapping[str, str] | None = None) -> Answer:
        """Sends one HTTP request without following redirects."""
        target = urlsplit(url)
        connection = http.client.HTTPConnection(cast(str, target.hostname), target.port, timeout=TIMEOUT_SECONDS)
        try:
            path = f"{target.path}?{target.query}" if target.query else target.path
            connection.request(method, path, headers=dict(headers or {}))
            response = connection.getresponse()
            return Answer(
                status=response.status,
                body=response.read().decode("utf-8", "replace"),
                request_id=response.getheader("x-amzn-RequestId", ""),
            )
        finally:
            connection.close()

    def invoke(self, function_name: str) -> Any:
        """Invokes a function with `{}` as `aws lambda invoke` does, and answers its JSON document."""
        return json.loads(self.functions.invoke(FunctionName=function_name, Payload=b"{}")["Payload"].read())

    def invocations(self, function_name: str) -> int:
        """How often a function has run, counted in its own log."""
        return sum(line.startswith("START ") for line in self.log_lines(f"/aws/lambda/{function_name}"))

    def log_lines(self, group: str) -> Iterator[str]:
        """The lines of a log group, oldest first."""
        pages = self.logs.get_paginator("filter_log_events").paginate(logGroupName=group)
        return (event["message"] for page in pages for event in page["events"])
