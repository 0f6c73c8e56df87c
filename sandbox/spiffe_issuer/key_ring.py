"""The keys of a trust domain: one signs, those before it stay published until the tokens that they signed have ended.

Pure: time comes in, a new ring comes out. Deliberately no storage (`key_file`) and no formats (`documents`).
"""

import secrets
import string
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from cryptography.hazmat.primitives.asymmetric import ec, rsa

PrivateKey = ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey

# SPIRE's names for them (`jwt_key_type` in its server configuration), with what they sign.
KEY_TYPES: Mapping[str, tuple[str, Callable[[], PrivateKey]]] = {
    "ec-p256": ("ES256", lambda: ec.generate_private_key(ec.SECP256R1())),
    "ec-p384": ("ES384", lambda: ec.generate_private_key(ec.SECP384R1())),
    "rsa-2048": ("RS256", lambda: rsa.generate_private_key(public_exponent=65537, key_size=2048)),
    "rsa-4096": ("RS256", lambda: rsa.generate_private_key(public_exponent=65537, key_size=4096)),
}
DEFAULT_KEY_TYPE = "ec-p256"
_KEY_ID_CHARACTERS = string.ascii_letters + string.digits
_KEY_ID_LENGTH = 32  # as SPIRE's


@dataclass(frozen=True, kw_only=True)
class SigningKey:
    """A key. `published_until` (seconds since the epoch) is None while it signs."""

    key_id: str
    key_type: str
    private: PrivateKey
    published_until: float | None = None

    @property
    def algorithm(self) -> str:
        """The `alg` of what it signs."""
        return KEY_TYPES[self.key_type][0]


@dataclass(frozen=True, kw_only=True)
class KeyRing:
    """The keys, newest first, and how often they changed (`spiffe_sequence`). The first one signs."""

    keys: tuple[SigningKey, ...]
    sequence: int

    @property
    def signing(self) -> SigningKey:
        """The key that signs."""
        return self.keys[0]

    def rotated(self, key_type: str, *, now: float, overlap_seconds: float) -> "KeyRing":
        """A new key signs; those before it stay published for `overlap_seconds`, or for less where they have less."""
        until = now + overlap_seconds
        retired = [replace(key, published_until=min(until, key.published_until or until)) for key in self.keys]
        return KeyRing(keys=(new_key(key_type), *retired), sequence=self.sequence + 1).published(now)

    def published(self, now: float) -> "KeyRing":
        """Without the keys whose time is over; the same ring where there is none."""
        kept = tuple(key for key in self.keys if key.published_until is None or key.published_until > now)
        return self if len(kept) == len(self.keys) else KeyRing(keys=kept, sequence=self.sequence + 1)


def new_ring() -> KeyRing:
    """The ring of a new trust domain."""
    return KeyRing(keys=(new_key(DEFAULT_KEY_TYPE),), sequence=1)


def new_key(key_type: str) -> SigningKey:
    """A key with an id like SPIRE's. Raises ValueError for a type that SPIRE has not."""
    return SigningKey(
        key_id="".join(secrets.choice(_KEY_ID_CHARACTERS) for _ in range(_KEY_ID_LENGTH)),
        key_type=checked_key_type(key_type),
        private=KEY_TYPES[key_type][1](),
    )


def checked_key_type(key_type: object) -> str:
    """One of SPIRE's key types. Raises ValueError for anything else."""
    if not isinstance(key_type, str) or key_type not in KEY_TYPES:
        raise ValueError(f'"key_type" must be one of {", ".join(KEY_TYPES)}')
    return key_type
