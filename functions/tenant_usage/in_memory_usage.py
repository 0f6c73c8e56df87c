"""The fake `TenantUsage`, for tests of whatever counts requests. Functions never import it."""

from __future__ import annotations

from time import gmtime, strftime

from tenant_usage.usage import SECONDS_PER_MINUTE, seconds_to_next_minute

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable


class InMemoryUsage:
    """Counts in memory, by the same rules as the table, and raises `failure` for as long as one is set."""

    def __init__(self, *, requests_per_minute: int, clock: Callable[[], float]) -> None:
        """Take the limit and the clock (seconds since 1970)."""
        self.failure: Exception | None = None
        self._limit = requests_per_minute
        self._clock = clock
        self._days: dict[tuple[str, str], int] = {}
        self._minutes: dict[str, tuple[int, int]] = {}

    def admit(self, customer_id: str) -> int:
        """See `TenantUsage.admit`."""
        if self.failure is not None:
            raise self.failure
        now = self._clock()
        minute = int(now) // SECONDS_PER_MINUTE
        counted_minute, count = self._minutes.get(customer_id, (minute, 0))
        if counted_minute < minute:
            count = 0
        if count >= self._limit:
            return seconds_to_next_minute(now)
        self._minutes[customer_id] = (max(minute, counted_minute), count + 1)
        day = strftime("%Y-%m-%d", gmtime(now))
        self._days[customer_id, day] = self._days.get((customer_id, day), 0) + 1
        return 0

    def requests_by_day(self, customer_id: str, first_day: str, last_day: str) -> dict[str, int]:
        """See `TenantUsage.requests_by_day`."""
        if self.failure is not None:
            raise self.failure
        return {
            day: count
            for (customer, day), count in sorted(self._days.items())
            if customer == customer_id and first_day <= day <= last_day
        }
