"""Which files of an archive are an installed package's, as its author published them.

A wheel's installer writes a `RECORD` beside the package with a digest of each file (packaging user guide, "Recording
installed projects"). A file that still has its digest holds what everyone can download, test keys and example tokens of
documentation included. A file that was changed, or added, is not in it or has another digest, and is looked at.

The `RECORD` is taken from the archive, or from where the file lies on disk: layers often leave installers' notes out.
"""

import base64
import csv
import hashlib
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path
from typing import Final

from guardrails.secrets.archives.contents import File

_RECORD: Final = ".dist-info/RECORD"
_HIGHEST: Final = 12
"""Folders above a file that are searched for installed packages."""

_verified: Final[dict[tuple[object, ...], bool]] = {}
"""What was found of a file on disk, by its identity: the same layers belong to many functions."""


class Published:
    """The digests of all packages that are installed in one archive."""

    def __init__(self, files: Iterable[File]) -> None:
        """Reads every `RECORD` among the files. Raises `OSError` where one cannot be read."""
        self._digests: dict[str, str] = {}
        for file in files:
            if file.name.endswith(_RECORD):
                root = file.name.removesuffix(_RECORD).rpartition("/")[0]
                for name, digest in _digests(file.content()):
                    self._digests[f"{root}/{name}" if root else name] = digest

    def has(self, file: File) -> bool:
        """Whether the file is what its package's author published. Raises `OSError`."""
        expected = self._digests.get(file.name)
        if expected is not None:
            return _digest(file.content()) == expected
        if file.path is None or file.identity is None:
            return False
        found = _verified.get(file.identity)
        if found is None:
            beside = _beside(Path(file.path))
            found = _verified[file.identity] = beside is not None and _digest(file.content()) == beside
        return found


def _beside(path: Path) -> str | None:
    """The digest that a `RECORD` above the file has for it."""
    for folder in path.parents[:_HIGHEST]:
        recorded = _installed_in(folder)
        if recorded:
            return recorded.get(path.relative_to(folder).as_posix())
    return None


@cache
def _installed_in(folder: Path) -> dict[str, str]:
    found: dict[str, str] = {}
    for record in folder.glob("*.dist-info/RECORD"):
        found.update(_digests(record.read_bytes()))
    return found


def _digests(record: bytes) -> Iterator[tuple[str, str]]:
    for row in csv.reader(record.decode("utf-8", errors="replace").splitlines()):
        if len(row) > 1 and row[1].startswith("sha256="):
            yield row[0], row[1].removeprefix("sha256=")


def _digest(content: bytes) -> str:
    return base64.urlsafe_b64encode(hashlib.sha256(content).digest()).decode().rstrip("=")
