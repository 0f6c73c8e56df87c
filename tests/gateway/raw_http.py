"""An HTTP/1.1 client that sends whatever bytes it is given, as attackers do and HTTP clients refuse to.

One connection is kept for many requests, and opened again where the server closes it.
"""

import contextlib
import socket
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from types import TracebackType
from typing import Self

TIMEOUT_SECONDS = 60.0


@dataclass(frozen=True, kw_only=True)
class RawAnswer:
    """Status, headers by lower-case name, body. `status` 0: the server closed the connection without an answer."""

    status: int
    headers: Mapping[str, str]
    body: bytes


class RawConnection:
    """A connection to the sandbox; a context manager."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._socket: socket.socket | None = None
        self._received = b""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._close()

    def get(self, path: str, headers: Iterable[tuple[bytes, bytes]]) -> RawAnswer:
        """One GET with exactly these header fields, and `Host`."""
        lines = [f"GET {path} HTTP/1.1".encode(), b"Host: 127.0.0.1", *(b": ".join(field) for field in headers)]
        return self.send(b"\r\n".join(lines) + b"\r\n\r\n")

    def post(self, path: str, headers: Iterable[tuple[bytes, bytes]], body: bytes) -> RawAnswer:
        """One POST with exactly these header fields, `Host` and `Content-Length`."""
        length = (b"Content-Length", str(len(body)).encode())
        fields = (b": ".join(field) for field in (*headers, length))
        lines = [f"POST {path} HTTP/1.1".encode(), b"Host: 127.0.0.1", *fields]
        return self.send(b"\r\n".join(lines) + b"\r\n\r\n" + body)

    def send(self, request: bytes) -> RawAnswer:
        """One request, byte for byte."""
        connection = self._socket
        if connection is None:
            connection = socket.create_connection(("127.0.0.1", self._port), timeout=TIMEOUT_SECONDS)
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self._socket = connection
        with contextlib.suppress(OSError):  # the server refuses before it has read all, and may have said why
            connection.sendall(request)
        try:
            return self._answer(connection)
        except ConnectionError:
            self._close()
            return RawAnswer(status=0, headers={}, body=b"")

    def _answer(self, connection: socket.socket) -> RawAnswer:
        head = self._until(connection, b"\r\n\r\n")
        if head is None:
            self._close()
            return RawAnswer(status=0, headers={}, body=b"")
        status_line, *fields = head.decode("latin-1").split("\r\n")
        headers = {name.lower(): value.strip() for name, _, value in (field.partition(":") for field in fields)}
        length = int(headers.get("content-length", "0"))
        while len(self._received) < length:
            chunk = connection.recv(65_536)
            if not chunk:
                raise ConnectionError("the body broke off")
            self._received += chunk
        body, self._received = self._received[:length], self._received[length:]
        if headers.get("connection", "").lower() == "close":
            self._close()
        return RawAnswer(status=int(status_line.split()[1]), headers=headers, body=body)

    def _until(self, connection: socket.socket, end: bytes) -> bytes | None:
        while end not in self._received:
            chunk = connection.recv(65_536)
            if not chunk:
                return None
            self._received += chunk
        head, _, self._received = self._received.partition(end)
        return head

    def _close(self) -> None:
        if self._socket is not None:
            self._socket.close()
        self._socket, self._received = None, b""
