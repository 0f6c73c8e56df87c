"""A folder of the per-user cache that takes minutes to make: made once, whole or not at all, and told while it is made.

A kernel lock keeps a second process from making the same folder; it says that it waits, and then finds the first one's.
The folder is made in a scratch place and renamed, so an interruption at any moment leaves nothing half-made; what a
killed process left is removed by the next. Deliberately does not know what is in it: whether it is complete, and how it
is made, are told. `sandbox.cached_folder` is for what takes seconds.
"""

import contextlib
import errno
import shutil
import tempfile
from collections.abc import Callable, Generator
from dataclasses import dataclass
from pathlib import Path

from sandbox.errors import SandboxError
from sandbox.locks import locked

PROGRESS_SECONDS = 10.0

Progress = Callable[[str], object]


@dataclass(frozen=True, kw_only=True)
class PreparedFolder:
    """`directory`, which holds `what` ("the engine", in messages) once `is_complete` says so."""

    directory: Path
    what: str
    is_complete: Callable[[], bool]

    def ensure(self, make: Callable[[Path, int], object], progress: Progress) -> None:
        """Has it made now if it is not complete.

        `make` fills an empty folder and is given the lock's file descriptor, for a child that must keep the lock should
        this process be killed. Raises `SandboxError`.
        """
        home, name = self.directory.parent, self.directory.name
        with full_disk_explained(home):
            if self.is_complete():
                return
            home.mkdir(parents=True, exist_ok=True)
            with locked(home / f".{name}.lock", waiting=waiting_report(self.what, progress)) as lock:
                if not self.is_complete():
                    self._make(make, lock.fileno())
                if not self.is_complete():
                    raise SandboxError(f"{self.directory} is not complete: delete that folder and try again.")

    def _make(self, make: Callable[[Path, int], object], lock: int) -> None:
        home = self.directory.parent
        prefix = f".{self.directory.name}.partial-"
        for stale in home.glob(f"{prefix}*"):  # the lock is ours, so whoever made these is gone
            shutil.rmtree(stale)
        scratch = Path(tempfile.mkdtemp(prefix=prefix, dir=home))
        try:
            make(scratch, lock)
            scratch.chmod(0o755)
            if self.directory.exists():  # incomplete, or it would have been taken
                shutil.rmtree(self.directory)
            scratch.rename(self.directory)
        finally:
            shutil.rmtree(scratch, ignore_errors=True)


def waiting_report(what: str, progress: Progress) -> Callable[[float], None]:
    """For `locked`: says at once, and then every few seconds, that another process is at work."""
    next_report = 0.0

    def waiting(seconds: float) -> None:
        nonlocal next_report
        if seconds >= next_report:
            progress(f"Another process is preparing {what}; waiting for it ({seconds:.0f} s) ...")
            next_report = seconds + PROGRESS_SECONDS

    return waiting


def disk_full(place: Path) -> SandboxError:
    """The one line for a full disk."""
    return SandboxError(f"The disk that holds {place} is full: free about 3 GB there, then run the same command again.")


@contextlib.contextmanager
def full_disk_explained(place: Path) -> Generator[None, None, None]:
    """Turns "no space left on device" into one line that says where."""
    try:
        yield
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            raise disk_full(place) from error
        raise
