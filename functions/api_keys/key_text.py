"""An API key as its holder has it: `<key id>.<secret>`.

    key id    16 random bytes as 32 lower-case hexadecimal digits; public, names the key in logs and listings
    secret    32 random bytes (256 bits) as 43 characters of base64url; of it only SHA-256 is stored

A plain hash is enough: nobody can search 256 random bits, so there is nothing that a slow hash would slow down. Every
key has exactly one accepted text.
"""

from __future__ import annotations

import hmac
import os
from hashlib import sha256

from api_keys.names import is_key_id
from jwt_verification.base64url import decode, encode

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

KEY_ID_BYTES = 16
SECRET_BYTES = 32
KEY_TEXT_LENGTH = 76
_NO_DIGEST = bytes(32)  # compared with where there is no key, so that an unknown key costs what a known one costs


class MalformedApiKey(Exception):  # noqa: N818 -- read as a reason
    """The text is not an API key of ours. The message does not repeat it."""

    code = "malformed_api_key"


class NewKey:
    """A key that nobody has seen yet. `repr` shows its id only."""

    __slots__ = ("key_id", "secret_sha256", "text")

    def __init__(self, *, key_id: str, secret_sha256: bytes, text: str) -> None:
        """Hold the key's text, for its one answer, and what is stored of it."""
        self.key_id = key_id
        self.secret_sha256 = secret_sha256
        self.text = text

    def __repr__(self) -> str:
        """Name the key, never the secret."""
        return f"<NewKey {self.key_id}>"


class PresentedKey:
    """A key as a caller presents it, true or not: the id that it claims and the digest of its secret."""

    __slots__ = ("key_id", "secret_sha256")

    def __init__(self, *, key_id: str, secret_sha256: bytes) -> None:
        """Hold both."""
        self.key_id = key_id
        self.secret_sha256 = secret_sha256

    def is_of(self, stored_sha256: bytes | None) -> bool:
        """Tell, in constant time, whether the secret's digest is the stored one; None, no key, is never."""
        same = hmac.compare_digest(self.secret_sha256, _NO_DIGEST if stored_sha256 is None else stored_sha256)
        return same and stored_sha256 is not None


def new_key(random_bytes: Callable[[int], bytes] = os.urandom) -> NewKey:
    """Return a new key from the operating system's random source."""
    key_id = random_bytes(KEY_ID_BYTES).hex()
    secret = random_bytes(SECRET_BYTES)
    return NewKey(
        key_id=key_id, secret_sha256=sha256(secret).digest(), text=f"{key_id}.{encode(secret).decode('ascii')}"
    )


def parse_key(text: object) -> PresentedKey:
    """Take a presented key apart.

    Raises:
        MalformedApiKey: it is not of our form; whatever it is, nothing of it is repeated.
    """
    if type(text) is not str or len(text) != KEY_TEXT_LENGTH or not text.isascii():
        raise MalformedApiKey("an API key is `<key id>.<secret>`")
    key_id, _, secret_text = text.partition(".")
    try:
        secret = decode(secret_text.encode("ascii"))
    except ValueError:
        secret = b""
    if not is_key_id(key_id) or len(secret) != SECRET_BYTES:
        raise MalformedApiKey("an API key is `<key id>.<secret>`")
    return PresentedKey(key_id=key_id, secret_sha256=sha256(secret).digest())
