"""Things that end while a test looks on. Deliberately no clock that can be set: the running system has its own."""

import time
from collections.abc import Callable
from typing import TypeVar

Found = TypeVar("Found")

LIFETIMES_SECONDS = (5, 40)
"""The second for a machine that was away for so long that the first was over too soon."""


def before_it_ends(use: Callable[[int], Found]) -> tuple[int, Found]:
    """Calls `use` with the moment (Unix time, in s) at which something is to end; that moment and its answer."""
    for seconds in LIFETIMES_SECONDS:
        ends = int(time.time()) + seconds
        found = use(ends)
        if time.time() < ends:
            return ends, found
    raise AssertionError(f"not done within {LIFETIMES_SECONDS[-1]} s")


def wait_for_the_end(moment: float) -> None:
    """Waits until the moment (Unix time, in s) is over."""
    time.sleep(max(0.0, moment - time.time()) + 0.05)
