"""What the provider created and deleted, one JSON line each, on disk before the engine hears of it.

The engine writes a resource into its state only after the provider answered. An update that is killed in between leaves
a resource that no state knows, and a second update would fail on its name: the ledger finds it. Deliberately holds no
property values except locators (ids and names), never a secret.
"""

from __future__ import annotations

import fcntl
import json
import os
import threading
from collections.abc import Collection, Generator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from sandbox.replaced_file import replace_file


@dataclass(frozen=True, kw_only=True)
class Entry:
    """One resource that the provider made: `type` is the token; `locators` are the inputs needed to find it beside its
    id.
    """

    urn: str
    type: str
    id: str
    region: str
    locators: Mapping[str, Any] = field(default_factory=dict[str, Any])


@dataclass(kw_only=True)
class Ledger:
    """The append-only file; safe between threads of one process."""

    path: Path
    _lock: threading.Lock = field(default_factory=threading.Lock, repr=False)

    def record_created(self, entry: Entry) -> None:
        """Append, and return only when it is on disk."""
        self._append({"event": "created", **asdict(entry)})

    def record_deleted(self, entry: Entry) -> None:
        """Append that the resource is gone."""
        self._append({"event": "deleted", **asdict(entry)})

    def _append(self, line: Mapping[str, Any]) -> None:
        data = (json.dumps(line, sort_keys=True) + "\n").encode()
        self.path.parent.mkdir(parents=True, exist_ok=True)
        with self._lock, _exclusive(self.path):
            descriptor = os.open(self.path, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o600)
            try:
                # A line that a kill cut off has no end: close it, so that this one stands alone.
                size = os.fstat(descriptor).st_size
                if size and os.pread(descriptor, 1, size - 1) != b"\n":
                    data = b"\n" + data
                os.write(descriptor, data)
                os.fsync(descriptor)
            finally:
                os.close(descriptor)


def outstanding(path: Path) -> list[Entry]:
    """Every resource that was created and neither deleted nor settled since, oldest first. A missing file is an empty
    ledger.
    """
    if not path.exists():
        return []
    entries: dict[str, Entry] = {}
    for text in path.read_text(encoding="utf-8").split("\n"):
        line = _parsed(text)
        if line is None:
            continue
        key = json.dumps([line["type"], line["id"], line["region"], line["locators"]], sort_keys=True)
        if line["event"] == "created":
            entries[key] = Entry(**{name: line[name] for name in ("urn", "type", "id", "region", "locators")})
        else:
            entries.pop(key, None)
    return list(entries.values())


def orphans(path: Path, state_ids: Collection[tuple[str, str]]) -> list[Entry]:
    """Resources that were created but never reached the engine's state, newest first (the order to delete them in).

    `state_ids` are the `(type token, id)` pairs of the engine's state, for example `("aws:iam/role:Role", "hello")`.
    Call `settle` after every engine run, so that what left the state on purpose (retained on delete) is no orphan
    later.
    """
    known = frozenset(state_ids)
    return [entry for entry in reversed(outstanding(path)) if (entry.type, entry.id) not in known]


def settle(path: Path, state_ids: Collection[tuple[str, str]]) -> None:
    """Forget what has reached the engine's state: the state answers for it from then on. Rewrites atomically."""
    if not path.exists():
        return
    with _exclusive(path):
        remaining = [{"event": "created", **asdict(entry)} for entry in reversed(orphans(path, state_ids))]
        replace_file(path, "".join(json.dumps(line, sort_keys=True) + "\n" for line in remaining).encode())


@contextmanager
def _exclusive(path: Path) -> Generator[None]:
    # Beside the ledger, not the ledger itself: that one is replaced as a whole while another process waits to append.
    descriptor = os.open(path.with_name(path.name + ".lock"), os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def _parsed(text: str) -> dict[str, Any] | None:
    if not text.strip():
        return None
    try:
        line: dict[str, Any] = json.loads(text)
    except json.JSONDecodeError:
        # Only a line that a kill cut off can be incomplete; what it would have said was never answered to the engine.
        return None
    return line
