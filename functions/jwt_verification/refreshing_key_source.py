"""A `KeySource` that keeps the last good key set of an issuer and knows when to load it again.

    age    0 ........ maximum_age ........ maximum_age + grace ........
    keys   as held    load again; where    load again; where that
                      that fails, or       fails, the failure:
                      another thread       closed
                      is at it, as held

    unknown kid       load again, unless the last attempt is younger than the cool-down: 1,000 invented ids cost one
    failed load       not tried again within `retry_seconds`

One load at a time, whatever the number of threads: whoever can use the held set does so, the others wait for the one
that loads. Deliberately knows nothing of addresses and documents: `load` does, and it takes nothing from a token.
"""

from __future__ import annotations

import threading
from time import monotonic

from jwt_verification.errors import UnknownKey
from jwt_verification.jwk_set import parse_jwk_set
from jwt_verification.key_set_errors import KeySetError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from jwt_verification.jwk import JwkRules
    from jwt_verification.jwk_set import KeySet
    from jwt_verification.key_set_fetcher import KeySetFetcher
    from jwt_verification.key_source import VerificationKey

MAXIMUM_AGE_SECONDS = 300.0  # how long a key that the issuer withdrew may still be good
GRACE_SECONDS = 3_600.0  # how long the issuer may be away before nobody is let in
RETRY_SECONDS = 2.0  # between two attempts at an issuer that does not answer
# A token signed with a key that the issuer has just begun to use is refused for at most this long after the last load.
COOL_DOWN_SECONDS = 10.0


class RefreshingKeySource:
    """See the module. Build it once, at module scope; nothing is loaded before the first token."""

    def __init__(
        self,
        load: Callable[[], KeySet],
        *,
        clock: Callable[[], float] = monotonic,
        maximum_age_seconds: float = MAXIMUM_AGE_SECONDS,
        grace_seconds: float = GRACE_SECONDS,
        retry_seconds: float = RETRY_SECONDS,
        cool_down_seconds: float = COOL_DOWN_SECONDS,
        report_left_out: Callable[[Mapping[str, int]], object] | None = None,
    ) -> None:
        """Take how to load and for how long what was loaded is good.

        Args:
            load: returns a key set or raises `KeySetError`; bounded in time by itself.
            clock: monotonic seconds.
            maximum_age_seconds: a set is loaded again when it is this old; sooner where its `refresh_hint_seconds` says
                so, but not below the cool-down.
            grace_seconds: how much older a set may be used while it cannot be loaded.
            retry_seconds: the least time between a failed load and the next one.
            cool_down_seconds: the least time between a load and the next one because of an unknown `kid`.
            report_left_out: gets `KeySet.left_out` after every load that left keys out; `left_out_log` makes one.

        Raises:
            ValueError: a time is negative, or sets would be too old before they may be loaded again.
        """
        # `not >=` and not `<`, so that NaN is refused.
        if not (grace_seconds >= 0 and cool_down_seconds >= 0 and 0 < retry_seconds <= maximum_age_seconds):
            raise ValueError("times are positive, and maximum_age_seconds is at least retry_seconds")
        self._load_key_set = load
        self._clock = clock
        self._maximum_age_seconds = maximum_age_seconds
        self._grace_seconds = grace_seconds
        self._retry_seconds = retry_seconds
        self._cool_down_seconds = cool_down_seconds
        self._report_left_out = report_left_out
        self._loading = threading.Lock()
        self._held: _Held | None = None  # replaced as a whole, so that threads see all of it or none
        self._attempted_at: float | None = None
        self._failure: tuple[type[KeySetError], str] = (KeySetError, "no key set has been loaded")

    def key_for(self, key_id: str | None, algorithm: str) -> VerificationKey:
        """See `jwt_verification.key_source.KeySource`; also raises `KeySetError` where no key set may be used."""
        held = self._held
        if held is None or self._clock() >= held.fresh_until:
            held = self._renewed()
        key = held.keys.find(key_id, algorithm)
        if key is None:
            key = self._after_unknown(held).keys.find(key_id, algorithm)
        if key is None:
            raise UnknownKey(f"no {algorithm} key in use has the token's `kid`")
        return key

    def refresh(self) -> None:
        """Load now, whatever the age of what is held, for who keeps keys fresh outside of requests.

        Raises:
            KeySetError: it failed; what is held stays in use for as long as it would have.
        """
        with self._loading:
            if not self._load(self._clock()):
                error_type, message = self._failure
                raise error_type(message)

    def seconds_until_stale(self) -> float:
        """Return after how many seconds a token would cause a load; 0 where it would now."""
        held = self._held
        return 0.0 if held is None else max(0.0, held.fresh_until - self._clock())

    def _renewed(self) -> _Held:
        """Return a set that may be used now; raises the last failure where there is none."""
        held = self._held
        may_be_used = held is not None and self._clock() < held.good_until
        if not self._loading.acquire(blocking=not may_be_used):
            if held is None:  # never: without a set, `acquire` waits
                raise KeySetError("no key set has been loaded")
            return held
        try:
            held, now = self._held, self._clock()
            outdated = held is None or now >= held.fresh_until  # no longer, where another thread has just loaded
            if outdated and (self._attempted_at is None or now - self._attempted_at >= self._retry_seconds):
                self._load(now)
            held = self._held
        finally:
            self._loading.release()
        if held is None or self._clock() >= held.good_until:
            error_type, message = self._failure
            raise error_type(message)
        return held

    def _after_unknown(self, seen: _Held) -> _Held:
        """Return the set to look in again after `seen` did not have a key; `seen` itself within the cool-down."""
        with self._loading:
            now = self._clock()
            cool = self._attempted_at is None or now - self._attempted_at >= self._cool_down_seconds
            if cool and self._held is seen:
                self._load(now)
            return self._held or seen

    def _load(self, now: float) -> bool:
        self._attempted_at = now  # before the attempt, so that even a `load` with a mistake in it is not called at will
        try:
            keys = self._load_key_set()
        except KeySetError as error:
            # Not the exception itself: its traceback would keep the frames of this request alive, token and all.
            self._failure = (type(error), str(error))
            return False
        self._held = _Held(keys, fresh_until=now + self._age_of(keys), grace_seconds=self._grace_seconds)
        if keys.left_out and self._report_left_out is not None:  # last: where it fails, the keys are held all the same
            self._report_left_out(keys.left_out)
        return True

    def _age_of(self, keys: KeySet) -> float:
        hint = keys.refresh_hint_seconds
        if hint is None:
            return self._maximum_age_seconds
        return min(max(hint, self._cool_down_seconds, self._retry_seconds), self._maximum_age_seconds)


class _Held:
    """A key set and until when it is fresh, and good."""

    __slots__ = ("fresh_until", "good_until", "keys")

    def __init__(self, keys: KeySet, *, fresh_until: float, grace_seconds: float) -> None:
        self.keys = keys
        self.fresh_until = fresh_until
        self.good_until = fresh_until + grace_seconds


def jwks_key_source(
    url: str,
    *,
    rules: JwkRules,
    fetcher: KeySetFetcher | None = None,
    allow_plain_http: bool = False,
    clock: Callable[[], float] = monotonic,
    maximum_age_seconds: float = MAXIMUM_AGE_SECONDS,
    grace_seconds: float = GRACE_SECONDS,
    report_left_out: Callable[[Mapping[str, int]], object] | None = None,
) -> RefreshingKeySource:
    """Return the source of the keys that the issuer publishes at `url`, which comes from configuration.

    Args:
        url: the address of the JWK Set.
        rules: which of its keys are used.
        fetcher: how it is fetched; by default with `https_fetcher` and its limits.
        allow_plain_http: let the default fetcher fetch an `http://` address, too.
        clock, maximum_age_seconds, grace_seconds, report_left_out: as `RefreshingKeySource` takes them.

    Raises:
        ValueError: the default fetcher would not fetch `url`.
    """
    if fetcher is None:
        # Here, so that who brings a fetcher does not pay for `http.client` and `ssl`.
        from jwt_verification.https_fetcher import HttpsFetcher

        fetcher = HttpsFetcher(allow_plain_http=allow_plain_http)
        fetcher.check(url)
    fetch = fetcher.fetch
    return RefreshingKeySource(
        lambda: parse_jwk_set(fetch(url), rules),
        clock=clock,
        maximum_age_seconds=maximum_age_seconds,
        grace_seconds=grace_seconds,
        report_left_out=report_left_out,
    )
