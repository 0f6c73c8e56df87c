"""The token that a good key gets: HS256, signed with the current version of the signing key.

    iss, aud      settings
    sub           the customer's id; `customer_id` is the same
    customer_id, key_id
    iat, exp      an hour apart, less where the key itself ends sooner
    jti           random

Deliberately not in a token: names, and anything that the API would have to keep secret.
"""

from __future__ import annotations

import os

from jwt_verification.signer import sign

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from api_keys.key_check import GoodKey
    from jwt_verification.hmac_key import HmacKey

TOKEN_LIFETIME_SECONDS = 3_600  # seed 002: `"expires_in": 3600`
_TOKEN_ID_BYTES = 16


class IssuedToken:
    """A token, its id, and how many seconds it lives. `repr` shows the id only."""

    __slots__ = ("expires_in", "text", "token_id")

    def __init__(self, *, text: str, token_id: str, expires_in: int) -> None:
        """Hold the three."""
        self.text = text
        self.token_id = token_id
        self.expires_in = expires_in

    def __repr__(self) -> str:
        """Name the token, and do not show it."""
        return f"<IssuedToken {self.token_id}>"


class TokenIssuer:
    """Issues tokens. Build it once."""

    def __init__(
        self,
        *,
        signing_key: Callable[[], tuple[str, HmacKey]],
        issuer: str,
        audience: str,
        clock: Callable[[], float],
        random_bytes: Callable[[int], bytes] = os.urandom,
    ) -> None:
        """Take where the key to sign with comes from (see SigningKeyRing), and seconds since 1970.

        Raises:
            ValueError: `issuer` or `audience` is empty.
        """
        if not issuer or not audience:
            raise ValueError("TOKEN_ISSUER and TOKEN_AUDIENCE are not empty")
        self._signing_key = signing_key
        self._issuer = issuer
        self._audience = audience
        self._clock = clock
        self._random_bytes = random_bytes

    def issue(self, key: GoodKey) -> IssuedToken | None:
        """Return a token for the customer of `key`, None where the key has ended meanwhile.

        Raises:
            SecretError: there is no key to sign with.
        """
        now = int(self._clock())
        expires_at = now + TOKEN_LIFETIME_SECONDS
        if key.expires_at is not None:
            expires_at = min(expires_at, key.expires_at)
        if expires_at <= now:
            return None
        version_id, signing_key = self._signing_key()
        token_id = self._random_bytes(_TOKEN_ID_BYTES).hex()
        claims = {
            "iss": self._issuer,
            "aud": self._audience,
            "sub": key.customer_id,
            "customer_id": key.customer_id,
            "key_id": key.key_id,
            "iat": now,
            "exp": expires_at,
            "jti": token_id,
        }
        text = sign(claims, key=signing_key, key_id=version_id)
        return IssuedToken(text=text, token_id=token_id, expires_in=expires_at - now)
