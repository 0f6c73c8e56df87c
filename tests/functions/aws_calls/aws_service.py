"""A server on loopback that answers as it is told, and keeps what it was sent."""

import contextlib
import socket
import threading
from collections.abc import Callable, Generator
from dataclasses import dataclass, field

Reply = bytes | None


def reply(status: int = 200, body: bytes = b"{}", *headers: str) -> bytes:
    """An HTTP answer."""
    lines = [f"HTTP/1.1 {status} Word", f"Content-Length: {len(body)}", *headers, "", ""]
    return "\r\n".join(lines).encode() + body


@dataclass
class Service:
    """Answers each request with the next of `replies` (None: close without any), then as the last of them."""

    url: str
    replies: list[Reply] = field(default_factory=lambda: [reply()])
    requests: list[tuple[dict[str, str], bytes]] = field(default_factory=list)
    connections: int = 0
    open: list[socket.socket] = field(default_factory=list)

    def next_reply(self) -> Reply:
        """What to answer now."""
        return self.replies.pop(0) if len(self.replies) > 1 else self.replies[0]

    def drop_connections(self) -> None:
        """Close what is open, as a server does with connections that have been idle."""
        while self.open:
            connection = self.open.pop()
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)
            connection.close()


@contextlib.contextmanager
def running_service() -> Generator[Service]:
    """A service on a free port."""
    listener = socket.create_server(("127.0.0.1", 0))
    listener.settimeout(20)
    service = Service(url=f"http://127.0.0.1:{listener.getsockname()[1]}")

    def accept() -> None:
        while True:
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            service.connections += 1
            service.open.append(connection)
            threading.Thread(target=_guarded(lambda c=connection: _serve(service, c)), daemon=True).start()

    thread = threading.Thread(target=accept, daemon=True)
    thread.start()
    try:
        yield service
    finally:
        with contextlib.suppress(OSError):
            listener.shutdown(socket.SHUT_RDWR)
        listener.close()
        service.drop_connections()
        thread.join(timeout=20)


def _guarded(serve: Callable[[], None]) -> Callable[[], None]:
    def guarded() -> None:
        with contextlib.suppress(OSError):  # the test has closed the connection
            serve()

    return guarded


def _serve(service: Service, connection: socket.socket) -> None:
    received = b""
    while True:
        while b"\r\n\r\n" not in received:
            chunk = connection.recv(65_536)
            if not chunk:
                return
            received += chunk
        head, _, received = received.partition(b"\r\n\r\n")
        lines = head.decode().split("\r\n")[1:]
        headers = {name.lower(): value for name, _, value in (line.partition(": ") for line in lines)}
        while len(received) < int(headers["content-length"]):
            received += connection.recv(65_536)
        length = int(headers["content-length"])
        body, received = received[:length], received[length:]
        service.requests.append((headers, body))
        answer = service.next_reply()
        if answer is None:
            connection.shutdown(socket.SHUT_RDWR)
            return
        connection.sendall(answer)
