"""Keeps the log file within limits. It is the process's standard error, so it is emptied in place, not renamed."""

import os
import shutil
from pathlib import Path

LOG_FILE = "sandbox.log"
MOST_BYTES = 8 * 1024 * 1024
TAIL_BYTES = 4096


def log_path(state_directory: Path) -> Path:
    """The log of the sandbox process; the part before the last trimming is beside it with the ending `.1`."""
    return state_directory / LOG_FILE


def last_line(path: Path) -> str:
    """The last line of the file's end that is not empty: where a process died, what it died of. Raises `OSError`."""
    with path.open("rb") as stream:
        stream.seek(max(0, path.stat().st_size - TAIL_BYTES))
        lines = stream.read().decode("utf-8", errors="replace").split("\n")
    return next((line.strip() for line in reversed(lines) if line.strip()), "it wrote nothing")


def trim_log(state_directory: Path, *, most_bytes: int = MOST_BYTES) -> bool:
    """Moves the content to `sandbox.log.1` when there is more than `most_bytes`; answers whether it did.

    Every writer has the file open for appending, so writing goes on at its new end. Raises `OSError`.
    """
    path = log_path(state_directory)
    try:
        if path.stat().st_size <= most_bytes:
            return False
    except FileNotFoundError:
        return False
    shutil.copyfile(path, path.with_name(f"{LOG_FILE}.1"))
    os.truncate(path, 0)
    return True
