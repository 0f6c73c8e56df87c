"""Secrets from AWS's Parameters and Secrets Lambda Extension, over its HTTP interface on localhost.

Interface: https://docs.aws.amazon.com/secretsmanager/latest/userguide/retrieving-secrets_lambda.html. The extension
answers only while the function handles an invocation, so nothing may be read at import.

Spoken over a plain socket: importing `http.client` takes longer than all the rest of an authorizer's cold start
(docs/adr/0004). HTTP/1.0 is asked for, so that the answer ends where the connection ends and is never chunked. One
deadline covers the whole exchange.

The extension keeps a cache of its own for 300 seconds (no request switches it off), during which a rotation would go
unseen: functions that carry it set `PARAMETERS_SECRETS_EXTENSION_CACHE_ENABLED=false` and cache here
(`cached_value`).
"""

from __future__ import annotations

import json
import socket
from time import monotonic, sleep

from secret_store.errors import SecretUnavailable, SecretVersionMissing
from secret_store.secret_source import SecretVersion

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

TIMEOUT_SECONDS = 3.0  # API Gateway waits longer for an authorizer; a caller should not
# A secret has at most 65,536 bytes (quotas of Secrets Manager), which JSON escapes can make six times as long.
MAXIMUM_ANSWER_BYTES = 524_288
# What the extension answers, with status 400, until it has seen the first invocation itself.
_NOT_READY = b"not ready to serve traffic"
_NOT_READY_SECONDS = 0.01
_UNRESERVED = frozenset(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~")  # RFC 3986 section 2.3


class ExtensionSecrets:
    """A `SecretSource` that asks the extension at 127.0.0.1:`port`."""

    def __init__(self, *, port: int, environment: Mapping[str, str], timeout_seconds: float = TIMEOUT_SECONDS) -> None:
        """Take the port, and the environment that holds `AWS_SESSION_TOKEN`, which the extension wants to see."""
        self._port = port
        self._environment = environment
        self._timeout_seconds = timeout_seconds

    def read(self, secret_id: str, version_stage: str) -> SecretVersion:
        """See `SecretSource.read`."""
        session_token = self._environment.get("AWS_SESSION_TOKEN", "")
        if not session_token.isascii() or not session_token.isprintable() or not session_token:
            raise SecretUnavailable("AWS_SESSION_TOKEN is not set; the extension answers only inside a Lambda function")
        request = (
            f"GET /secretsmanager/get?secretId={_quoted(secret_id)}&versionStage={_quoted(version_stage)} HTTP/1.0\r\n"
            f"Host: localhost:{self._port}\r\n"
            f"X-Aws-Parameters-Secrets-Token: {session_token}\r\n\r\n"
        )
        try:
            status, body = self._answer(request.encode("ascii"))
        except OSError as error:
            raise SecretUnavailable(
                f"the secrets extension did not answer for {secret_id}: {type(error).__name__}"
            ) from None
        if status == b"200":
            return _version_in(body, secret_id)
        if b"ResourceNotFoundException" in body or status == b"404":
            raise SecretVersionMissing(f"{secret_id} has no version {version_stage}")
        raise SecretUnavailable(f"the secrets extension answered {status.decode('ascii', 'replace')!r} for {secret_id}")

    def _answer(self, request: bytes) -> tuple[bytes, bytes]:
        """Return the status's three digits and the body; raises OSError where there is no whole answer in time."""
        deadline = monotonic() + self._timeout_seconds
        while True:
            head, separator, body = _exchange(self._port, request, deadline).partition(b"\r\n\r\n")
            if not separator:
                raise OSError("the answer broke off")
            status = head[9:12]  # HTTP/1.x NNN
            if status != b"400" or _NOT_READY not in body:
                return status, body
            sleep(_NOT_READY_SECONDS)  # the function's first invocation can be faster than the extension's


def _exchange(port: int, request: bytes, deadline: float) -> bytes:
    answer = bytearray()
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as connection:
        connection.settimeout(_until(deadline))
        connection.connect(("127.0.0.1", port))
        connection.sendall(request)
        while chunk := connection.recv(65_536):
            answer += chunk
            if len(answer) > MAXIMUM_ANSWER_BYTES:
                raise OSError("the answer is longer than any secret")
            connection.settimeout(_until(deadline))
    return bytes(answer)


def _until(deadline: float) -> float:
    remaining = deadline - monotonic()
    if remaining <= 0:
        raise TimeoutError
    return remaining


def _quoted(text: str) -> str:
    return "".join(chr(byte) if byte in _UNRESERVED else f"%{byte:02X}" for byte in text.encode())


def _version_in(body: bytes, secret_id: str) -> SecretVersion:
    """Read a GetSecretValue document; of a malformed one nothing is repeated."""
    try:
        document: Any = json.loads(body)
        version_id, value = document["VersionId"], document["SecretString"]
    except (ValueError, TypeError, KeyError, RecursionError):
        version_id = value = None
    if not isinstance(version_id, str) or not isinstance(value, str):
        raise SecretUnavailable(f"the secrets extension answered for {secret_id} without VersionId and SecretString")
    return SecretVersion(version_id=version_id, value=value)
