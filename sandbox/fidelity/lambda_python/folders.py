"""The folders of one execution environment: what stands for `/var/task`, `/opt`, `/var/lang/bin` and the program that
AWS starts.

Layers are laid over each other in their order into one folder, as AWS does below `/opt`, with their file modes.
Deliberately not at AWS's absolute paths: that takes root. The code itself is unpacked once per archive by the emulator
and shared by the environments of the same code, as AWS's `/var/task` is read-only; so are the same layers, because
`/opt` is, too. Deliberately nothing keeps a function from writing there.
"""

import hashlib
import io
import shlex
import shutil
import tempfile
import threading
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from sandbox.lambda_runtime.interpreters import Interpreter

PREFIX = "python-worker-"
LAYERS_PREFIX = "python-layers-"
_unpacking = threading.Lock()


@dataclass(frozen=True, kw_only=True)
class ExecutionFolders:
    """`root` holds all the others but `task_root` and `layers`, and is removed with the environment."""

    root: Path
    task_root: Path
    layers: Path
    home: Path
    interpreter: Path


def make_folders(task_root: Path, layer_archives: Sequence[bytes], interpreter: Interpreter) -> ExecutionFolders:
    """Makes the folders below the process's temporary folder. Raises `zipfile.BadZipFile` for a damaged layer."""
    layers = unpacked_layers(layer_archives)
    root = Path(tempfile.mkdtemp(prefix=PREFIX))
    folders = ExecutionFolders(
        root=root, task_root=task_root, layers=layers, home=root / "home", interpreter=root / "lang" / "bin"
    )
    try:
        folders.interpreter.mkdir(parents=True)
        for name in ("python3", f"python3.{interpreter.minor}"):
            (folders.interpreter / name).symlink_to(interpreter.executable)
        folders.home.mkdir()
    except BaseException:
        shutil.rmtree(root, ignore_errors=True)
        raise
    return folders


def unpacked_layers(archives: Sequence[bytes]) -> Path:
    """The folder that has these layers in this order; unpacked, and by Python compiled, for the first that asks."""
    digests = "".join(hashlib.sha256(archive).hexdigest() for archive in archives)
    folder = Path(tempfile.gettempdir()) / f"{LAYERS_PREFIX}{hashlib.sha256(digests.encode()).hexdigest()}"
    with _unpacking:
        if not folder.exists():
            scratch = Path(tempfile.mkdtemp(prefix=LAYERS_PREFIX))
            try:
                (scratch / "opt").mkdir()
                for archive in archives:
                    unpack(archive, scratch / "opt")
                scratch.rename(folder)
            except BaseException:
                shutil.rmtree(scratch, ignore_errors=True)
                raise
    return folder / "opt"


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
