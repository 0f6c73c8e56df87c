"""HS256 keys (RFC 7518 section 3.2) on the standard library's HMAC, the same primitive that PyJWT wraps.

Deliberately HS256 only: one hash, one minimum length, no algorithm to choose at run time.
"""

from __future__ import annotations

import hmac

from jwt_verification.errors import WeakHmacKey

MINIMUM_KEY_BYTES = 32  # RFC 7518 section 3.2: at least as long as the hash


class HmacKey:
    """A secret that signs and verifies. Neither `repr` nor an error message of this class shows it."""

    algorithm = "HS256"
    __slots__ = ("_secret",)

    def __init__(self, secret: bytes) -> None:
        """Take the raw secret.

        Raises:
            WeakHmacKey: it is shorter than RFC 7518 allows.
        """
        if len(secret) < MINIMUM_KEY_BYTES:
            raise WeakHmacKey(f"an HS256 key has at least {MINIMUM_KEY_BYTES} bytes, this one has {len(secret)}")
        self._secret = secret

    def __repr__(self) -> str:
        """Name the class and nothing else."""
        return "<HmacKey>"

    def sign(self, signing_input: bytes) -> bytes:
        """Return the 32 bytes of the signature."""
        return hmac.digest(self._secret, signing_input, "sha256")

    def verify(self, signing_input: bytes, signature: bytes) -> bool:
        """Tell, in constant time, whether `signature` is this key's over `signing_input`."""
        return hmac.compare_digest(hmac.digest(self._secret, signing_input, "sha256"), signature)
