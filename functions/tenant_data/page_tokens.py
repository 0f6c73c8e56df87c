"""`nextToken`: where a page ended, signed, bound to its customer, and good for an hour.

    base64url( HMAC-SHA256 (32 bytes) | version of the key | LF | expiry | LF | data_id of the last row )

The HMAC is over a label, the customer and the rest, so a token means nothing with another customer, and no other
signature made with the key can be passed off as one. The customer itself is not in it. The key is a secret of its own:
whoever signs pages cannot sign tenants' tokens. After a rotation, tokens of the previous version are still good.
"""

from __future__ import annotations

from api_responses.refusals import invalid
from jwt_verification.base64url import decode, encode
from jwt_verification.errors import UnknownKey
from jwt_verification.hmac_key import HmacKey

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Protocol

    from api_responses.refusals import Refusal

    class PageTokenKeys(Protocol):
        """The versions of the key; `secret_store.signing_key_ring.SigningKeyRing` is one. Raises `SecretError`."""

        def signing_key(self) -> tuple[str, HmacKey]:
            """Return the id and the key to sign with."""
            ...

        def key_for(self, key_id: str | None, algorithm: str) -> HmacKey:
            """Return the key with this id; raises `UnknownKey`."""
            ...


PARAMETER = "nextToken"
LIFETIME_SECONDS = 3_600
MAXIMUM_LENGTH = 4_096  # a sort key has at most 1,024 bytes
_LABEL = b"gatehouse nextToken 1"
_MAC_BYTES = 32
_MAXIMUM_KEY_ID_LENGTH = 64  # of a secret's version, by the Secrets Manager API reference


class PageTokens:
    """Makes tokens and reads them."""

    def __init__(self, *, keys: PageTokenKeys, clock: Callable[[], float]) -> None:
        """Take the keys, and the clock (seconds since 1970)."""
        self._keys = keys
        self._clock = clock

    def token_after(self, customer_id: str, data_id: str) -> str:
        """Return the token for the page that follows this row; raises `SecretError` without a key."""
        key_id, key = self._keys.signing_key()
        expires = int(self._clock()) + LIFETIME_SECONDS
        body = f"{key_id}\n{expires}\n{data_id}".encode()
        return encode(key.sign(_signed(customer_id, body)) + body).decode("ascii")

    def data_id_in(self, customer_id: str, token: str) -> str:
        """Return the `data_id` that the page begins after.

        Raises:
            Refusal: 400, where it is not one of this customer's tokens, or has expired.
            SecretError: without a key.
        """
        if len(token) > MAXIMUM_LENGTH or not token.isascii():
            raise _malformed()
        try:
            content = decode(token.encode())
        except ValueError:
            raise _malformed() from None
        mac, body = content[:_MAC_BYTES], content[_MAC_BYTES:]
        key_id, _, rest = body.partition(b"\n")
        if not 0 < len(key_id) <= _MAXIMUM_KEY_ID_LENGTH or not key_id.isascii():
            raise _malformed()
        try:
            key = self._keys.key_for(key_id.decode(), HmacKey.algorithm)
        except UnknownKey:
            raise _malformed() from None
        if not key.verify(_signed(customer_id, body), mac):
            raise _malformed()
        expires, _, data_id = rest.partition(b"\n")  # signed by us, so of the form that we write
        if int(expires) <= self._clock():
            raise invalid(PARAMETER, "Expired: start again with the first page", reason="page_token_expired")
        return data_id.decode()


def _signed(customer_id: str, body: bytes) -> bytes:
    return b"\n".join((_LABEL, customer_id.encode(), body))


def _malformed() -> Refusal:
    return invalid(PARAMETER, "Not a valid nextToken: send one exactly as it was answered", reason="page_token_refused")
