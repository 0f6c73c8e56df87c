"""The processes that the language host started and has to end when it is told to.

They stay in the host's own process group, which the engine signals as a whole: killing the host leaves no orphans.
"""

import subprocess
import threading
from collections.abc import Mapping, Sequence
from pathlib import Path


class Children:
    """Starts processes and knows those that have not been waited for."""

    def __init__(self) -> None:
        self._guard = threading.Lock()
        self._running: set[subprocess.Popen[bytes]] = set()
        self._ending = False

    def start(
        self, command: Sequence[str], *, environment: Mapping[str, str], directory: Path | None, capture: bool
    ) -> subprocess.Popen[bytes]:
        """Starts a process, with pipes for its output or with the host's own; raises `OSError` when it cannot run."""
        output = subprocess.PIPE if capture else None
        with self._guard:
            if self._ending:
                raise InterruptedError("the language host is ending")
            process = subprocess.Popen(
                command, env=environment, cwd=directory, stdin=subprocess.DEVNULL, stdout=output, stderr=output
            )
            self._running.add(process)
        return process

    def wait(self, process: subprocess.Popen[bytes]) -> int:
        """The exit code; below zero, a signal's number."""
        code = process.wait()
        with self._guard:
            self._running.discard(process)
        return code

    def terminate_all(self) -> None:
        """Ends what runs, and starts nothing any more."""
        with self._guard:
            self._ending = True
            for process in self._running:
                process.terminate()
