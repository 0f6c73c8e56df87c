"""Reads what a function writes, completely and without waiting for more than it wrote.

The emulator collects a function's output by waiting: 50 ms for a first line, then until none came for a while. That
makes silent functions slow, and a busy machine can cut lines off. AWS's runtime interface client flushes every write
before it reports the result, so when the result is here, all output is in the pipe: taking what is in the pipe is both
complete and immediate.
"""

import fcntl
import io
import select
import struct
import termios
import threading
from collections import deque

MOST_LINES = 10_000
CHUNK = 65536


class OutputReader:
    """Keeps the pipe empty on its own thread (`run`), and gives the lines that came so far (`drain`)."""

    def __init__(self, pipe: io.FileIO) -> None:
        self._pipe = pipe
        self._lines: deque[str] = deque(maxlen=MOST_LINES)
        self._partial = b""
        # Held while bytes are on their way from the pipe into the lines, and while the pipe is closed.
        self._moving = threading.Lock()

    def run(self) -> None:
        """Reads until the function's process and all its children have closed the pipe."""
        poll = select.poll()
        poll.register(self._pipe, select.POLLIN)
        while True:
            poll.poll()
            with self._moving:
                if not poll.poll(0):
                    continue  # `drain` took it meanwhile; a read would now wait, and with it everyone who drains
                if not self._read(CHUNK):
                    self._take(b"\n" if self._partial else b"")
                    self._pipe.close()
                    return

    def drain(self) -> str:
        """All complete lines that were written before this call; they are given once."""
        with self._moving:
            if not self._pipe.closed and (waiting := waiting_bytes(self._pipe)):
                self._read(waiting)  # the other thread may not have come to it yet
            lines = list(self._lines)
            self._lines.clear()
            return "\n".join(lines)

    def _read(self, most: int) -> bool:
        """Takes what is in the pipe now; false at its end (the caller knows that there is something, or an end)."""
        chunk = self._pipe.read(most) or b""
        self._take(chunk)
        return bool(chunk)

    def _take(self, chunk: bytes) -> None:
        *complete, self._partial = (self._partial + chunk).split(b"\n")
        self._lines.extend(line.decode("utf-8", errors="replace").rstrip("\r") for line in complete)


def waiting_bytes(pipe: io.FileIO) -> int:
    """How many bytes can be read without waiting (ioctl FIONREAD)."""
    answer = fcntl.ioctl(pipe, termios.FIONREAD, b"\0" * 4)
    return int(struct.unpack("i", answer)[0])
