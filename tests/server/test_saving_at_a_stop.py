"""A clean stop saves twice: before it ends anything, and when the emulator has answered what it was still asked."""

import os
import signal
import socket
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from urllib.parse import urlsplit

from botocore.awsrequest import AWSResponse

from sandbox.processes import process_started
from tests.support.sandbox import running_sandbox, wait_until


def test_a_request_that_a_stop_overtakes_is_answered_and_saved(tmp_path: Path) -> None:
    state = tmp_path / "emulator" / "state" / "secretsmanager.json"
    with running_sandbox(tmp_path) as sandbox:
        secrets = sandbox.client("secretsmanager")
        head, body = unsent(secrets, "create_secret", Name="late", SecretString="value")
        secrets.create_secret(Name="before", SecretString="value")
        with socket.create_connection(("127.0.0.1", sandbox.port), timeout=30) as connection:
            connection.sendall(head + body[:1])
            os.kill(sandbox.endpoints.pid, signal.SIGTERM)
            wait_until(lambda: state.exists() and b"before" in state.read_bytes(), what="the stop saves")
            connection.sendall(body[1:])
            assert connection.recv(4096).startswith(b"HTTP/1.1 200")
        wait_until(lambda: process_started(sandbox.endpoints.pid) is None, what="it ends")
    with running_sandbox(tmp_path) as again:
        names = {one["Name"] for one in again.client("secretsmanager").list_secrets()["SecretList"]}
        assert names == {"before", "late"}


def unsent(aws: Any, operation: str, **parameters: str) -> tuple[bytes, bytes]:
    """Head and body of a signed request, as its client would send them."""
    made: list[Any] = []

    def keep(request: Any, **_: Any) -> AWSResponse:
        made.append(request)
        return AWSResponse(request.url, 200, {}, SimpleNamespace(stream=lambda: iter([b"{}"])))

    aws.meta.events.register("before-send", keep)
    getattr(aws, operation)(**parameters)
    aws.meta.events.unregister("before-send", keep)
    (request,) = made
    fields = {"Host": urlsplit(request.url).netloc, "Content-Length": str(len(request.body)), **request.headers}
    lines = [f"{request.method} / HTTP/1.1", *(f"{name}: {text(value)}" for name, value in fields.items())]
    return "\r\n".join([*lines, "", ""]).encode(), request.body


def text(value: str | bytes) -> str:
    """A header field's value, which signing leaves as bytes here and there."""
    return value.decode() if isinstance(value, bytes) else value
