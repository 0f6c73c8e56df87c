"""Runs the engine in the foreground and lets it end in order when the user interrupts.

The engine cancels gracefully on the first SIGINT or SIGTERM and gives up at once on the second, so each interruption
must reach it exactly once. On a terminal, Ctrl-C goes to every process in the foreground: the engine has it already,
and this process only has to live on until the engine ends. Without a terminal the engine gets a process group of its
own and is handed what this process receives.
"""

import contextlib
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Generator, Mapping, Sequence
from pathlib import Path
from types import FrameType


def run_in_foreground(command: Sequence[str], *, environment: Mapping[str, str], directory: Path) -> int:
    """Runs the command with this process's input and output; its exit code, or 128 + the signal that ended it."""
    terminal = sys.stdin is not None and sys.stdin.isatty()
    with _forwarding(on_terminal=terminal) as started:
        process = subprocess.Popen(
            command,
            env=environment,
            cwd=directory,
            stdin=None if terminal else subprocess.DEVNULL,
            process_group=None if terminal else 0,
        )
        started(process)
        code = process.wait()
    return code if code >= 0 else 128 - code


class _Forwarder:
    """Hands signals to the process, also those that arrive while it is being started."""

    def __init__(self, *, on_terminal: bool) -> None:
        self._on_terminal = on_terminal
        self._process: subprocess.Popen[bytes] | None = None
        self._early: list[int] = []

    def started(self, process: subprocess.Popen[bytes]) -> None:
        self._process = process
        for number in self._early:
            process.send_signal(number)

    def handle(self, number: int, _frame: FrameType | None) -> None:
        if number == signal.SIGINT and self._on_terminal:
            return
        if self._process is None:
            self._early.append(number)
        else:
            self._process.send_signal(number)


@contextlib.contextmanager
def _forwarding(*, on_terminal: bool) -> Generator[Callable[[subprocess.Popen[bytes]], None], None, None]:
    forwarder = _Forwarder(on_terminal=on_terminal)
    if threading.current_thread() is not threading.main_thread():  # Python handles signals in the main thread only
        yield forwarder.started
        return
    previous = {kind: signal.signal(kind, forwarder.handle) for kind in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield forwarder.started
    finally:
        for kind, handler in previous.items():
            signal.signal(kind, handler)
