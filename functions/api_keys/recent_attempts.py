"""How often each source has tried lately, as far as one worker has seen: a reason to look it up, never a verdict.

Other workers see other attempts, so nobody is let in or locked out by these numbers. They say from when on it is worth
reading a source's count before the key is even looked at.
"""

from __future__ import annotations

MAXIMUM_SOURCES = 10_000  # about 200 bytes each; the source that was heard of longest ago is forgotten


class RecentAttempts:
    """Attempts by source; each keeps those before it alive for a while."""

    def __init__(self, *, window_seconds: int, maximum_sources: int = MAXIMUM_SOURCES) -> None:
        """Take how long after a source's last attempt its attempts are forgotten."""
        self._window_seconds = window_seconds
        self._maximum_sources = maximum_sources
        self._sources: dict[str, tuple[int, float]] = {}  # attempts and their end, in the order of the last attempt

    def before(self, source: str, *, now: float) -> int:
        """Return how many attempts there were before this one, and add it; `now` is in seconds since 1970."""
        attempts, ends = self._sources.pop(source, (0, now))
        if ends <= now:
            attempts = 0
        self._sources[source] = (attempts + 1, now + self._window_seconds)
        if len(self._sources) > self._maximum_sources:
            del self._sources[next(iter(self._sources))]
        return attempts

    def __len__(self) -> int:
        """Count the sources that are remembered."""
        return len(self._sources)
