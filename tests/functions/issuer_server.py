"""An issuer over a real socket on loopback that misbehaves as told: it answers bytes, slowly or at once, or nothing."""

import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterable
from types import TracebackType

Answer = Callable[[], Iterable[bytes]]


def answer(body: bytes, *, status: str = "200 OK", headers: Iterable[str] = (), length: int | None = None) -> bytes:
    """A whole HTTP answer."""
    lines = (f"HTTP/1.1 {status}", f"Content-Length: {len(body) if length is None else length}", *headers)
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


class IssuerServer:
    """Serves `answers()` on every connection, chunk by chunk, with `pause_seconds` between them; counts requests."""

    def __init__(
        self, answers: Answer, *, pause_seconds: float = 0.0, tls_context: ssl.SSLContext | None = None
    ) -> None:
        self.answers = answers
        self.requests: list[bytes] = []
        self._pause_seconds = pause_seconds
        self._tls_context = tls_context
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        self._ending = threading.Event()
        self._thread = threading.Thread(target=self._serve)
        self._workers: list[threading.Thread] = []

    def url(self, scheme: str = "http", host: str = "127.0.0.1") -> str:
        return f"{scheme}://{host}:{self.port}/keys?version=1"

    def __enter__(self) -> "IssuerServer":
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._ending.set()
        socket.create_connection(("127.0.0.1", self.port)).close()  # wakes `accept`
        for thread in (self._thread, *self._workers):
            thread.join(30)
        self._listener.close()

    def _serve(self) -> None:
        while not self._ending.is_set():
            connection, _ = self._listener.accept()
            worker = threading.Thread(target=self._answer, args=(connection,))
            self._workers.append(worker)
            worker.start()

    def _answer(self, connection: socket.socket) -> None:
        try:
            if self._tls_context is not None:
                connection = self._tls_context.wrap_socket(connection, server_side=True)
            with connection:
                received = b""
                while b"\r\n\r\n" not in received:
                    chunk = connection.recv(4_096)
                    if not chunk:
                        return
                    received += chunk
                self.requests.append(received)
                for part in self.answers():
                    if self._ending.is_set():
                        return
                    connection.sendall(part)
                    time.sleep(self._pause_seconds)
        except OSError:
            connection.close()  # the client has gone, or refused the certificate: which is what some tests are about
