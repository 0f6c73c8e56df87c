"""What an extension says to Lambda: the Extensions API (2020-01-01), over a plain socket.

https://docs.aws.amazon.com/lambda/latest/dg/runtimes-extensions-api.html#runtimes-extensions-registration-api.
`http.client` would take 3 MB and longer to import than everything else until the extension has registered, for which
the runtime waits. HTTP/1.0 is asked for, so that an answer ends where the connection ends.
"""

from __future__ import annotations

import json
import socket

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Collection, Mapping
    from typing import Any

SHUTDOWN = "SHUTDOWN"
TIMEOUT_SECONDS = 5.0
_MAXIMUM_ANSWER_BYTES = 1_048_576
_ACCEPTED = (200, 202)
_IDENTIFIER = "lambda-extension-identifier"


class ExtensionsApiError(Exception):
    """Lambda refused a call, or is gone."""


class ExtensionsApi:
    """The API at `address` (`host:port`, the variable `AWS_LAMBDA_RUNTIME_API`)."""

    def __init__(self, address: str) -> None:
        """Take the address; nothing is sent yet."""
        self._address = address
        self._identifier = ""

    def register(self, name: str, events: Collection[str]) -> dict[str, Any]:
        """Register as `name`, which is the executable's file name; returns what Lambda tells of the function."""
        body = json.dumps({"events": list(events)}).encode()
        headers, answer = self._call("POST", "register", {"Lambda-Extension-Name": name}, body)
        self._identifier = headers.get(_IDENTIFIER, "")
        return json.loads(answer)

    def next_event(self) -> dict[str, Any]:
        """Say that everything is done, and wait, for as long as it takes, for the next event."""
        _, answer = self._call("GET", "event/next", {}, seconds=None)
        return json.loads(answer)

    def init_error(self, error_type: str, message: str) -> None:
        """Fail the initialisation; `error_type` such as `Extension.SettingsError`. The process has to end after it."""
        self._error("init/error", error_type, message)

    def exit_error(self, error_type: str, message: str) -> None:
        """Say why the process ends, after it was ready."""
        self._error("exit/error", error_type, message)

    def _error(self, path: str, error_type: str, message: str) -> None:
        document: dict[str, Any] = {"errorMessage": message, "errorType": error_type, "stackTrace": []}
        headers = {
            "Lambda-Extension-Function-Error-Type": error_type,
            "Content-Type": "application/vnd.aws.lambda.error+json",
        }
        self._call("POST", path, headers, json.dumps(document).encode())

    def _call(
        self,
        method: str,
        path: str,
        headers: Mapping[str, str],
        body: bytes = b"",
        seconds: float | None = TIMEOUT_SECONDS,
    ) -> tuple[dict[str, str], bytes]:
        lines = [f"{method} /2020-01-01/extension/{path} HTTP/1.0", f"Host: {self._address}"]
        lines += [f"{name}: {value}" for name, value in headers.items()]
        if self._identifier:
            lines.append(f"Lambda-Extension-Identifier: {self._identifier}")
        lines += [f"Content-Length: {len(body)}", "", ""]
        host, _, port = self._address.rpartition(":")
        try:
            with socket.create_connection((host, int(port)), TIMEOUT_SECONDS) as connection:
                connection.settimeout(seconds)
                connection.sendall("\r\n".join(lines).encode("ascii") + body)
                answer = _everything(connection)
        except OSError as error:
            raise ExtensionsApiError(f"{method} {path}: {type(error).__name__}") from None
        head, _, content = answer.partition(b"\r\n\r\n")
        status_line, *fields = head.decode("latin-1").split("\r\n")
        status = status_line.split(" ")[1:2]
        if status not in [[str(accepted)] for accepted in _ACCEPTED]:
            raise ExtensionsApiError(f"{method} {path}: {' '.join(status) or 'no'} answer {content[:500]!r}")
        parted = (field.partition(":") for field in fields)
        return {name.strip().lower(): value.strip() for name, _, value in parted}, content


def _everything(connection: socket.socket) -> bytes:
    received = b""
    while chunk := connection.recv(4_096):
        received += chunk
        if len(received) > _MAXIMUM_ANSWER_BYTES:
            raise OSError("the answer is too long")
    return received
