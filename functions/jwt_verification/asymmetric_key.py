"""RSA and elliptic curve keys on PyJWT's algorithm classes. The only module that imports PyJWT, and with it
`cryptography`: functions that import it carry both in a layer; HS256 chains never get here.

PyJWT is given members that were checked, and nothing to decide: it parses the key, compares its type and curve with the
algorithm's, and its algorithm class says which hash belongs to which name. Verifying is the one call into
`cryptography` that PyJWT's own `verify` makes; what that prepares anew for every token is prepared here once per key
(measured: ADR 19), and tests hold both to the same answers.

Deliberately no check of what a key may be used for: that is `jwk`'s.
"""

from __future__ import annotations

import hashlib

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ec import ECDSA
from cryptography.hazmat.primitives.asymmetric.padding import MGF1, PSS, PKCS1v15
from cryptography.hazmat.primitives.asymmetric.utils import Prehashed
from jwt.algorithms import ECAlgorithm, RSAPSSAlgorithm, get_default_algorithms
from jwt.exceptions import InvalidKeyError

from jwt_verification.ecdsa_signature import der_encoder

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

_ALGORITHMS = get_default_algorithms()


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
        implementation: Any = _ALGORITHMS[algorithm]
        self.algorithm = algorithm
        try:
            # `prepare_key` compares the curve with the algorithm's, which `from_jwk` does not.
            key = implementation.prepare_key(implementation.from_jwk(dict(members)))
        except (InvalidKeyError, ValueError):
            raise ValueError(f"the members are not those of a public key for {algorithm}") from None
        self._verify = key.verify
        self._how = _how(implementation)
        # hashlib's, because a digest object of `cryptography` takes longer to make than a token to hash.
        self._digest = getattr(hashlib, implementation.hash_alg().name)
        self._signature_length = signature_length
        self._encode = der_encoder(signature_length // 2) if isinstance(implementation, ECAlgorithm) else None

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


def _how(implementation: Any) -> tuple[Any, ...]:
    """Return what a key's `verify` takes after signature and digest (RFC 7518 sections 3.3 to 3.5)."""
    hash_algorithm = implementation.hash_alg()
    digest = Prehashed(hash_algorithm)
    if isinstance(implementation, ECAlgorithm):
        return (ECDSA(digest),)
    if isinstance(implementation, RSAPSSAlgorithm):
        # The salt is as long as the hash; no other length is looked for.
        return PSS(MGF1(hash_algorithm), salt_length=hash_algorithm.digest_size), digest
    return PKCS1v15(), digest
