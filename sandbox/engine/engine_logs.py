"""Keeps the engine from writing its debug log, which costs more than half of its processor time.

Pulumi 3.255 logs every message of every command at debug level, compressed and encrypted, below `PULUMI_HOME/logs`
(pkg/logging/encrypted.go), and has no switch for it. Where it cannot make that folder it does without, so a file stands
in its place. What went wrong is still said on the terminal; `-v` and `--logtostderr` still log.
"""

import shutil
from pathlib import Path


def without_logs(pulumi_home: Path) -> None:
    """Puts the file there, in the place of a folder with logs. Raises `OSError`."""
    place = pulumi_home / "logs"
    if place.is_file():
        return
    pulumi_home.mkdir(parents=True, exist_ok=True)
    shutil.rmtree(place, ignore_errors=True)
    place.touch()
