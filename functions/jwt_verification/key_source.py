"""Where the verifier gets its keys: the port, and a fixed set of keys to use in tests and wherever keys do not change.

Real sources (secrets with rotation, key sets of an issuer) live with what they read; they only have to fit `KeySource`.
"""

from __future__ import annotations

from jwt_verification.errors import UnknownKey

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Protocol

    class VerificationKey(Protocol):
        """A key that is good for exactly one algorithm."""

        @property
        def algorithm(self) -> str:
            """The `alg` that this key is for."""
            ...

        def verify(self, signing_input: bytes, signature: bytes) -> bool:
            """Tell whether the signature is good; an unsuitable signature is False, never an exception."""
            ...

    class KeySource(Protocol):
        """Finds keys by what the header of a token says that nobody has verified yet."""

        def key_for(self, key_id: str | None, algorithm: str) -> VerificationKey:
            """Return the key with the token's `kid` (None where it has none) that is good for its `alg`.

            The verifier has checked that it accepts the algorithm. A source whose keys are all of one algorithm need
            not look at it: the verifier refuses a key of another.

            Raises:
                UnknownKey: none of the keys in use fits.
            """
            ...


class FixedKeys:
    """A `KeySource` of given keys."""

    def __init__(self, keys: Mapping[str, VerificationKey]) -> None:
        """Take the keys by their ids."""
        self._keys = dict(keys)

    def key_for(self, key_id: str | None, algorithm: str) -> VerificationKey:
        """Return the key with this id; raises `UnknownKey` where there is none, or one of another algorithm."""
        key = self._keys.get(key_id) if key_id is not None else None
        if key is None or key.algorithm != algorithm:
            raise UnknownKey("no key with the token's `kid` is in use")
        return key
