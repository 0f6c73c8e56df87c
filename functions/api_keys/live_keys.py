"""Whether the key that a token was issued for is still in use: the customer's record, cached for a bounded time.

    asked for a key that the cached record names          yes, for at most `maximum_age_seconds` after it was read
    ... that it does not name, token older than the record   no
    ... that it does not name, token maybe newer             the record is read again: the key may be new
    the record cannot be read, and none is fresh             nobody knows, so no

A revoked key is therefore refused at the latest `maximum_age_seconds` after the revocation, and a new key's first token
is never refused for a record that was read before the key was made.
"""

from __future__ import annotations

from api_keys.key_repository import StoreUnavailable

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from api_keys.records import Customer

DEFAULT_MAXIMUM_AGE_SECONDS = 30.0
LONGEST_AGE_SECONDS = 300.0  # a revocation that takes longer is none
MAXIMUM_CUSTOMERS = 1_000
# The clock of whoever issued a token may differ from ours by this much.
MAXIMUM_CLOCK_DIFFERENCE_SECONDS = 60.0
RETRY_SECONDS = 1.0  # between attempts to read a table that does not answer


class KeyNotLive(Exception):  # noqa: N818 -- read as a reason
    """The token's key, or its customer, has been revoked, or the key has expired."""

    code = "token_revoked"


class LivenessUnknown(Exception):  # noqa: N818 -- read as a reason
    """The customer's record cannot be read."""

    code = "revocation_unknown"
    temporary = True  # no cache may keep the denial: see authorizer.denial


class _Known:
    __slots__ = ("key_ids", "read_at")

    def __init__(self, *, key_ids: frozenset[str], read_at: float) -> None:
        self.key_ids = key_ids
        self.read_at = read_at


class LiveKeys:
    """Remembers the keys in use of the customers that were asked for last."""

    def __init__(
        self,
        *,
        read_customer: Callable[[str], Customer | None],
        clock: Callable[[], float],
        maximum_age_seconds: float = DEFAULT_MAXIMUM_AGE_SECONDS,
        maximum_customers: int = MAXIMUM_CUSTOMERS,
    ) -> None:
        """Take how to read a customer (strongly consistent; raises StoreUnavailable) and monotonic seconds.

        Raises:
            ValueError: an age that is not 0 to `LONGEST_AGE_SECONDS`, or no room for one customer.
        """
        if not 0 <= maximum_age_seconds <= LONGEST_AGE_SECONDS or maximum_customers < 1:
            raise ValueError(f"maximum_age_seconds is 0 to {LONGEST_AGE_SECONDS:.0f} and maximum_customers at least 1")
        self._read_customer = read_customer
        self._clock = clock
        self._maximum_age_seconds = maximum_age_seconds
        self._maximum_customers = maximum_customers
        self._known: dict[str, _Known] = {}  # in the order of last use
        self._failed_at: float | None = None

    def require_live(self, customer_id: str, key_id: str, *, token_age_seconds: float) -> None:
        """Pass where the customer's key is in use; `token_age_seconds` is the time since the token was issued.

        Raises:
            KeyNotLive, LivenessUnknown: as their names say.
        """
        now = self._clock()
        known = self._known.get(customer_id)
        if known is None or self._must_read_again(known, key_id, now, token_age_seconds):
            known = self._read(customer_id, now)
        self._keep(customer_id, known)
        if key_id not in known.key_ids:
            raise KeyNotLive("the key that this token was issued for is no longer in use")

    def _must_read_again(self, known: _Known, key_id: str, now: float, token_age_seconds: float) -> bool:
        age = now - known.read_at
        may_be_newer = token_age_seconds <= age + MAXIMUM_CLOCK_DIFFERENCE_SECONDS
        return age >= self._maximum_age_seconds or (key_id not in known.key_ids and may_be_newer)

    def _read(self, customer_id: str, now: float) -> _Known:
        if self._failed_at is not None and now - self._failed_at < RETRY_SECONDS:
            raise LivenessUnknown("the table of keys did not answer a moment ago")
        try:
            # `now` is from before the read, so that the record is never taken for younger than it is.
            customer = self._read_customer(customer_id)
        except StoreUnavailable as error:
            self._failed_at = now
            raise LivenessUnknown(str(error)) from None
        self._failed_at = None
        return _Known(key_ids=frozenset() if customer is None else customer.live_key_ids, read_at=now)

    def _keep(self, customer_id: str, known: _Known) -> None:
        self._known.pop(customer_id, None)
        self._known[customer_id] = known
        if len(self._known) > self._maximum_customers:
            del self._known[next(iter(self._known))]
