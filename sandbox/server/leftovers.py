"""Ends what a killed sandbox process left running. A clean stop leaves nothing.

Whoever starts a process inside the sandbox notes it in a file below the temporary folder; a function's process normally
ends by itself when the sandbox is gone, but one that computes for ever does not.
"""

import contextlib
import json
import os
import shutil
import signal
from pathlib import Path
from typing import Any, cast

from sandbox.server.identity import process_started

NOTE_NAME = "process.json"


def note_process(folder: Path, pid: int) -> None:
    """Notes a process in its own folder, to be removed with it. Raises `OSError`."""
    (folder / NOTE_NAME).write_text(json.dumps([pid, process_started(pid)]), encoding="utf-8")


def end_leftovers(temporary: Path) -> int:
    """Ends the noted processes below `temporary` that still run, and answers how many.

    Only while no sandbox process serves the folder: it cannot tell living functions from left ones.
    """
    ended = 0
    for note in temporary.glob(f"*/{NOTE_NAME}"):
        try:
            pid, started = cast(list[Any], json.loads(note.read_text(encoding="utf-8")))
        except (OSError, ValueError):
            continue  # written only in part: its writer was killed before the function had started
        if started is not None and process_started(pid) == started:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
            ended += 1
    return ended


def empty(temporary: Path) -> None:
    """Makes the temporary folder anew, without what an earlier process left in it. Raises `OSError`."""
    with contextlib.suppress(FileNotFoundError):
        shutil.rmtree(temporary)
    temporary.mkdir(parents=True, mode=0o700)
