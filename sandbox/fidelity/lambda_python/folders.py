"""The folders of one execution environment: what stands for `/var/task`, `/opt`, `/var/lang/bin` and the program that
AWS starts.

Layers are laid over each other in their order into one folder, as AWS does below `/opt`, with their file modes.
Deliberately not at AWS's absolute paths: that takes root. The code itself is unpacked once per archive by the emulator
and shared by the environments of the same code, as AWS's `/var/task` is read-only.
"""

import io
import shlex
import shutil
import tempfile
import zipfile
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from sandbox.lambda_runtime.interpreters import Interpreter

PREFIX = "python-worker-"


@dataclass(frozen=True, kw_only=True)
class ExecutionFolders:
    """`root` holds all the others but `task_root`, and is removed with the environment."""

    root: Path
    task_root: Path
    layers: Path
    home: Path
    interpreter: Path


def make_folders(task_root: Path, layer_archives: Iterable[bytes], interpreter: Interpreter) -> ExecutionFolders:
    """Makes the folders below the process's temporary folder. Raises `zipfile.BadZipFile` for a damaged layer."""
    root = Path(tempfile.mkdtemp(prefix=PREFIX))
    folders = ExecutionFolders(
        root=root, task_root=task_root, layers=root / "opt", home=root / "home", interpreter=root / "lang" / "bin"
    )
    try:
        folders.interpreter.mkdir(parents=True)
        for name in ("python3", f"python3.{interpreter.minor}"):
            (folders.interpreter / name).symlink_to(interpreter.executable)
        folders.layers.mkdir()
        folders.home.mkdir()
        for archive in layer_archives:
            unpack(archive, folders.layers)
    except BaseException:
        shutil.rmtree(root, ignore_errors=True)
        raise
    return folders


def unpack(archive: bytes, target: Path) -> None:
    """Unpacks with file modes (`zipfile` forgets them; it does keep every entry below `target`)."""
    with zipfile.ZipFile(io.BytesIO(archive)) as opened:
        for entry in opened.infolist():
            path = Path(opened.extract(entry, target))
            mode = (entry.external_attr >> 16) & 0o777
            if mode and not entry.is_dir():
                path.chmod(mode)


def write_bootstrap(folders: ExecutionFolders, command: Sequence[str]) -> None:
    """Writes the program that the emulator starts: `command`, in place of the shell that reads this."""
    bootstrap = folders.root / "bootstrap"
    bootstrap.write_text(f"#!/bin/sh\nexec {shlex.join(command)}\n", encoding="utf-8")
    bootstrap.chmod(0o700)
