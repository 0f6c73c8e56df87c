"""The admin keys that are good while their secret is being rotated: those of `AWSCURRENT` and `AWSPREVIOUS`.

A key that is neither may be the one of a rotation that has just happened, so both versions are read again before it is
refused. How often that may happen is bounded by a small budget which fills up with time: a few mistyped keys never make
the next key wait, and a flood of wrong ones costs one reading in `REFILL_SECONDS`. Only while such a flood lasts can a
brand-new key be refused, for no longer than that; the key before it works all the while.

    a key that is good          compared with both digests, in constant time; nothing is read
    a key that two rotations have replaced    good for at most MAXIMUM_AGE_SECONDS where no other key came in between
"""

from __future__ import annotations

import hmac
from time import monotonic

from secret_store.admin_key import MAXIMUM_PRESENTED_LENGTH, AdminKey, admin_key_in, digest_of
from secret_store.cached_value import CachedValue
from secret_store.errors import SecretError, SecretUnusable, SecretVersionMissing

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from secret_store.secret_source import SecretSource

MAXIMUM_AGE_SECONDS = 60.0  # short: an old key's end must not wait for a cache
GRACE_SECONDS = 300.0  # how long Secrets Manager may be away before no administrator is let in
RETRY_SECONDS = 1.0
REFRESH_BUDGET = 5
REFILL_SECONDS = 2.0


class AdminKeyUnknown(Exception):  # noqa: N818 -- read as a reason
    """The presented key is neither the current nor the previous admin key."""

    code = "admin_key_unknown"


class AdminKeyRing:
    """Tells admin keys from others. Build it once."""

    def __init__(self, *, source: SecretSource, secret_id: str, clock: Callable[[], float] = monotonic) -> None:
        """Take where the secret is; nothing is read yet. `clock` is monotonic seconds.

        Raises:
            ValueError: `secret_id` is empty.
        """
        if not secret_id:
            raise ValueError("secret_id is empty: set the ARN of the admin key secret")
        self._source = source
        self._secret_id = secret_id
        self._clock = clock
        self._keys = CachedValue(
            self._load,
            error_type=SecretError,
            clock=clock,
            maximum_age_seconds=MAXIMUM_AGE_SECONDS,
            grace_seconds=GRACE_SECONDS,
            retry_seconds=RETRY_SECONDS,
        )
        self._budget = float(REFRESH_BUDGET)
        self._budget_at = clock()
        self._loads = 0

    def version_of(self, presented: str) -> str:
        """Return the id of the secret's version whose key `presented` is.

        Raises:
            AdminKeyUnknown: of none that is in use.
            SecretError: the secret cannot be read, or its current version is no key.
        """
        if len(presented) > MAXIMUM_PRESENTED_LENGTH:
            raise AdminKeyUnknown("longer than any admin key")
        digest = digest_of(presented)
        loads = self._loads
        version_id = _version_with(digest, self._keys.get())
        # What has just been read need not be read again.
        if version_id is None and loads == self._loads and self._may_refresh():
            version_id = _version_with(digest, self._keys.reload())
        if version_id is None:
            raise AdminKeyUnknown("neither the current nor the previous admin key")
        return version_id

    def _may_refresh(self) -> bool:
        now = self._clock()
        self._budget = min(float(REFRESH_BUDGET), self._budget + (now - self._budget_at) / REFILL_SECONDS)
        self._budget_at = now
        if self._budget < 1:
            return False
        self._budget -= 1
        return True

    def _load(self) -> tuple[AdminKey, ...]:
        self._loads += 1
        current = admin_key_in(self._source.read(self._secret_id, "AWSCURRENT"))
        try:
            return current, admin_key_in(self._source.read(self._secret_id, "AWSPREVIOUS"))
        except (SecretVersionMissing, SecretUnusable):
            return (current,)  # absent, or the placeholder before the second rotation: it lets nobody in


def _version_with(digest: bytes, keys: tuple[AdminKey, ...]) -> str | None:
    """Compare with every key, so that the time does not tell which one was near."""
    found = None
    for key in keys:
        if hmac.compare_digest(key.digest, digest):
            found = key.version_id
    return found
