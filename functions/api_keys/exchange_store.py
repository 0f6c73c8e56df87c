"""What checking a key needs to read and count: the port, and the counts of failures.

A count belongs to a source address (`SOURCE#...`) or to a key id (`KEY#...`). It is forgotten when no failure has been
added for a while, at `window_ends`.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import Protocol

    from api_keys.records import KeyRecord

    class ExchangeStore(Protocol):
        """Reads keys strongly consistently, counts eventually consistently; counts one by one, never over another."""

        def read(self, *, key_id: str | None, counter_ids: Sequence[str]) -> Reading:
            """Return a key (None: none is wanted) and counts of failures, in one call.

            Raises:
                StoreUnavailable: the store did not answer.
            """
            ...

        def count_failure(self, counter_id: str, *, now: int, window_seconds: int) -> int:
            """Add a failure at `now` (seconds since 1970) and return how many there are, this one included.

            The count then lives on until `now + window_seconds`; one that had ended before `now` begins again at 1.

            Raises:
                StoreUnavailable: it is not known to be counted.
            """
            ...


class FailureCount:
    """Failures of one source or key, forgotten at `window_ends` (seconds since 1970)."""

    __slots__ = ("failures", "window_ends")

    def __init__(self, *, failures: int, window_ends: int) -> None:
        """Hold both."""
        self.failures = failures
        self.window_ends = window_ends


class Reading:
    """The key's record, None where there is none, and the counts that exist, by their ids."""

    __slots__ = ("counts", "key")

    def __init__(self, *, key: KeyRecord | None, counts: Mapping[str, FailureCount]) -> None:
        """Hold both."""
        self.key = key
        self.counts = counts


class SourceUnknown(ValueError):  # noqa: N818 -- read as a reason
    """What API Gateway gave as the caller's address is no address."""

    code = "source_unknown"


def source_counter(source: str) -> str:
    """Return the id of the count of a source address.

    Of an IPv6 address only the first 64 bits count: whoever has one address of a network has all of it (RFC 4291
    section 2.5.1, RFC 6177).

    Raises:
        SourceUnknown: `source` is not an address.
    """
    from ipaddress import IPv6Address, ip_address, ip_network

    try:
        address = ip_address(source)
    except ValueError:
        raise SourceUnknown("the caller's address is not an IP address") from None
    if isinstance(address, IPv6Address):
        mapped = address.ipv4_mapped
        if mapped is None:
            network = ip_network((int(address) >> 64 << 64, 64))
            return f"SOURCE#{network}"
        address = mapped
    return f"SOURCE#{address}"


def key_counter(key_id: str) -> str:
    """Return the id of the count of a key id."""
    return f"KEY#{key_id}"
