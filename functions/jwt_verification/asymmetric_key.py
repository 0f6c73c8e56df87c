"""RSA and elliptic curve keys on PyJWT's algorithm classes. The only module that imports PyJWT, and with it
`cryptography`: functions that import it carry both in a layer; HS256 chains never get here.

PyJWT is given a parsed key, the bytes that were signed and the signature, and nothing to decide: the algorithm is the
key's own, fixed when the key was made. Deliberately no check of what a key may be used for: that is `jwk`'s.
"""

from __future__ import annotations

from jwt.algorithms import get_default_algorithms
from jwt.exceptions import InvalidKeyError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

_ALGORITHMS = get_default_algorithms()


class AsymmetricKey:
    """A public key that is good for exactly one algorithm."""

    __slots__ = ("_key", "_signature_length", "_verify", "algorithm")

    def __init__(self, *, algorithm: str, members: Mapping[str, str], signature_length: int) -> None:
        """Parse a key, once.

        Args:
            algorithm: one of the nine of `jwk.ALGORITHMS`.
            members: the public members of the JWK (`kty`, and `n`, `e` or `crv`, `x`, `y`), already checked.
            signature_length: bytes that every signature by this key has.

        Raises:
            ValueError: the members are not those of a key, for example of no point on the curve.
        """
        implementation = _ALGORITHMS[algorithm]
        self.algorithm = algorithm
        try:
            # `prepare_key` compares the curve with the algorithm's, which `from_jwk` does not.
            self._key = implementation.prepare_key(implementation.from_jwk(dict(members)))
        except (InvalidKeyError, ValueError):
            raise ValueError(f"the members are not those of a public key for {algorithm}") from None
        self._verify = implementation.verify
        self._signature_length = signature_length

    def __repr__(self) -> str:
        """Name the algorithm only."""
        return f"<AsymmetricKey {self.algorithm}>"

    def verify(self, signing_input: bytes, signature: bytes) -> bool:
        """Tell whether `signature` is this key's over `signing_input`."""
        # The length first, so that the cryptography never sees another: a DER-encoded ECDSA signature (RFC 7518
        # section 3.4 wants R and S side by side), or an RSA signature with bytes before or after it.
        return len(signature) == self._signature_length and self._verify(signing_input, self._key, signature)
