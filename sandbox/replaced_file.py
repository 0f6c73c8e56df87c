"""Files that are replaced at once: whoever reads finds the old content or the new, never a part.

Deliberately for small files with one writer at a time: each has one scratch file beside it.
"""

import contextlib
import os
from pathlib import Path


def replace_file(path: Path, content: bytes, *, durable: bool = True) -> None:
    """Puts `content` in place of the file at once or not at all, readable by its owner only. Raises `OSError`.

    `durable`: it is on the disk when this returns. What says something of running processes need not be.
    """
    temporary = path.with_name(f"{path.name}.saving")
    try:
        descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "wb") as stream:
            stream.write(content)
            stream.flush()
            if durable:
                os.fsync(stream.fileno())
        temporary.replace(path)
    except OSError:
        with contextlib.suppress(OSError):  # the first error is the one to tell
            temporary.unlink(missing_ok=True)
        raise
