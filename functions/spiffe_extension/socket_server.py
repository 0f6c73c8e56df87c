"""Answers on the unix socket whether tokens are good, each connection on a thread of its own.

Only processes of the same user can connect. Who connects may send one token after the other; a message that is too
long, or not complete within a second, ends the connection. What is asked is never logged.
"""

from __future__ import annotations

import contextlib
import os
import socket
import threading
import time

from jwt_verification.errors import JwtError
from jwt_verification.key_set_errors import KeySetError
from spiffe_extension.frames import MAXIMUM_ANSWER_BYTES, MAXIMUM_REQUEST_BYTES, FrameError, receive_frame, send_frame
from spiffe_extension.svid_answer import FAILED, error_bytes, svid_bytes

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from spiffe_extension.client import SvidVerifier

# A function has one connection; a second one at the most while it gives the first up.
MAXIMUM_CONNECTIONS = 8
MESSAGE_SECONDS = 1.0
ACCEPT_PAUSE_SECONDS = 0.02
OWNER_ONLY = 0o177  # as a mask: the socket's mode is 0600


class SocketServer:
    """See the module. Listens from `start` to `stop`."""

    def __init__(self, path: str, verifier: SvidVerifier, *, failed: Callable[[BaseException], None]) -> None:
        """Take the socket's path, and who verifies; `failed` gets what the verifier must not raise."""
        self._path = path
        self._verifier = verifier
        self._failed = failed
        self._places = threading.BoundedSemaphore(MAXIMUM_CONNECTIONS)
        self._socket: socket.socket | None = None

    def start(self) -> None:
        """Listen; raises OSError. What a process that was ended left at the path is removed."""
        with contextlib.suppress(FileNotFoundError):
            os.unlink(self._path)  # noqa: PTH108 -- `pathlib` costs memory and start-up
        listening = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        before = os.umask(OWNER_ONLY)  # not `chmod` afterwards: nobody else may connect in between
        try:
            listening.bind(self._path)
        finally:
            os.umask(before)
        listening.listen(MAXIMUM_CONNECTIONS)
        self._socket = listening
        threading.Thread(target=self._accept, args=(listening,), daemon=True, name="accept").start()

    def stop(self) -> None:
        """Listen no more. Connections end with the process."""
        listening, self._socket = self._socket, None
        if listening is not None:
            with contextlib.suppress(FileNotFoundError):
                os.unlink(self._path)  # noqa: PTH108 -- as above
            with contextlib.suppress(OSError):
                listening.shutdown(socket.SHUT_RDWR)  # wakes the thread that accepts
            listening.close()

    def _accept(self, listening: socket.socket) -> None:
        while self._socket is listening:
            try:
                connection, _ = listening.accept()
            except OSError:
                # Stopped, or the other side was gone before it was accepted; or, for a while, there are no descriptors.
                time.sleep(ACCEPT_PAUSE_SECONDS)
                continue
            if not self._places.acquire(blocking=False):
                connection.close()
                continue
            threading.Thread(target=self._serve, args=(connection,), daemon=True, name="verify").start()

    def _serve(self, connection: socket.socket) -> None:
        try:
            with connection, contextlib.suppress(OSError, FrameError):
                while True:
                    token = receive_frame(
                        connection, maximum_bytes=MAXIMUM_REQUEST_BYTES, seconds=MESSAGE_SECONDS, wait=True
                    )
                    if token is None:
                        return
                    send_frame(connection, self._answer(token))
        finally:
            self._places.release()

    def _answer(self, token: bytes) -> bytes:
        try:
            answer = svid_bytes(self._verifier.verify(token.decode("ascii", "replace")))
        except (JwtError, KeySetError) as error:
            return error_bytes(error)
        except Exception as error:  # noqa: BLE001 -- a mistake in here must not let a caller wait, nor in
            self._failed(error)
            return FAILED
        # An answer that the client would not read is none: it verifies itself then.
        return answer if len(answer) <= MAXIMUM_ANSWER_BYTES else FAILED
