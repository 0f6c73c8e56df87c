"""Tells one process from another, and ends what a killed sandbox process left running. A clean stop leaves nothing.

Whoever starts a process inside the sandbox notes it in a file below the temporary folder; a function's process normally
ends by itself when the sandbox is gone, but one that computes for ever does not. Deliberately Linux and macOS only.
"""

import contextlib
import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any, cast

from sandbox.replaced_file import replace_file

NOTE_NAME = "process.json"


def process_started(pid: int) -> str | None:
    """When the process started, in a form that only compares equal for the same process; `None` when there is none.

    A process that has ended but was not collected by its parent yet (a zombie) counts as none.
    """
    if sys.platform == "linux":
        try:
            stat = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace")
            boot = Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip()
        except (FileNotFoundError, ProcessLookupError):
            return None
        # proc(5): the second field is the name in parentheses and may hold anything; 3 is the state, 22 the start.
        rest = stat.rpartition(")")[2].split()
        return None if rest[0] in "ZX" else f"{boot}:{rest[19]}"
    answer = subprocess.run(
        ["ps", "-o", "state=,lstart=", "-p", str(pid)], capture_output=True, text=True, check=False, timeout=10
    )
    state, _, started = answer.stdout.strip().partition(" ")
    return None if not started or state.startswith("Z") else started.strip()


def note_process(folder: Path, pid: int) -> None:
    """Notes a process in its own folder, to be removed with it; readers find all of it or none. Raises `OSError`."""
    replace_file(folder / NOTE_NAME, json.dumps([pid, process_started(pid)]).encode(), durable=False)


def end_leftovers(temporary: Path) -> int:
    """Ends the noted processes below `temporary` that still run, and answers how many.

    Only while no sandbox process serves the folder: it cannot tell living functions from left ones.
    """
    ended = 0
    for note in temporary.glob(f"*/{NOTE_NAME}"):
        try:
            pid, started = cast(list[Any], json.loads(note.read_text(encoding="utf-8")))
        except (OSError, ValueError):
            continue  # gone meanwhile, or damaged: nobody is told by it
        if started is not None and process_started(pid) == started:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
            ended += 1
    return ended
