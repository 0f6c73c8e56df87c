"""The current versions of secrets, kept for a while, for whoever needs a secret's text and not a key ring.

Secrets are asked for by ids from settings, never by anything from a request, so that their number is bounded.
Deliberately does not read what a value means; only the public placeholder is refused.
"""

from __future__ import annotations

from time import monotonic

from secret_store.cached_value import CachedValue
from secret_store.errors import SecretError, SecretUnusable
from secret_store.signing_key import PLACEHOLDER
from secret_store.signing_key_ring import GRACE_SECONDS, MAXIMUM_AGE_SECONDS, RETRY_SECONDS

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from secret_store.secret_source import SecretSource, SecretVersion


class CachedSecrets:
    """`current(secret_id)` is `AWSCURRENT` of a secret, read again after `maximum_age_seconds`."""

    def __init__(
        self,
        *,
        source: SecretSource,
        clock: Callable[[], float] = monotonic,
        maximum_age_seconds: float = MAXIMUM_AGE_SECONDS,
    ) -> None:
        """Take where secrets are; nothing is read yet."""
        self._source = source
        self._clock = clock
        self._maximum_age_seconds = maximum_age_seconds
        self._cached: dict[str, CachedValue[SecretVersion]] = {}

    def current(self, secret_id: str) -> SecretVersion:
        """Return the current version of the secret with this ARN or name.

        Raises:
            SecretError: it cannot be read, and was not for longer than the grace, or holds the placeholder.
        """
        cached = self._cached.get(secret_id)
        if cached is None:
            cached = self._cached[secret_id] = CachedValue(
                lambda: self._read(secret_id),
                error_type=SecretError,
                clock=self._clock,
                maximum_age_seconds=self._maximum_age_seconds,
                grace_seconds=GRACE_SECONDS,
                retry_seconds=RETRY_SECONDS,
            )
        return cached.get()

    def _read(self, secret_id: str) -> SecretVersion:
        version = self._source.read(secret_id, "AWSCURRENT")
        if version.value == PLACEHOLDER:
            raise SecretUnusable(f"version {version.version_id} is the placeholder: rotate the secret once to fill it")
        return version
