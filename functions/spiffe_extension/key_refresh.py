"""Keeps the keys of one trust domain fresh, so that no request waits for its issuer: before they are outdated, at times
of its own in every environment, and with growing pauses while the issuer does not answer.

    loaded          again after 75 % to 95 % of the time that they stay fresh (JWKS_REFRESH, or the bundle's hint)
    not loaded      again after 2 s, 4 s, 8 s ... at most JWKS_REFRESH, each shortened by up to a half by chance

What was loaded last stays in use meanwhile, for as long as the source says (`jwt_verification.refreshing_key_source`).
Lambda freezes an environment between invocations, and this with it: a key set that is outdated when the next request
comes is loaded by that request.
"""

from __future__ import annotations

import os
import threading

from jwt_verification.key_set_errors import KeySetError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Protocol

    class RefreshableKeys(Protocol):
        """Keys that can be loaded ahead of need."""

        def refresh(self) -> None:
            """Load now; raises `KeySetError`."""
            ...

        def seconds_until_stale(self) -> float:
            """Return how long what was loaded stays fresh."""
            ...


FIRST_PAUSE_SECONDS = 2.0
EARLIEST, LATEST = 0.75, 0.95  # of the time that keys stay fresh
LARGEST_DOUBLING = 16  # any more overflow no number, and are far beyond the greatest interval


def _chance() -> float:
    """Return a number from 0 to 1; `random` would import hashes and statistics for it."""
    return int.from_bytes(os.urandom(4), "big") / 2**32


class KeyRefresh:
    """Refreshes one source, on a thread once it is started."""

    def __init__(
        self,
        keys: RefreshableKeys,
        *,
        interval_seconds: float,
        report: Callable[[KeySetError | None], None],
        chance: Callable[[], float] = _chance,
    ) -> None:
        """Take what to refresh.

        Args:
            keys: the source.
            interval_seconds: the longest pause after a failure.
            report: gets the failure when keys cannot be loaded for the first time in a row, and None when they were
                loaded for the first time, or again.
            chance: returns numbers from 0 to 1.
        """
        self._keys = keys
        self._interval_seconds = interval_seconds
        self._report = report
        self._chance = chance
        self._failures = 0
        self._reported = False
        self._stopped = threading.Event()
        self.attempted = threading.Event()
        """Set after the first attempt, good or not."""

    def once(self) -> float:
        """Load; returns the seconds until the next time."""
        try:
            self._keys.refresh()
        except KeySetError as error:
            if not self._failures:
                self._report(error)
            self._failures += 1
            self._reported = False
            doubling = min(self._failures - 1, LARGEST_DOUBLING)
            pause = min(FIRST_PAUSE_SECONDS * 2**doubling, self._interval_seconds)
            return pause * (1 - self._chance() / 2)
        finally:
            self.attempted.set()
        if not self._reported:
            self._report(None)
        self._failures, self._reported = 0, True
        return self._keys.seconds_until_stale() * (EARLIEST + (LATEST - EARLIEST) * self._chance())

    def start(self) -> None:
        """Refresh from now on, until `stop`."""
        threading.Thread(target=self._run, daemon=True, name="key-refresh").start()

    def stop(self) -> None:
        """Begin no other load."""
        self._stopped.set()

    def _run(self) -> None:
        pause = self.once()
        while not self._stopped.wait(pause):
            pause = self.once()
