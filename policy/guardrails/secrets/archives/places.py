"""Where a path of the program is, seen from the policy pack, which runs in its own folder.

The engine hands paths of assets over as the program wrote them: absolute, or relative to the program's folder, which it
tells to no pack. It starts the pack in a process below its own, whose working directory is that folder; where a machine
does not show it (there is no `/proc`), the folder that the command was called in is taken (`PWD`). A setting overrides
both. A path that is in none of these folders is not guessed.
"""

# A path for every file of every function: pathlib takes several times as long.
# ruff: noqa: PTH115, PTH116, PTH117, PTH118

import contextlib
import os
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache


@dataclass(frozen=True, slots=True)
class Place:
    """A file or folder that is there: its absolute path, and what the system says of it, links followed."""

    path: str
    state: os.stat_result


def located(path: str, program_folder: str) -> Place | None:
    """Where the path leads, `None` where nothing is. `program_folder` is the setting; empty where there is none."""
    folders = ("",) if os.path.isabs(path) else (program_folder,) if program_folder else _folders()
    for folder in folders:
        wanted = os.path.join(folder, path)
        with contextlib.suppress(OSError, ValueError):
            return Place(wanted, os.stat(wanted))
    return None


@cache
def _folders() -> tuple[str, ...]:
    return tuple(_candidates())


def _candidates() -> Iterator[str]:
    # Without that file system, or where the process is another user's, PWD is left.
    with contextlib.suppress(OSError):
        yield os.readlink(f"/proc/{os.getppid()}/cwd")
    called_in = os.environ.get("PWD", "")
    if os.path.isabs(called_in):
        yield called_in
