"""The keys of one signing key secret while it is being rotated: `AWSCURRENT` signs, `AWSCURRENT` and `AWSPREVIOUS`
verify.

A token names the version that signed it (`kid` is the version's id). A `kid` that is neither may mean that a rotation
has happened, so both versions are read again, but at most once per cool-down: 1,000 invented ids cost one refresh.
The `kid` itself is never sent anywhere. `AWSPREVIOUS` is read only once a token needs it.
"""

from __future__ import annotations

from time import monotonic

from jwt_verification.errors import UnknownKey
from secret_store.cached_value import CachedValue
from secret_store.errors import SecretError, SecretUnusable, SecretVersionMissing
from secret_store.signing_key import signing_key_in

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from jwt_verification.hmac_key import HmacKey
    from secret_store.secret_source import SecretSource
    from secret_store.signing_key import SigningKey

MAXIMUM_AGE_SECONDS = 300.0  # the default of AWS's own extension
GRACE_SECONDS = 3_600.0  # how long Secrets Manager may be away before nobody is let in
RETRY_SECONDS = 1.0  # between two attempts to read a secret that cannot be read
# Short, because a token of a rotation that follows within it is refused; long enough to bound what a flood can cost.
COOL_DOWN_SECONDS = 2.0


class SigningKeyRing:
    """A `KeySource` for verifiers, and the current key for the signer."""

    def __init__(
        self,
        *,
        source: SecretSource,
        secret_id: str,
        clock: Callable[[], float] = monotonic,
        maximum_age_seconds: float = MAXIMUM_AGE_SECONDS,
    ) -> None:
        """Take where the secret is; nothing is read yet.

        Raises:
            ValueError: `secret_id` is empty.
        """
        if not secret_id:
            raise ValueError("secret_id is empty: set the ARN of the signing key secret")
        self._source = source
        self._secret_id = secret_id
        self._clock = clock
        self._refreshed_at: float | None = None

        def cached(load: Callable[[], dict[str, HmacKey]]) -> CachedValue[dict[str, HmacKey]]:
            return CachedValue(
                load,
                error_type=SecretError,
                clock=clock,
                maximum_age_seconds=maximum_age_seconds,
                grace_seconds=GRACE_SECONDS,
                retry_seconds=RETRY_SECONDS,
            )

        # Each holds one key by its id; `AWSPREVIOUS` may hold none, and is asked only once a token may need it.
        self._current = cached(self._load_current)
        self._previous = cached(self._load_previous)
        self._previous_wanted = False
        self._current_key_id: str | None = None

    def signing_key(self) -> tuple[str, HmacKey]:
        """Return the id and the key to sign with.

        Raises:
            SecretError: there is none that may be used.
        """
        [(key_id, key)] = self._current.get().items()
        return key_id, key

    def key_for(self, key_id: str | None, algorithm: str) -> HmacKey:  # noqa: ARG002 -- every key here is an HS256 key
        """See `jwt_verification.key_source.KeySource`; also raises `SecretError` where the secret cannot be read."""
        if key_id is None:
            raise UnknownKey("a token names the version of the signing key in `kid`")
        key = self._current.get().get(key_id)
        if key is None and self._previous_wanted:
            key = self._previous.get().get(key_id)
        if key is None and self._may_refresh():
            key = self._current.reload().get(key_id)
            if key is None:
                self._previous_wanted = True
                key = self._previous.reload().get(key_id)
        if key is None:
            raise UnknownKey("no version of the signing key in use has the token's `kid`")
        return key

    def _may_refresh(self) -> bool:
        now = self._clock()
        if self._refreshed_at is not None and now - self._refreshed_at < COOL_DOWN_SECONDS:
            return False
        self._refreshed_at = now
        return True

    def _load_current(self) -> dict[str, HmacKey]:
        signing_key = signing_key_in(self._source.read(self._secret_id, "AWSCURRENT"))
        if self._current_key_id not in (None, signing_key.key_id):
            # What was current is the previous key now, and its tokens are still good.
            self._previous.outdate()
            self._previous_wanted = True
        self._current_key_id = signing_key.key_id
        return _by_id(signing_key)

    def _load_previous(self) -> dict[str, HmacKey]:
        try:
            return _by_id(signing_key_in(self._source.read(self._secret_id, "AWSPREVIOUS")))
        except (SecretVersionMissing, SecretUnusable):
            return {}  # absent, or the placeholder before the second rotation: it verifies nothing


def _by_id(signing_key: SigningKey) -> dict[str, HmacKey]:
    return {signing_key.key_id: signing_key.key}
