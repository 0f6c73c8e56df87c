"""Waiting for other processes, bounded, without a guess at how long they take."""

import subprocess
import time
from collections.abc import Callable
from pathlib import Path

PATIENCE_SECONDS = 120.0


def is_running(pid: int) -> bool:
    """Whether the process runs; one that has ended and was not waited for does not."""
    state = subprocess.run(["ps", "-o", "stat=", "-p", str(pid)], capture_output=True, text=True, check=False).stdout
    return bool(state.strip()) and not state.startswith("Z")


def wait_until(happened: Callable[[], bool], what: str) -> None:
    """Waits until something happened; fails, naming it, when it does not."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not happened():
        assert time.monotonic() < deadline, f"{what} did not happen within {PATIENCE_SECONDS:.0f} s"
        time.sleep(0.02)


def wait_for(path: Path) -> None:
    """Waits until a file exists."""
    wait_until(path.exists, f"the writing of {path}")


def wait_until_gone(pid: int) -> None:
    """Waits until a process has ended."""
    wait_until(lambda: not is_running(pid), f"the end of process {pid}")
