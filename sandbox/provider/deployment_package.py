"""Make the zip that Lambda wants from the archive that a program gives.

Deterministic: the same contents give the same bytes, whoever's machine, folder and clock it is, so `CodeSha256` changes
only when code does. As in Pulumi's own zips, no file is executable (https://github.com/pulumi/pulumi/issues/3593): what
Lambda has to start must come in a zip file, which is taken as it is. Deliberately offline: assets by URL are refused,
because the official engine would fetch them too late to be judged in preview.
"""

from __future__ import annotations

import base64
import hashlib
import io
import tarfile
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from sandbox.provider.errors import ProviderError
from sandbox.provider.values import Archive, Asset

EARLIEST_ZIP_TIME: Final = (1980, 1, 1, 0, 0, 0)
"""The zip format knows no earlier moment; any fixed one makes builds equal."""
PLAIN_MODE: Final = 0o100644
LARGEST_UPLOAD: Final = 50 * 1024 * 1024
"""Bytes of a zip that is uploaded directly (Lambda quotas, "Deployment package (.zip file archive) size")."""

Contents = dict[str, bytes]
"""Path in the archive -> content."""


def deployment_package(archive: Archive, program_directory: Path | None) -> bytes:
    """The zip's bytes. Relative paths start at the program's folder.

    Raises ProviderError when a file is missing, when an archive file cannot be read, or when the zip is too large to be
    uploaded.
    """
    given = _path(archive.path, program_directory) if archive.path else None
    if given is not None and given.suffix == ".zip" and given.is_file():
        package = given.read_bytes()
        if not zipfile.is_zipfile(io.BytesIO(package)):
            raise ProviderError(f"code: {given} is not a zip file")
    else:
        package = _zip(contents(archive, program_directory))
    if len(package) > LARGEST_UPLOAD:
        raise ProviderError(
            f"code: the package has {len(package)} bytes, and Lambda takes {LARGEST_UPLOAD} directly; "
            "move libraries into a layer or put the package into S3"
        )
    return package


def code_sha256(package: bytes) -> str:
    """As Lambda tells it: base64 of SHA-256."""
    return base64.b64encode(hashlib.sha256(package).digest()).decode()


def contents(archive: Archive, program_directory: Path | None) -> Contents:
    """Every file of an archive by its path inside."""
    if archive.uri:
        raise ProviderError(f"code: archives by URL are not supported in the sandbox: {archive.uri}")
    if archive.path:
        return _contents_at(_path(archive.path, program_directory))
    found: Contents = {}
    for name, part in archive.assets.items():
        if isinstance(part, Asset):
            found[_inside(name)] = _asset(part, program_directory)
        else:
            for below, content in contents(part, program_directory).items():
                found[f"{_inside(name)}/{below}"] = content
    return found


def _contents_at(path: Path) -> Contents:
    if path.is_dir():
        files = sorted(each for each in path.rglob("*") if each.is_file())
        return {each.relative_to(path).as_posix(): each.read_bytes() for each in files}
    try:
        if zipfile.is_zipfile(path):
            return dict(_zip_contents(path))
        return dict(_tar_contents(path))
    except FileNotFoundError as error:
        raise ProviderError(f"code: there is no file or folder {path}") from error
    except (tarfile.TarError, zipfile.BadZipFile) as error:
        raise ProviderError(f"code: {path} is neither a folder nor a readable zip or tar file: {error}") from error


def _zip_contents(path: Path) -> Iterator[tuple[str, bytes]]:
    with zipfile.ZipFile(path) as file:
        for entry in file.infolist():
            if not entry.is_dir():
                yield _inside(entry.filename), file.read(entry)


def _tar_contents(path: Path) -> Iterator[tuple[str, bytes]]:
    with tarfile.open(path) as file:
        for entry in file.getmembers():
            content = file.extractfile(entry) if entry.isfile() else None
            if content is not None:
                yield _inside(entry.name), content.read()


def _asset(asset: Asset, program_directory: Path | None) -> bytes:
    if asset.uri:
        raise ProviderError(f"code: assets by URL are not supported in the sandbox: {asset.uri}")
    if not asset.path:
        return asset.text.encode()
    path = _path(asset.path, program_directory)
    try:
        return path.read_bytes()
    except OSError as error:
        raise ProviderError(f"code: {path} cannot be read: {error.strerror}") from error


def _path(text: str, program_directory: Path | None) -> Path:
    path = Path(text)
    if path.is_absolute():
        return path
    if program_directory is None:
        raise ProviderError(
            f"code: {text} is relative, and the provider does not know to which folder; give an absolute path"
        )
    return program_directory / path


def _inside(name: str) -> str:
    parts = [part for part in name.replace("\\", "/").split("/") if part not in ("", ".")]
    if ".." in parts or not parts:
        raise ProviderError(f"code: {name!r} is not a path inside an archive")
    return "/".join(parts)


def _zip(files: Contents) -> bytes:
    if not files:
        raise ProviderError("code: the archive has no files")
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as package:
        for name in sorted(files):
            entry = zipfile.ZipInfo(name, EARLIEST_ZIP_TIME)
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.create_system = 3  # Unix: the mode below is meant
            entry.external_attr = PLAIN_MODE << 16
            package.writestr(entry, files[name])
    return buffer.getvalue()
