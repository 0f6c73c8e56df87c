"""An HTTP server on a free loopback port that answers what a function says, one request per connection.

Reads requests by hand, because it also runs beside measurements, which `http.server` would slow down.
"""

import socketserver
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import TracebackType
from typing import Self


@dataclass(frozen=True, kw_only=True)
class Request:
    """A request; names of headers in lower case."""

    method: str
    target: str
    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True, kw_only=True)
class Response:
    """What is answered; nothing at all, and the connection ends, where `cut` says so."""

    status: int = 200
    media_type: str = "application/json"
    body: bytes = b""
    cut: bool = False


class LoopbackServer:
    """A context manager; `respond` is called in the server's threads."""

    def __init__(self, respond: Callable[[Request], Response]) -> None:
        """Take what answers; the port is taken now, and answers begin on entry."""

        class Handler(socketserver.StreamRequestHandler):
            def handle(self) -> None:
                method, target, _protocol = self.rfile.readline().decode("ascii").split()
                headers: dict[str, str] = {}
                while line := self.rfile.readline().decode("ascii").strip():
                    name, _, value = line.partition(":")
                    headers[name.lower()] = value.strip()
                body = self.rfile.read(int(headers.get("content-length", "0")))
                response = respond(Request(method=method, target=target, headers=headers, body=body))
                if response.cut:
                    return
                head = (
                    f"HTTP/1.1 {response.status} Status\r\nContent-Type: {response.media_type}\r\n"
                    f"Content-Length: {len(response.body)}\r\nConnection: close\r\n\r\n"
                )
                self.wfile.write(head.encode() + response.body)

        self._server = socketserver.ThreadingTCPServer(("127.0.0.1", 0), Handler)
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)

    @property
    def port(self) -> int:
        """The port that the operating system chose."""
        return self._server.server_address[1]

    @property
    def url(self) -> str:
        """Where it answers."""
        return f"http://127.0.0.1:{self.port}"

    def __enter__(self) -> Self:
        """Start to answer."""
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        """Stop and free the port."""
        self._server.shutdown()
        self._server.server_close()
        self._thread.join(timeout=10)
