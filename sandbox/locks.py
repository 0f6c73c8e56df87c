"""File locks. The kernel drops them when their process ends, however it ends.

One loop waits for all of them; whoever waits says what waiting means: it may report, and it gives up by raising.
"""

import errno
import fcntl
import time
from collections.abc import Callable, Generator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from sandbox.errors import SandboxError

POLL_SECONDS = 0.05


def try_lock(path: Path) -> IO[str] | None:
    """The locked file, to be kept open as long as the lock is wanted; `None` when another process has it."""
    stream = path.open("a", encoding="utf-8")
    try:
        fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        stream.close()
        if error.errno in (errno.EWOULDBLOCK, errno.EACCES):
            return None
        raise
    return stream


@contextmanager
def locked(path: Path, *, waiting: Callable[[float], object]) -> Generator[IO[str]]:
    """Holds the lock. While another process has it, `waiting` is called with the seconds so far; what it raises ends
    the wait."""
    started = time.monotonic()
    while (stream := try_lock(path)) is None:
        waiting(time.monotonic() - started)
        time.sleep(POLL_SECONDS)
    with stream:
        yield stream


def at_most(patience: float, what: str) -> Callable[[float], None]:
    """For `locked`: raises `SandboxError` that says `what` has the lock, after `patience` seconds."""

    def waiting(seconds: float) -> None:
        if seconds > patience:
            raise SandboxError(f"{what} for more than {patience:.0f} s; wait for it or end it, then run this again")

    return waiting
