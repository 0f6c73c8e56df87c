"""The engine's place in the per-user cache: found there, or put there once, whole or not at all.

It deliberately does not know how an engine is made.
"""

import json
import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

from sandbox.engine.release import ENGINE_VERSION, EXECUTOR, LANGUAGE_HOST, Engine, Platform
from sandbox.errors import SandboxError
from sandbox.prepared_folder import PreparedFolder, Progress

RECORD = "engine.json"


@dataclass(frozen=True, kw_only=True)
class EngineStore:
    """`<cache>/engine/<version>-<system>-<machine>/`, holding the executables and a record of where they came from."""

    cache: Path
    platform: Platform

    @property
    def name(self) -> str:
        """The folder's name, for example `3.255.0-linux-x86_64`."""
        return f"{ENGINE_VERSION}-{self.platform}"

    @property
    def directory(self) -> Path:
        """Where a finished engine is."""
        return self.cache / "engine" / self.name

    @property
    def build_log(self) -> Path:
        """What the last build printed; kept when it fails."""
        return self.cache / "engine" / f"{self.name}.build.log"

    def find(self) -> Engine | None:
        """The finished engine, or None."""
        executable = self.directory / "pulumi"
        needed = (executable, self.directory / LANGUAGE_HOST, self.directory / EXECUTOR)
        if not all(os.access(path, os.X_OK) for path in needed):
            return None
        try:
            record: object = json.loads((self.directory / RECORD).read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return None
        if not isinstance(record, dict):
            return None
        return Engine(
            executable=executable,
            version=ENGINE_VERSION,
            built=bool(cast("dict[str, Any]", record).get("built")),
            search_path=(self.directory,),
        )

    def find_or_make(self, make: Callable[[Path, int], bool], progress: Progress) -> Engine:
        """The finished engine, made now if there is none.

        `make` fills an empty folder, is given the lock's file descriptor for a child that must keep it should this
        process be killed, and answers whether it built (True) or fetched (False) the engine. Raises `SandboxError`.
        """

        def fill(scratch: Path, lock: int) -> None:
            record = {"version": ENGINE_VERSION, "platform": str(self.platform), "built": make(scratch, lock)}
            (scratch / RECORD).write_text(json.dumps(record) + "\n", encoding="utf-8")

        folder = PreparedFolder(
            directory=self.directory, what="the engine", is_complete=lambda: self.find() is not None
        )
        folder.ensure(fill, progress)
        found = self.find()
        if found is None:  # another process has deleted it since
            raise SandboxError(f"The engine in {self.directory} is gone: run the same command again.")
        return found
