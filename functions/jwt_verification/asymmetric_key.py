"""RSA and elliptic curve keys on `cryptography`. With `ecdsa_signature` the only module that imports it: functions that
get here carry it in a layer; HS256 chains never do.

`cryptography` parses the key from its numbers and verifies; what stands here is which hash, padding and curve belong to
which name (RFC 7518 sections 3.3 to 3.5), prepared once per key. PyJWT has the same table, and tests hold both to the
same answers for every key and signature, but importing it imports all of X.509 and SSH: four fifths of such a chain's
cold start, and 8 MB (measured: ADR 19).

Deliberately no check of what a key may be used for: that is `jwk`'s.
"""

from __future__ import annotations

import hashlib

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ec import (
    ECDSA,
    SECP256R1,
    SECP384R1,
    SECP521R1,
    EllipticCurvePublicNumbers,
)
from cryptography.hazmat.primitives.asymmetric.padding import MGF1, PSS, PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicNumbers
from cryptography.hazmat.primitives.asymmetric.utils import Prehashed
from cryptography.hazmat.primitives.hashes import SHA256, SHA384, SHA512

from jwt_verification.base64url import decode
from jwt_verification.ecdsa_signature import der_encoder

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePublicKey
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey

# By the end of an algorithm's name: the hash, and hashlib's, because a digest object of `cryptography` takes longer to
# make than a token to hash.
_HASHES = {"256": (SHA256, hashlib.sha256), "384": (SHA384, hashlib.sha384), "512": (SHA512, hashlib.sha512)}
_CURVES = {"ES256": ("P-256", SECP256R1), "ES384": ("P-384", SECP384R1), "ES512": ("P-521", SECP521R1)}


class AsymmetricKey:
    """A public key that is good for exactly one algorithm."""

    __slots__ = ("_digest", "_encode", "_how", "_signature_length", "_verify", "algorithm")

    def __init__(self, *, algorithm: str, members: Mapping[str, str], signature_length: int) -> None:
        """Parse a key, once.

        Args:
            algorithm: one of the nine of `jwk.ALGORITHMS`.
            members: the public members of the JWK (`kty`, and `n`, `e` or `crv`, `x`, `y`), already checked.
            signature_length: bytes that every signature by this key has.

        Raises:
            ValueError: the members are not those of a key, for example of no point on the curve.
        """
        self.algorithm = algorithm
        hash_type, self._digest = _HASHES[algorithm[2:]]
        try:
            key = _curve_key(algorithm, members) if algorithm in _CURVES else _rsa_key(members)
        except (KeyError, ValueError):
            raise ValueError(f"the members are not those of a public key for {algorithm}") from None
        self._verify: Any = key.verify  # its parameters depend on the type of the key, as `_how` gives them
        self._how = _how(algorithm, hash_type())
        self._signature_length = signature_length
        self._encode = der_encoder(signature_length // 2) if algorithm in _CURVES else None

    def __repr__(self) -> str:
        """Name the algorithm only."""
        return f"<AsymmetricKey {self.algorithm}>"

    def verify(self, signing_input: bytes, signature: bytes) -> bool:
        """Tell whether `signature` is this key's over `signing_input`."""
        # The length first, so that the cryptography never sees another: a DER-encoded ECDSA signature (RFC 7518
        # section 3.4 wants R and S side by side), or an RSA signature with bytes before or after it.
        if len(signature) != self._signature_length:
            return False
        if self._encode is not None:
            signature = self._encode(signature)
        try:
            self._verify(signature, self._digest(signing_input).digest(), *self._how)
        except InvalidSignature:
            return False
        return True


def _rsa_key(members: Mapping[str, str]) -> RSAPublicKey:
    if members["kty"] != "RSA":
        raise ValueError("no RSA key")
    return RSAPublicNumbers(e=_number(members["e"]), n=_number(members["n"])).public_key()


def _curve_key(algorithm: str, members: Mapping[str, str]) -> EllipticCurvePublicKey:
    name, curve = _CURVES[algorithm]
    if (members["kty"], members["crv"]) != ("EC", name):
        raise ValueError(f"no key on {name}")
    return EllipticCurvePublicNumbers(_number(members["x"]), _number(members["y"]), curve()).public_key()


def _number(text: str) -> int:
    return int.from_bytes(decode(text.encode("ascii")), "big")


def _how(algorithm: str, hash_algorithm: SHA256 | SHA384 | SHA512) -> tuple[Any, ...]:
    """Return what a key's `verify` takes after signature and digest (RFC 7518 sections 3.3 to 3.5)."""
    digest = Prehashed(hash_algorithm)
    if algorithm in _CURVES:
        return (ECDSA(digest),)
    if algorithm.startswith("PS"):
        # The salt is as long as the hash; no other length is looked for.
        return PSS(MGF1(hash_algorithm), salt_length=hash_algorithm.digest_size), digest
    return PKCS1v15(), digest
