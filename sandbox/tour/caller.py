"""The ways in which the tour reaches the sandbox: plain HTTP, and the AWS API with the account's own credentials.

It deliberately does not retry: an answer that comes only at the second try is a finding.
"""

import http.client
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any, cast
from urllib.parse import urlsplit

from sandbox.aws import client
from sandbox.server import SandboxEndpoints

TIMEOUT_SECONDS = 30


@dataclass(frozen=True, kw_only=True)
class Answer:
    """Status, body and headers (names in lower case) of an HTTP answer."""

    status: int
    body: str
    headers: Mapping[str, str] = field(default_factory=dict[str, str])

    @property
    def request_id(self) -> str:
        """The id that API Gateway gave the request; empty where it gave none."""
        return self.headers.get("x-amzn-requestid", "")

    @property
    def document(self) -> Any:
        """The body as JSON, with numbers as they were written; None where it is none."""
        try:
            return json.loads(self.body, parse_float=str, parse_int=str)
        except ValueError:
            return None

    def member(self, *names: str) -> Any:
        """A member of the document, found by its path; None where there is none."""
        found = self.document
        for name in names:
            found = cast("dict[str, Any]", found).get(name) if isinstance(found, dict) else None
        return found


@dataclass(frozen=True)
class Caller:
    """A caller of one sandbox and of the stack that is deployed into it."""

    endpoints: SandboxEndpoints
    outputs: Mapping[str, Any]
    state_directory: Path | None = None
    """Where what runs beside the sandbox has left how it is reached."""

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

    def request(
        self,
        method: str,
        url: str,
        headers: Mapping[str, str] | None = None,
        *,
        body: str | None = None,
        source: str | None = None,
    ) -> Answer:
        """Sends one HTTP request without following redirects; `source` is the loopback address that it comes from."""
        target = urlsplit(url)
        connection = http.client.HTTPConnection(
            cast(str, target.hostname),
            target.port,
            timeout=TIMEOUT_SECONDS,
            source_address=None if source is None else (source, 0),
        )
        try:
            path = f"{target.path}?{target.query}" if target.query else target.path
            connection.request(method, path, body=body, headers=dict(headers or {}))
            response = connection.getresponse()
            return Answer(
                status=response.status,
                body=response.read().decode("utf-8", "replace"),
                headers={name.lower(): value for name, value in response.getheaders()},
            )
        finally:
            connection.close()

    def invoke(self, function_name: str) -> Any:
        """Invokes a function with `{}` as `aws lambda invoke` does, and answers its JSON document."""
        return json.loads(self.functions.invoke(FunctionName=function_name, Payload=b"{}")["Payload"].read())

    def invocations(self, function_name: str) -> int:
        """How often a function has run, counted in its own log."""
        started = self.log_lines(f"/aws/lambda/{function_name}", containing="START RequestId")
        return sum(line.startswith("START ") for line in started)

    def log_lines(self, group: str, *, containing: str = "") -> Iterator[str]:
        """The lines of a log group, oldest first; of a long log, only those with these words are worth fetching."""
        wanted = {"filterPattern": f'"{containing}"'} if containing else {}
        pages = self.logs.get_paginator("filter_log_events").paginate(logGroupName=group, **wanted)
        return (event["message"] for page in pages for event in page["events"])
