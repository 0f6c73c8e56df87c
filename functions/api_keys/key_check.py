"""Is this API key good, and may its source still try?

    source  ─┐
    key text ┴─> locked? ──> digest equal? ──> revoked? expired? ──> GoodKey
                   │               └────────────────┴──> counted for the source and the key id, InvalidApiKey
                   └──> LockedOut

A source that has failed `source_failures` times, and a key id that has been tried `key_failures` times, are locked out:
each failure no later than `window_seconds` after the one before, and the lock-out ends that long after the last one.
Refused attempts during a lock-out are not looked at, so they neither count nor learn anything. Success takes nothing
off any count: whoever has one good key must not be able to go on guessing another by using it in between.

Every failure counts, whatever it was, and costs the same: an unknown key id is compared and counted like a known one.
"""

from __future__ import annotations

from api_keys.exchange_store import key_counter, source_counter
from api_keys.key_text import MalformedApiKey, parse_key
from api_keys.recent_attempts import RecentAttempts
from api_keys.records import ACTIVE

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from api_keys.exchange_store import ExchangeStore, FailureCount

DEFAULT_SOURCE_FAILURES = 20
DEFAULT_KEY_FAILURES = 10
DEFAULT_WINDOW_SECONDS = 300


class InvalidApiKey(Exception):  # noqa: N818 -- read as a reason
    """The key is not good. `reason`, for logs only, says why; a caller is never told.

    `key_id` is what a well-formed key claimed, "" otherwise; `began_lockouts` names what this failure locked out
    (`source`, `key`).
    """

    def __init__(self, reason: str, *, key_id: str, began_lockouts: tuple[str, ...]) -> None:
        """Hold the reason, a stable code."""
        super().__init__(reason)
        self.reason = reason
        self.key_id = key_id
        self.began_lockouts = began_lockouts


class LockedOut(Exception):  # noqa: N818 -- read as a reason
    """Too many failures; `reason` is `source_locked_out` or `key_locked_out`, `retry_after` in seconds."""

    def __init__(self, reason: str, *, retry_after: int, key_id: str = "") -> None:
        """Hold what is locked out and until when."""
        super().__init__(reason)
        self.reason = reason
        self.retry_after = retry_after
        self.key_id = key_id


class LockoutRules:
    """After how many failures, and for how long (seconds)."""

    __slots__ = ("key_failures", "source_failures", "window_seconds")

    def __init__(
        self,
        *,
        source_failures: int = DEFAULT_SOURCE_FAILURES,
        key_failures: int = DEFAULT_KEY_FAILURES,
        window_seconds: int = DEFAULT_WINDOW_SECONDS,
    ) -> None:
        """Take the numbers, each at least 1; raises ValueError for others."""
        if min(source_failures, key_failures, window_seconds) < 1:
            raise ValueError("lock-out settings are whole numbers of at least 1")
        self.source_failures = source_failures
        self.key_failures = key_failures
        self.window_seconds = window_seconds

    @classmethod
    def of(cls, environment: Mapping[str, str]) -> LockoutRules:
        """Read LOCKOUT_SOURCE_FAILURES, LOCKOUT_KEY_FAILURES, LOCKOUT_SECONDS; raises ValueError for no number."""
        return cls(
            source_failures=int(environment.get("LOCKOUT_SOURCE_FAILURES", DEFAULT_SOURCE_FAILURES)),
            key_failures=int(environment.get("LOCKOUT_KEY_FAILURES", DEFAULT_KEY_FAILURES)),
            window_seconds=int(environment.get("LOCKOUT_SECONDS", DEFAULT_WINDOW_SECONDS)),
        )


class GoodKey:
    """Whose key it is, and until when (seconds since 1970, None for no end)."""

    __slots__ = ("customer_id", "expires_at", "key_id")

    def __init__(self, *, customer_id: str, key_id: str, expires_at: int | None) -> None:
        """Hold the three."""
        self.customer_id = customer_id
        self.key_id = key_id
        self.expires_at = expires_at


class KeyCheck:
    """Checks keys. Build it once."""

    def __init__(self, *, store: ExchangeStore, rules: LockoutRules, clock: Callable[[], float]) -> None:
        """Take what to read and count with, the rules, and seconds since 1970."""
        self._store = store
        self._rules = rules
        self._clock = clock
        self._attempts = RecentAttempts(window_seconds=rules.window_seconds)

    def source_was_read(self, source: str) -> bool:
        """Pass where `source` may try; False where it was not read, which is then for whoever checks the key.

        A source's count is read here from the attempt on with which its failures, as far as this worker has seen, can
        have locked it out. Before that, a read would find nothing but what other workers have seen, and finds that as
        well when the key is read, in the same call.

        Raises:
            LockedOut, StoreUnavailable, SourceUnknown: as `require_open`.
        """
        if self._attempts.before(source_counter(source), now=self._clock()) < self._rules.source_failures:
            return False
        self.require_open(source)
        return True

    def require_open(self, source: str) -> None:
        """Pass where `source` may try.

        Raises:
            LockedOut, StoreUnavailable: as their names say.
            SourceUnknown: `source` is not an address.
        """
        counter = source_counter(source)
        reading = self._store.read(key_id=None, counter_ids=[counter])
        self._refuse_locked_source(reading.counts.get(counter))

    def check(self, text: object, *, source: str, source_is_open: bool = False) -> GoodKey:
        """Return whose key `text` is, after one read (and, where it is no good, its counting).

        Args:
            text: the presented key, which may be anything.
            source: the address that API Gateway saw.
            source_is_open: its count was read for this very request (`source_was_read`), so it is not read again.

        Raises:
            InvalidApiKey, LockedOut: as their names say.
            StoreUnavailable: it cannot be looked up, or a failure cannot be counted; then nobody is told anything.
            SourceUnknown: `source` is not an address.
        """
        counter = source_counter(source)
        try:
            presented = parse_key(text)
        except MalformedApiKey:
            if not source_is_open:
                self.require_open(source)
            raise self._counted(MalformedApiKey.code, key_id="", counter=counter) from None
        of_key = key_counter(presented.key_id)
        reading = self._store.read(
            key_id=presented.key_id, counter_ids=[of_key] if source_is_open else [counter, of_key]
        )
        self._refuse_locked_source(reading.counts.get(counter))
        self._refuse_locked(
            reading.counts.get(of_key), self._rules.key_failures, "key_locked_out", key_id=presented.key_id
        )
        record = reading.key
        if not presented.is_of(None if record is None else record.secret_sha256) or record is None:
            reason = "unknown_api_key" if record is None else "wrong_api_key_secret"
            raise self._counted(reason, key_id=presented.key_id, counter=counter)
        status = record.status(self._clock())
        if status != ACTIVE:
            raise self._counted(f"{status}_api_key", key_id=presented.key_id, counter=counter)
        return GoodKey(customer_id=record.customer_id, key_id=record.key_id, expires_at=record.expires_at)

    def _refuse_locked_source(self, count: FailureCount | None) -> None:
        self._refuse_locked(count, self._rules.source_failures, "source_locked_out")

    def _refuse_locked(self, count: FailureCount | None, limit: int, reason: str, *, key_id: str = "") -> None:
        now = self._clock()
        if count is not None and count.failures >= limit and now < count.window_ends:
            # Rounded up, so that whoever waits this long is let in.
            raise LockedOut(reason, retry_after=max(1, -int(now - count.window_ends)), key_id=key_id)

    def _counted(self, reason: str, *, key_id: str, counter: str) -> InvalidApiKey:
        now, window = int(self._clock()), self._rules.window_seconds
        began: list[str] = []
        if self._store.count_failure(counter, now=now, window_seconds=window) == self._rules.source_failures:
            began.append("source")
        if key_id:
            failures = self._store.count_failure(key_counter(key_id), now=now, window_seconds=window)
            if failures == self._rules.key_failures:
                began.append("key")
        return InvalidApiKey(reason, key_id=key_id, began_lockouts=tuple(began))
