"""The fake `ExchangeStore`. Functions never import it."""

from __future__ import annotations

from api_keys.exchange_store import FailureCount, Reading

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from api_keys.in_memory_keys import InMemoryKeys


class InMemoryExchange:
    """Reads the keys of a fake repository; `failure`, while it is set, is what every call raises."""

    def __init__(self, keys: InMemoryKeys) -> None:
        """Take whose keys are read."""
        self._keys = keys
        self.counts: dict[str, FailureCount] = {}
        self.reads: list[tuple[str | None, tuple[str, ...]]] = []
        self.failure: Exception | None = None
        self.counting_failure: Exception | None = None

    def read(self, *, key_id: str | None, counter_ids: Sequence[str]) -> Reading:
        """See `ExchangeStore.read`."""
        if self.failure is not None:
            raise self.failure
        self.reads.append((key_id, tuple(counter_ids)))
        return Reading(
            key=None if key_id is None else self._keys.keys.get(key_id),
            counts={counter_id: self.counts[counter_id] for counter_id in counter_ids if counter_id in self.counts},
        )

    def count_failure(self, counter_id: str, *, now: int, window_seconds: int) -> int:
        """See `ExchangeStore.count_failure`."""
        failure = self.counting_failure or self.failure
        if failure is not None:
            raise failure
        known = self.counts.get(counter_id)
        failures = 1 if known is None or known.window_ends <= now else known.failures + 1
        self.counts[counter_id] = FailureCount(failures=failures, window_ends=now + window_seconds)
        return failures
