"""One external extension: a process in a group of its own, what it writes, and its end. Deliberately no protocol."""

import contextlib
import errno
import io
import os
import shutil
import signal
import subprocess
import tempfile
import threading
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import cast

from sandbox.fidelity.lambda_python.output import OutputReader
from sandbox.processes import note_process

# While another thread starts a process, that holds for a moment what this one has just written: ETXTBSY.
BUSY_TRIES, BUSY_SECONDS = 20, 0.02
COLLECT_SECONDS = 5.0


class ExtensionProcess:
    """A started extension. `ended` is called on a thread of this, with how the process ended."""

    def __init__(self, executable: Path, variables: Mapping[str, str], ended: Callable[[str], None]) -> None:
        """Starts it; raises `OSError` when the system cannot execute the file."""
        self.name = executable.name
        # Its working folder holds the note by which a later sandbox finds a process that was left running.
        self._folder = Path(tempfile.mkdtemp(prefix="lambda-extension-"))
        try:
            self._process = _started(executable, variables, self._folder)
            note_process(self._folder, self._process.pid)
        except OSError:
            shutil.rmtree(self._folder, ignore_errors=True)
            raise
        if self._process.stdout is None:
            raise RuntimeError("the process was started with a pipe")
        self._reader = OutputReader(cast(io.FileIO, self._process.stdout))  # unbuffered, see `_started`
        threading.Thread(target=self._reader.run, daemon=True, name=f"extension-log-{self.name}").start()
        self._watcher = threading.Thread(target=self._watch, args=(ended,), daemon=True, name=f"extension-{self.name}")
        self._watcher.start()

    def output(self) -> str:
        """Its lines since the last call."""
        return self._reader.drain()

    def wait(self, seconds: float) -> bool:
        """Whether it has ended, within so many seconds."""
        self._watcher.join(seconds)
        return not self._watcher.is_alive()

    def kill(self) -> None:
        """Ends it, and what it has started, and waits until it is gone."""
        if self._process.returncode is None:  # else its number may be another's by now
            _kill_group(self._process.pid)
        self.wait(COLLECT_SECONDS)
        shutil.rmtree(self._folder, ignore_errors=True)

    def _watch(self, ended: Callable[[str], None]) -> None:
        if hasattr(os, "waitid"):
            # Not collected yet, so its number still names its group: what it has started ends with it, as on AWS.
            os.waitid(os.P_PID, self._process.pid, os.WEXITED | os.WNOWAIT)
            _kill_group(self._process.pid)
        code = self._process.wait()
        if code < 0:
            ended(f"signal: {signal.strsignal(-code)}".lower())
        else:
            ended(f"exit status {code}" if code else "exit code 0")


def _kill_group(leader: int) -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):  # all have ended; macOS says so with the second
        os.killpg(leader, signal.SIGKILL)


def _started(executable: Path, variables: Mapping[str, str], folder: Path) -> subprocess.Popen[bytes]:
    for attempt in range(BUSY_TRIES):
        try:
            return subprocess.Popen(
                [executable],
                cwd=folder,
                env=dict(variables),
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                bufsize=0,
            )
        except OSError as error:
            if error.errno != errno.ETXTBSY or attempt == BUSY_TRIES - 1:
                raise
            time.sleep(BUSY_SECONDS)
    raise RuntimeError("the loop ends with a process or an error")
