"""How a tenant's requests are counted and limited: the port, its outcomes, and the setting.

    Usage table, partition `customer_id`, sort `day` (UTC, `2026-01-31`)
        requests           N   admitted requests of the day, exact
        minute             N   the minute (since 1970) that was counted last
        minute_requests    N   admitted requests of that minute
        expires_at_epoch   N   when the record may go (TTL)

The limit is per tenant and minute, in fixed windows: around a window's end a tenant can have twice the limit within 60
seconds, which is stated rather than paid for with a second write per request. Refused requests are not counted: they
are in the function's log and metrics.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Protocol

    class TenantUsage(Protocol):
        """Counts requests by tenant."""

        def admit(self, customer_id: str) -> int:
            """Count one request of the customer and return 0, or count nothing and return the seconds to wait.

            Raises:
                UsageUnavailable: it cannot be known whether the customer may go on; nobody may, then.
            """
            ...

        def requests_by_day(self, customer_id: str, first_day: str, last_day: str) -> dict[str, int]:
            """Return the admitted requests of the days that have any, in order; raises `UsageUnavailable`."""
            ...


SECONDS_PER_MINUTE = 60
LIMIT_VARIABLE = "TENANT_REQUESTS_PER_MINUTE"
TABLE_VARIABLE = "TENANT_USAGE_TABLE"
KEPT_SECONDS = 400 * 24 * 3600  # a year with some time to look at it


class UsageUnavailable(Exception):  # noqa: N818 -- read as what happened
    """The count could not be kept. `reason` is a stable code."""

    def __init__(self, reason: str) -> None:
        """Take the code."""
        super().__init__(reason)
        self.reason = reason


def requests_per_minute(environment: Mapping[str, str]) -> int:
    """Read the limit from a function's environment; raises ValueError where it is no positive whole number."""
    text = environment[LIMIT_VARIABLE]
    if not text.isascii() or not text.isdigit() or int(text) == 0:
        raise ValueError(f"{LIMIT_VARIABLE} is {text!r}; set it to how many requests a tenant may make in a minute")
    return int(text)


def seconds_to_next_minute(now: float) -> int:
    """Return how long a caller over the limit waits, at least 1."""
    return SECONDS_PER_MINUTE - int(now) % SECONDS_PER_MINUTE
