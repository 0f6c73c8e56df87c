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
        """Finds keys by the `kid` of a token that nobody has verified yet."""

        def key_for(self, key_id: str | None) -> VerificationKey:
            """Return the key.

            Raises:
                UnknownKey: none of the keys in use has this id.
            """
            ...


class FixedKeys:
    """A `KeySource` of given keys."""

    def __init__(self, keys: Mapping[str, VerificationKey]) -> None:
        """Take the keys by their ids."""
        self._keys = dict(keys)

    def key_for(self, key_id: str | None) -> VerificationKey:
        """Return the key with this id; raises `UnknownKey` where there is none."""
        key = self._keys.get(key_id) if key_id is not None else None
        if key is None:
            raise UnknownKey("no key with the token's `kid` is in use")
        return key
