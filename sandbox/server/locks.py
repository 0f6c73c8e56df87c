"""File locks of a state folder. The kernel drops them when their process ends, however it ends."""

import errno
import fcntl
import time
from collections.abc import Generator
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
def locked(path: Path, *, patience: float, what: str) -> Generator[None]:
    """Holds the lock, waiting for it at most `patience` seconds. Raises `SandboxError` that says `what` has it."""
    give_up = time.monotonic() + patience
    while (stream := try_lock(path)) is None:
        if time.monotonic() > give_up:
            raise SandboxError(f"{what} for more than {patience:.0f} s; wait for it or end it, then run this again")
        time.sleep(POLL_SECONDS)
    with stream:
        yield
