"""A folder of the per-user cache that is made once, whole, by whichever process comes first.

Deliberately waits in silence for a process that makes it; what reports while it waits uses `sandbox.locks`.
"""

import fcntl
import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path


def made_once(home: Path, make: Callable[[Path], object]) -> Path:
    """`home`; where it does not exist, `make` fills a scratch folder beside it that then takes its place.

    What `make` raises is passed on and leaves nothing. Raises `OSError` when the cache cannot be written.
    """
    if home.is_dir():
        return home
    homes = home.parent
    homes.mkdir(parents=True, exist_ok=True)
    with (homes / ".lock").open("w", encoding="utf-8") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if home.is_dir():
            return home
        scratch = Path(tempfile.mkdtemp(dir=homes))
        try:
            make(scratch)
            scratch.rename(home)
        finally:
            shutil.rmtree(scratch, ignore_errors=True)
    return home
