"""The engine's place in the per-user cache: found there, or put there once, whole or not at all.

A kernel lock keeps a second process from preparing the same engine; it waits and then finds the first one's. An engine
is prepared in a scratch folder and renamed into place, so an interruption at any moment leaves nothing half-made; what
a killed process left is removed by the next. It deliberately does not know how an engine is made.
"""

import contextlib
import errno
import json
import os
import shutil
import tempfile
from collections.abc import Callable, Generator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

from sandbox.engine.release import ENGINE_VERSION, EXECUTOR, LANGUAGE_HOST, Engine, Platform
from sandbox.errors import SandboxError
from sandbox.locks import locked

PROGRESS_SECONDS = 10.0
RECORD = "engine.json"

Progress = Callable[[str], object]


@dataclass(frozen=True, kw_only=True)
class EngineStore:
    """`<cache>/engine/<version>-<system>-<machine>/`, holding the executables and a record of where they came from."""

    cache: Path
    platform: Platform

    @property
    def name(self) -> str:
        """The folder's name, for example `3.255.0-linux-x86_64`."""
        return f"{ENGINE_VERSION}-{self.platform}"

    @property
    def directory(self) -> Path:
        """Where a finished engine is."""
        return self.cache / "engine" / self.name

    @property
    def build_log(self) -> Path:
        """What the last build printed; kept when it fails."""
        return self.cache / "engine" / f"{self.name}.build.log"

    def find(self) -> Engine | None:
        """The finished engine, or None."""
        executable = self.directory / "pulumi"
        needed = (executable, self.directory / LANGUAGE_HOST, self.directory / EXECUTOR)
        if not all(os.access(path, os.X_OK) for path in needed):
            return None
        try:
            record: object = json.loads((self.directory / RECORD).read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return None
        if not isinstance(record, dict):
            return None
        return Engine(
            executable=executable,
            version=ENGINE_VERSION,
            built=bool(cast("dict[str, Any]", record).get("built")),
            search_path=(self.directory,),
        )

    def find_or_make(self, make: Callable[[Path, int], bool], progress: Progress) -> Engine:
        """The finished engine, made now if there is none.

        `make` fills an empty folder, is given the lock's file descriptor for a child that must keep it should this
        process be killed, and answers whether it built (True) or fetched (False) the engine. Raises `SandboxError`.
        """
        with full_disk_explained(self.cache):
            found = self.find()
            if found is not None:
                return found
            home = self.cache / "engine"
            home.mkdir(parents=True, exist_ok=True)
            with locked(home / f".{self.name}.lock", waiting=waiting_report(progress)) as lock:
                found = self.find()
                if found is None:
                    self._make(make, lock.fileno(), home)
                    found = self.find()
        if found is None:
            raise SandboxError(f"The engine in {self.directory} is not complete: delete that folder and try again.")
        return found

    def _make(self, make: Callable[[Path, int], bool], lock: int, home: Path) -> None:
        prefix = f".{self.name}.partial-"
        for stale in home.glob(f"{prefix}*"):  # the lock is ours, so whoever made these is gone
            shutil.rmtree(stale)
        scratch = Path(tempfile.mkdtemp(prefix=prefix, dir=home))
        try:
            built = make(scratch, lock)
            record = {"version": ENGINE_VERSION, "platform": str(self.platform), "built": built}
            (scratch / RECORD).write_text(json.dumps(record) + "\n", encoding="utf-8")
            scratch.chmod(0o755)
            if self.directory.exists():  # incomplete, or `find` would have taken it
                shutil.rmtree(self.directory)
            scratch.rename(self.directory)
        finally:
            shutil.rmtree(scratch, ignore_errors=True)


def waiting_report(progress: Progress) -> Callable[[float], None]:
    """For `locked`: says at once, and then every few seconds, that another process is at work."""
    next_report = 0.0

    def waiting(seconds: float) -> None:
        nonlocal next_report
        if seconds >= next_report:
            progress(f"Another process is preparing the engine; waiting for it ({seconds:.0f} s) ...")
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
