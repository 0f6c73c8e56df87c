"""Keeps the log file within limits. It is the process's standard error, so it is emptied in place, not renamed."""

import os
import shutil
from pathlib import Path

LOG_FILE = "sandbox.log"
MOST_BYTES = 8 * 1024 * 1024


def log_path(state_directory: Path) -> Path:
    """The log of the sandbox process; the part before the last trimming is beside it with the ending `.1`."""
    return state_directory / LOG_FILE


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
