"""Writes the emulator's state to disk while it runs: two to five seconds after a change, atomically, only what changed.

The emulator saves at a clean stop only, so a crash would lose everything. Here each service's state goes to its own
file by way of a temporary one (a `kill -9` in the middle leaves the old file). The states of all services are taken in
one go on the event loop, where requests are served, so that they fit each other. S3 objects are not in here: the
emulator writes each one while it answers the request. Deliberately no copy of older states, and no saving of what the
emulator itself keeps in memory only (STS sessions).
"""

import asyncio
import contextvars
import logging
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Protocol

from sandbox.replaced_file import replace_file

logger = logging.getLogger("gatehouse.saving")

SAVE_INTERVAL_SECONDS = 2.0
LONGEST_PAUSE_SECONDS = 5.0
# Of the time: requests wait while the states are taken, which takes long where there are many logs and metrics.
SHARE = 0.03


class State(Protocol):
    """A service's state."""

    @property
    def digest(self) -> str:
        """Another one for another state."""
        ...

    def content(self) -> bytes:
        """What is written; asked for only where the digest is another one than before."""
        ...


TakeStates = Callable[[], Mapping[str, State]]


class SaveError(Exception):
    """The state could not be written; the message says where and why. What was saved before is untouched."""


class StateSaver:
    """Saves on `save()`, and on its own every `interval` seconds after `changed()` was called; less often
    where saves take long.

    `take_states` answers the state of each service by its name; it is called on the event loop.
    """

    def __init__(
        self,
        take_states: TakeStates,
        directory: Path,
        *,
        interval: float = SAVE_INTERVAL_SECONDS,
        after_save: Callable[[], None] = lambda: None,
    ) -> None:
        self._take_states = take_states
        self._directory = directory
        self._interval = interval
        self._after_save = after_save
        self._written: dict[str, str] = {}
        self._changes = 1  # the first save compares everything with nothing
        self._saved_changes = 0
        self._lock = asyncio.Lock()
        self._pause = interval
        self.last_error: str | None = None

    def changed(self) -> None:
        """To be called after anything that may have changed state; may be called from any thread."""
        self._changes += 1

    @property
    def has_unsaved_changes(self) -> bool:
        """Whether anything may have changed since the last save."""
        return self._saved_changes != self._changes

    async def save(self) -> None:
        """Writes what changed since the last save. Raises `SaveError`."""
        async with self._lock:
            if not self.has_unsaved_changes:
                return
            changes, began = self._changes, time.monotonic()
            # Without the context of a request: the emulator would take states in that request's account and region.
            try:
                states = contextvars.Context().run(self._take_states)
                await asyncio.to_thread(self._write, states)
            except OSError as error:
                self.last_error = f"cannot save the sandbox's state to {self._directory}: {error.strerror or error}"
                raise SaveError(self.last_error) from error
            self._after_save()
            self.last_error = None
            self._saved_changes = changes
            self._pause = pause_after(time.monotonic() - began, self._interval)

    async def run(self) -> None:
        """Saves for ever; a failure is logged once and tried again after the next interval."""
        while True:
            await asyncio.sleep(self._pause)
            failed_before = self.last_error
            try:
                await self.save()
            except SaveError as error:
                if failed_before != str(error):
                    logger.error("%s; free some space, it is tried again every %.0f s", error, self._pause)

    def _write(self, states: Mapping[str, State]) -> None:
        self._directory.mkdir(parents=True, exist_ok=True, mode=0o700)
        for name, state in states.items():
            digest = state.digest
            if self._written.get(name) == digest:
                continue
            replace_file(self._directory / f"{name}.json", state.content())
            self._written[name] = digest


def pause_after(took: float, interval: float) -> float:
    """Seconds between a save that took so long and the next one."""
    return max(interval, min(took / SHARE, LONGEST_PAUSE_SECONDS))
