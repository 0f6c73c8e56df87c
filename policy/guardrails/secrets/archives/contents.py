"""Every file of an asset or archive, as bytes and under its name in the archive, within bounds.

Zips and tars are opened, also those in folders and in other archives, a few levels deep. Links are not followed: one
that stays in its folder leads to a file that is looked at anyway, and one that leads out is reported. Nothing is
written.
"""

# A path for every file of every function: pathlib takes several times as long.
# ruff: noqa: PTH119, PTH123

import io
import os
import stat
import tarfile
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import IO, Final

from guardrails.properties import Archive, Asset, Known, Node, Unknown
from guardrails.secrets.archives.places import located

SNIFFED: Final = 8192
"""Bytes at the start of a file that tell whether it is a text."""
DEEPEST: Final = 3
"""Archives in archives are opened this far."""

_ZIP: Final = b"PK\x03\x04"
_GZIP: Final = b"\x1f\x8b"
_TAR_SUFFIXES: Final = (".tar", ".tgz", ".tar.gz")


@dataclass(frozen=True, slots=True)
class File:
    """One file: `content` is its text in bytes; of a file on disk it is read when it is asked for.

    `identity` is the same for the same content: path, size and time of a file on disk.
    """

    name: str
    path: str | None = None
    identity: tuple[object, ...] | None = None
    data: bytes | None = field(default=None, repr=False)

    def content(self) -> bytes:
        """The bytes. Raises `OSError`."""
        if self.data is not None:
            return self.data
        with open(self.path or "", "rb") as stream:
            return stream.read()


@dataclass(frozen=True, slots=True)
class Obstacle:
    """What keeps a scan from being complete: `name` is the file's in the archive, `problem` continues it."""

    name: str
    problem: str


@dataclass(frozen=True, slots=True)
class Later:
    """A part of the archive that is not known before the update."""

    name: str


Found = File | Obstacle | Later

_kinds: Final[dict[tuple[object, ...], str]] = {}
"""What a file on disk is, by its identity: the same files are in many archives."""


class Reader:
    """Reads archives, at most so many files and bytes in each."""

    def __init__(self, *, program_folder: str, most_files: int, most_bytes: int) -> None:
        self._program_folder = program_folder
        self._most_files, self._most_bytes = most_files, most_bytes

    def files(self, node: Node) -> Iterator[Found]:
        """Everything in the asset or archive. A bound that is reached is the last obstacle."""
        count = size = 0
        for found in self._of_node("", node):
            if isinstance(found, File):
                count += 1
                size += len(found.data or b"")
                if count > self._most_files:
                    yield Obstacle("", f"has more than {self._most_files} files")
                    return
                if size > self._most_bytes:
                    yield Obstacle("", f"unpacks to more than {self._most_bytes} bytes")
                    return
            yield found

    def _of_node(self, name: str, node: Node) -> Iterator[Found]:
        match node:
            case Unknown():
                yield Later(name)
            case Known(value=Asset(text=str(text))):
                data = text.encode("utf-8", errors="surrogatepass")
                yield File(name, identity=("text", data), data=data)
            case Known(value=Asset(path=str(path)) | Archive(path=str(path))):
                yield from self._of_path(name, path)
            case Known(value=Archive(files=dict() as files)):
                for inner, each in files.items():
                    yield from self._of_node(f"{name}/{inner}" if name else inner, each)
            case Known(value=Asset() | Archive()):
                yield Obstacle(name, "is fetched from elsewhere, and cannot be looked into")
            case _:
                yield Obstacle(name, "is no file and no archive")

    def _of_path(self, name: str, written: str) -> Iterator[Found]:
        found = located(written, self._program_folder)
        if found is None:
            yield Obstacle(name, "is not found, so nobody can look into it (setting program_folder)")
        elif stat.S_ISDIR(found.state.st_mode):
            yield from self._of_folder(name, found.path)
        else:
            yield from self._of_file(name or os.path.basename(found.path), found.path, found.state)

    def _of_folder(self, name: str, root: str) -> Iterator[Found]:
        inside = os.path.realpath(root)
        pending = [(root, name)]
        while pending:
            folder, label = pending.pop()
            try:
                entries = sorted(os.scandir(folder), key=lambda entry: entry.name)
            except OSError:
                yield Obstacle(label, "cannot be read")
                continue
            for entry in entries:
                called = _joined(label, entry.name)
                if entry.is_symlink():
                    if os.path.commonpath([inside, os.path.realpath(entry.path)]) != inside:
                        yield Obstacle(called, "is a link that leads out of the folder")
                elif entry.is_dir():
                    pending.append((entry.path, called))
                else:
                    yield from self._of_file(called, entry.path, entry.stat())

    def _of_file(self, name: str, path: str, state: os.stat_result) -> Iterator[Found]:
        identity = (path, state.st_size, state.st_mtime_ns, state.st_ino)
        kind = _kinds.get(identity)
        try:
            if not stat.S_ISREG(state.st_mode):
                yield Obstacle(name, "is no file")
                return
            if kind is None:
                with open(path, "rb") as stream:
                    kind = _kinds[identity] = _kind(path, stream.read(SNIFFED))
            if kind == "archive":
                with open(path, "rb") as stream:
                    data = stream.read(self._most_bytes + 1)
                yield from self._opened(name, data, depth=1)
                return
        except OSError:
            yield Obstacle(name, "cannot be read")
            return
        if kind == "binary":
            yield File(name, identity=("binary",), data=b"\0")  # a name that may tell enough
        elif state.st_size > self._most_bytes:
            yield Obstacle(name, f"has more than {self._most_bytes} bytes")
        else:
            yield File(name, path=path, identity=identity)

    def _opened(self, name: str, data: bytes, *, depth: int) -> Iterator[Found]:
        if len(data) > self._most_bytes:
            yield Obstacle(name, f"has more than {self._most_bytes} bytes")
            return
        if depth > DEEPEST:
            yield Obstacle(name, "is an archive in an archive in an archive")
            return
        try:
            members = _zipped(data, self._most_bytes) if data.startswith(_ZIP) else _tarred(data, self._most_bytes)
            for inner, content in members:
                label = _joined(name, inner) if depth > 1 else inner
                if content is None:
                    yield Obstacle(label, "cannot be unpacked within the bounds")
                elif _is_archive(inner, content[:SNIFFED]):
                    yield from self._opened(label, content, depth=depth + 1)
                else:
                    yield File(label, identity=("text", content), data=content)
        except (zipfile.BadZipFile, tarfile.TarError, zlib.error, EOFError, OSError, RuntimeError):
            yield Obstacle(name, "is an archive that cannot be unpacked")


def _zipped(data: bytes, most: int) -> Iterator[tuple[str, bytes | None]]:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        for member in archive.infolist():
            if not member.is_dir():
                with archive.open(member) as stream:
                    yield member.filename, _read(stream, most)


def _tarred(data: bytes, most: int) -> Iterator[tuple[str, bytes | None]]:
    with tarfile.open(fileobj=io.BytesIO(data)) as archive:
        for member in archive:
            stream = archive.extractfile(member) if member.isreg() else None
            if stream is not None:
                yield member.name, _read(stream, most)


def _read(stream: IO[bytes], most: int) -> bytes | None:
    """A member's bytes; of a binary file no more than a sign that it is one. `None` where there are too many."""
    start = stream.read(SNIFFED)
    if b"\0" in start and not start.startswith((b"\xff\xfe", b"\xfe\xff", _ZIP, _GZIP)):
        return b"\0"
    content = start + stream.read(most + 1 - len(start))
    return None if len(content) > most else content


def _kind(name: str, start: bytes) -> str:
    if _is_archive(name, start):
        return "archive"
    return "binary" if b"\0" in start and not start.startswith((b"\xff\xfe", b"\xfe\xff")) else "text"


def _is_archive(name: str, start: bytes) -> bool:
    is_tar = name.lower().endswith(_TAR_SUFFIXES) and (start[257:262] == b"ustar" or start.startswith(_GZIP))
    return is_tar or start.startswith(_ZIP)


def _joined(folder: str, name: str) -> str:
    return f"{folder}/{name}" if folder else name
