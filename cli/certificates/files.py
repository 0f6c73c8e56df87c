"""Files that commands read and write: bounded, never written over, never half written."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

from cli.errors import CliError

MAXIMUM_BYTES = 20_000_000


def read_file(path: Path, *, what: str) -> bytes:
    """Return a file's content; raises `CliError`."""
    try:
        with path.open("rb") as file:
            content = file.read(MAXIMUM_BYTES + 1)
    except OSError as error:
        raise CliError(f"cannot read {what} {path}: {error.strerror or type(error).__name__}") from None
    if len(content) > MAXIMUM_BYTES:
        raise CliError(f"{what} {path} has more than {MAXIMUM_BYTES} bytes")
    return content


def check_new(path: Path | None, *, what: str) -> None:
    """Raise `CliError` where a new file cannot be written, before anything else is done."""
    if path is None:
        return
    if path.exists():
        raise CliError(f"{path} exists, and {what} is not written over it: name another file")
    if not path.parent.is_dir() or not os.access(path.parent, os.W_OK):
        raise CliError(f"cannot write {what} to {path}: {path.parent} is no folder that can be written to")


def write_whole(path: Path, text: str, *, what: str) -> None:
    """Write a file or replace it, whole or not at all; raises `CliError`."""
    temporary = ""
    try:
        handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
        with os.fdopen(handle, "w", encoding="ascii") as file:
            file.write(text)
        Path(temporary).chmod(0o644)  # certificates are public
        Path(temporary).replace(path)
    except OSError as error:
        if temporary:
            Path(temporary).unlink(missing_ok=True)
        raise CliError(f"cannot write {what} to {path}: {error.strerror or type(error).__name__}") from None
