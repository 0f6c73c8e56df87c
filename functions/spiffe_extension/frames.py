"""Messages on the unix socket: four bytes with the length of what follows, most significant first, then that."""

from __future__ import annotations

import time

TYPE_CHECKING = False
if TYPE_CHECKING:
    from socket import socket

MAXIMUM_REQUEST_BYTES = 8_192  # a token, as `jwt_verification.compact_jws` bounds it
# The claims of such a token, in JSON without escapes that the token did not have, and what is told beside them.
MAXIMUM_ANSWER_BYTES = 65_536
_LENGTH_BYTES = 4


class FrameError(Exception):
    """The other side sent a message that is too long, or ended within one."""


def send_frame(connection: socket, content: bytes) -> None:
    """Send one message; raises OSError."""
    connection.sendall(len(content).to_bytes(_LENGTH_BYTES, "big") + content)


def receive_frame(connection: socket, *, maximum_bytes: int, seconds: float, wait: bool = False) -> bytes | None:
    """Return the next message, or None where the other side has ended before it began.

    Args:
        connection: a connected socket.
        maximum_bytes: longer ones are refused before they are read.
        seconds: for the whole message.
        wait: let the first byte take as long as it likes.

    Raises:
        FrameError: see the class.
        OSError: the connection is broken; TimeoutError when it takes longer.
    """
    connection.settimeout(None if wait else seconds)
    head = connection.recv(_LENGTH_BYTES)
    if not head:
        return None
    deadline = time.monotonic() + seconds
    head += _exactly(connection, _LENGTH_BYTES - len(head), deadline)
    length = int.from_bytes(head, "big")
    if length > maximum_bytes:
        raise FrameError("the message is too long")
    return _exactly(connection, length, deadline)


def _exactly(connection: socket, length: int, deadline: float) -> bytes:
    received = b""
    while len(received) < length:
        left = deadline - time.monotonic()
        if left <= 0:
            raise TimeoutError
        connection.settimeout(left)
        chunk = connection.recv(length - len(received))
        if not chunk:
            raise FrameError("the other side has ended within a message")
        received += chunk
    return received
