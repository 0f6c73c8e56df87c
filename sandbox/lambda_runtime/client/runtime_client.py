"""The Lambda Runtime API over a plain socket, in place of the compiled module of that name in AWS's `awslambdaric`.

`awslambdaric.lambda_runtime_client` imports it as `runtime_client`; its functions have the names and shapes used there
(awslambdaric 4.2.2). The API: https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html. Runs inside a function's
process, on Python 3.11 to 3.13, with nothing but `socket`: `http.client` would add 50 ms to each cold start, which
AWS's own module does not. So it speaks only as much HTTP/1.1 as the API on the loopback needs: one connection, answers
with `Content-Length`. Deliberately no retries: a runtime that loses the API ends.
"""

from __future__ import annotations

import os
import socket

TYPE_CHECKING = False  # `typing` costs more start-up than all else here
if TYPE_CHECKING:
    from typing import BinaryIO

VERSION_PATH = "/2018-06-01/runtime/invocation"
# Headers of the next invocation that `awslambdaric` asks for; the deadline is a number there.
TEXT_HEADERS = (
    "Lambda-Runtime-Aws-Request-Id",
    "Lambda-Runtime-Trace-Id",
    "Lambda-Runtime-Invoked-Function-Arn",
    "Lambda-Runtime-Client-Context",
    "Lambda-Runtime-Cognito-Identity",
    "Lambda-Runtime-Aws-Tenant-Id",
    "Lambda-Runtime-Invocation-Id",
    "Content-Type",
)
DEADLINE_HEADER = "Lambda-Runtime-Deadline-Ms"
ACCEPTED = (200, 202)


class RuntimeApi:
    """A connection to the API at `address` (`host:port`), opened with the first request."""

    def __init__(self, address: str, user_agent: str) -> None:
        self._address = address
        self._user_agent = user_agent
        self._socket: socket.socket | None = None
        self._answers: BinaryIO | None = None

    def request(
        self, method: str, path: str, body: bytes = b"", headers: dict[str, str] | None = None
    ) -> tuple[dict[str, str], bytes]:
        """Sends one request; answers the headers (lower-case names) and the body.

        Raises `RuntimeError` when the API refuses or is gone.
        """
        connected, answers = self._connection()
        lines = [
            f"{method} {VERSION_PATH}/{path} HTTP/1.1",
            f"Host: {self._address}",
            f"User-Agent: {self._user_agent}",
        ]
        lines += [f"{name}: {value}" for name, value in (headers or {}).items()]
        lines += [f"Content-Length: {len(body)}", "", ""]
        connected.sendall("\r\n".join(lines).encode("latin-1") + body)
        status = answers.readline().split()
        if len(status) < 2:
            raise RuntimeError("the Lambda Runtime API is gone")
        found: dict[str, str] = {}
        while line := answers.readline().strip():
            name, _, value = line.decode("latin-1").partition(":")
            found[name.lower()] = value.strip()
        content = answers.read(int(found.get("content-length", "0")))
        if int(status[1]) not in ACCEPTED:
            raise RuntimeError(f"the Lambda Runtime API answered {int(status[1])} to {method} {path}")
        return found, content

    def close(self) -> None:
        """Ends the connection."""
        if self._answers is not None:
            self._answers.close()
        if self._socket is not None:
            self._socket.close()

    def _connection(self) -> tuple[socket.socket, BinaryIO]:
        if self._socket is None or self._answers is None:
            host, _, port = self._address.rpartition(":")
            # `socket.create_connection` would load the codec for international names.
            self._socket = socket.socket()
            self._socket.connect((host, int(port)))
            self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self._answers = self._socket.makefile("rb")
        return self._socket, self._answers


_api: list[RuntimeApi] = []


def initialize_client(user_agent: str) -> None:
    """Prepares for the API at `$AWS_LAMBDA_RUNTIME_API`; `user_agent` goes with every request."""
    _api[:] = [RuntimeApi(os.environ["AWS_LAMBDA_RUNTIME_API"], user_agent)]


def close() -> None:
    """Ends the connection; a function's process just ends."""
    for api in _api:
        api.close()
    _api.clear()


def next() -> tuple[bytes, dict[str, str | int | None]]:  # noqa: A001 - the name that awslambdaric calls
    """Waits for the next invocation; answers its payload and its headers. Raises `RuntimeError`: the API is gone."""
    found, body = _api[0].request("GET", "next")
    headers: dict[str, str | int | None] = {name: found.get(name.lower()) for name in TEXT_HEADERS}
    headers[DEADLINE_HEADER] = int(found[DEADLINE_HEADER.lower()])
    return body, headers


def post_invocation_result(invoke_id: str, result: bytes, content_type: str, invocation_id: str | None = None) -> None:
    """Reports what the handler returned."""
    del invocation_id  # only for environments that serve several invocations at once
    _api[0].request("POST", f"{invoke_id}/response", result, {"Content-Type": content_type})


def post_error(invoke_id: str, error: str, xray_fault: str, invocation_id: str | None = None) -> None:
    """Reports what the handler raised, as the JSON that the runtime interface client made of it."""
    del xray_fault, invocation_id  # nobody listens for traces here
    headers = {"Content-Type": "application/json", "Lambda-Runtime-Function-Error-Type": "Unhandled"}
    _api[0].request("POST", f"{invoke_id}/error", error.encode(), headers)
