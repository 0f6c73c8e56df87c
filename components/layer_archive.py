"""The archive of a layer that holds programs: a zip file with executable bits, in the per-user cache.

    {path in the layer: file} + which are executable ──► <digest of all that>.zip ──► pulumi.FileArchive

Pulumi makes zips of its own from archives of files, and forgets in them which files are executable
(https://github.com/pulumi/pulumi/issues/3593); a zip that is there already is uploaded as it is. Lambda starts an
extension only where it may be executed. The same files give the same bytes on one machine; another version of zlib may
compress them differently, and a deployment from there then makes a new version of the same layer.
"""

import contextlib
import hashlib
import os
import tempfile
import time
import zipfile
from collections.abc import Collection
from pathlib import Path

from components.errors import ArgumentError
from components.packaging import Files
from components.wheel_cache import cache_directory

# The zip format knows no earlier moment; any fixed one makes builds equal.
EARLIEST_ZIP_TIME = (1980, 1, 1, 0, 0, 0)
PLAIN_MODE, EXECUTABLE_MODE = 0o100644, 0o100755
UNIX = 3  # the system that made an entry, whose modes are meant (.ZIP File Format Specification, section 4.4.2)

# Long enough for every deployment that is under way with it; each change of the code makes another one.
UNUSED_SECONDS = 24 * 60 * 60


def layer_archive(what: str, files: Files, executables: Collection[str], folder: Path | None = None) -> Path:
    """The zip of `files`, those named in `executables` executable; made unless it is in `folder` already.

    `what` names the layer in errors, `folder` is the cache's unless given. Archives there that nobody has used for a
    day are deleted. Raises `ArgumentError` where the folder cannot be written.
    """
    home = folder or cache_directory() / "layer-archives"
    try:
        contents = {name: path.read_bytes() for name, path in sorted(files.items())}
        archive = home / f"{_digest(contents, executables)}.zip"
        home.mkdir(parents=True, exist_ok=True)
        if not archive.exists():
            _write(archive, contents, executables)
            _forget_unused(home)
        os.utime(archive)
    except OSError as error:
        raise ArgumentError(
            f"{what}: the archive in {home} cannot be written ({error.strerror or error}); free some space or name "
            "another folder in GATEHOUSE_CACHE."
        ) from error
    return archive


def _digest(contents: dict[str, bytes], executables: Collection[str]) -> str:
    digest = hashlib.sha256()
    for name, content in contents.items():
        digest.update(f"{name} {name in executables} {len(content)}\n".encode())
        digest.update(content)
    return digest.hexdigest()


def _write(archive: Path, contents: dict[str, bytes], executables: Collection[str]) -> None:
    """Whole or not at all: another deployment may be looking for the same one."""
    descriptor, scratch = tempfile.mkstemp(dir=archive.parent, suffix=".scratch")
    try:
        with os.fdopen(descriptor, "wb") as stream, zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as package:
            for name, content in contents.items():
                entry = zipfile.ZipInfo(name, EARLIEST_ZIP_TIME)
                entry.compress_type = zipfile.ZIP_DEFLATED
                entry.create_system = UNIX
                entry.external_attr = (EXECUTABLE_MODE if name in executables else PLAIN_MODE) << 16
                package.writestr(entry, content)
        Path(scratch).replace(archive)
    finally:
        Path(scratch).unlink(missing_ok=True)


def _forget_unused(home: Path) -> None:
    oldest = time.time() - UNUSED_SECONDS
    for path in home.iterdir():
        # Somebody else may have deleted it, or may have it open where that keeps it from being deleted.
        with contextlib.suppress(OSError):
            if path.stat().st_mtime < oldest:
                path.unlink()
