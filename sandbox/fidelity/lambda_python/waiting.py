"""Waits for what happens, where the emulator looks ten times a second whether it has.

Each execution environment has a server for the Lambda Runtime API and a function that has asked it for its next
invocation. With the thirty environments of a deployed program, looking cost an idle sandbox a tenth of a core. What is
served and how is the emulator's; nothing here answers a request.
"""

import contextlib
import queue
import selectors
import socket
import threading
from typing import Any, Final

STOP_SECONDS: Final = 2.0
"""How long stopping a server waits for the request that it is accepting."""
LOOK_SECONDS: Final = 60.0
"""After this long, who waits for an invocation looks whether its environment is still the one."""

_ENDED: Final = object()


def serve_without_polling(server: Any) -> None:
    """Gives a server of `socketserver`, before it serves, a `serve_forever` that sleeps until there is a connection.

    Its `shutdown` wakes it. The module's own loop looks at intervals only (its source says so, and wishes for this).
    """
    asleep, waking = socket.socketpair()
    stopping, ended = threading.Event(), threading.Event()

    def serve_forever(poll_interval: float = 0.0) -> None:
        del poll_interval
        try:
            with selectors.DefaultSelector() as selector:
                selector.register(server, selectors.EVENT_READ)
                selector.register(asleep, selectors.EVENT_READ)
                while not stopping.is_set():
                    ready = [key.fileobj for key, _ in selector.select()]
                    if server in ready and not stopping.is_set():
                        server._handle_request_noblock()
        finally:
            ended.set()

    def shutdown() -> None:
        if not stopping.is_set():
            stopping.set()
            waking.send(b"\0")
            ended.wait(STOP_SECONDS)
            asleep.close()
            waking.close()

    server.serve_forever, server.shutdown = serve_forever, shutdown


class NextInvocation:
    """The queue of an environment's invocations as its server waits for one."""

    def __init__(self, pending: queue.Queue[Any]) -> None:
        self._pending = pending

    def get(self, timeout: float) -> Any:
        """The next invocation. Raises `queue.Empty` when the environment ends, or after `LOOK_SECONDS`."""
        del timeout
        found = self._pending.get(timeout=LOOK_SECONDS)
        if found is _ENDED:
            raise queue.Empty
        return found


def end_waiting(pending: queue.Queue[Any]) -> None:
    """Wakes who waits for an invocation of an environment that has ended."""
    with contextlib.suppress(queue.Full):  # then it is awake
        pending.put_nowait(_ENDED)
