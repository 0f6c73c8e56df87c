"""A JWK Set (RFC 7517 section 5): from the bytes of an issuer to keys that can be looked up.

Strict about the document, tolerant about single keys, as the standard wants it: a key that must not be used is left
out and told in `left_out`; the others are good. A set without a single usable key is a set: the issuer says that it has
no keys, and every token is refused.
"""

from __future__ import annotations

from jwt_verification.jwk import parse_jwk
from jwt_verification.key_set_errors import DuplicateKeyId, KeySetMalformed, KeySetTooLarge, UnusableKey
from jwt_verification.strict_json import parse_object

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import Any

    from jwt_verification.jwk import JwkRules
    from jwt_verification.key_source import VerificationKey

MAXIMUM_KEYS = 64  # real issuers publish one to five; parsing one takes a good part of a millisecond
MAXIMUM_CONTAINERS = 4 * MAXIMUM_KEYS + 100  # per key: itself, `key_ops`, `x5c`, one more; and what stands beside them
# A token without `kid` costs a verification per key that fits, good or not.
MAXIMUM_CANDIDATES = 4


class AnyOf:
    """Keys for one algorithm of which a token without `kid` may mean any."""

    __slots__ = ("_keys", "algorithm")

    def __init__(self, *, algorithm: str, keys: Iterable[VerificationKey]) -> None:
        """Take the keys, all of them for `algorithm`."""
        self.algorithm = algorithm
        self._keys = tuple(keys)

    def verify(self, signing_input: bytes, signature: bytes) -> bool:
        """Tell whether the signature is one of the keys'."""
        return any(key.verify(signing_input, signature) for key in self._keys)


class KeySet:
    """The usable keys of one issuer at one time.

    Attributes:
        left_out: code of `UnusableKey` -> how many keys of the document it kept out, for logs (`left_out_log`).
        refresh_hint_seconds: when the issuer wants to be asked again, None where its document has no such member
            (SPIFFE trust bundles have `spiffe_refresh_hint`). A source bounds it.
    """

    __slots__ = ("_by_id", "_without_id", "left_out", "refresh_hint_seconds")

    def __init__(
        self,
        keys: Iterable[tuple[str | None, VerificationKey]],
        *,
        tokens_without_key_id: bool = False,
        left_out: dict[str, int] | None = None,
        refresh_hint_seconds: float | None = None,
    ) -> None:
        """Index keys by `kid` and algorithm. Keys that share both are all left out: a token could mean either."""
        self.left_out = dict(left_out or {})
        self.refresh_hint_seconds = refresh_hint_seconds
        found: dict[tuple[str | None, str], list[VerificationKey]] = {}
        for key_id, key in keys:
            found.setdefault((key_id, key.algorithm), []).append(key)
        self._by_id: dict[tuple[str | None, str], VerificationKey] = {}
        candidates: dict[str, list[VerificationKey]] = {}
        for (key_id, algorithm), same in found.items():
            if key_id is None or len(same) == 1:
                candidates.setdefault(algorithm, []).extend(same)
                if key_id is not None:
                    self._by_id[key_id, algorithm] = same[0]
            else:
                self.left_out[DuplicateKeyId.code] = self.left_out.get(DuplicateKeyId.code, 0) + len(same)
        self._without_id = (
            {
                algorithm: keys[0] if len(keys) == 1 else AnyOf(algorithm=algorithm, keys=keys)
                for algorithm, keys in candidates.items()
                if len(keys) <= MAXIMUM_CANDIDATES
            }
            if tokens_without_key_id
            else {}
        )

    def find(self, key_id: str | None, algorithm: str) -> VerificationKey | None:
        """Return the key that a token with this header means, or None."""
        if key_id is None:
            return self._without_id.get(algorithm)
        return self._by_id.get((key_id, algorithm))


def parse_jwk_set(document: bytes, rules: JwkRules) -> KeySet:
    """Read an issuer's key set.

    Raises:
        KeySetMalformed: not a JSON object with an array `keys`, or JSON that two parsers could read differently.
        KeySetTooLarge: it has more than `MAXIMUM_KEYS` keys.
    """
    return key_set_of(parse_document(document), rules)


def parse_document(document: bytes) -> dict[str, Any]:
    """Return the members of an issuer's document, a key set or another; raises `KeySetMalformed`."""
    try:
        return parse_object(document, maximum_containers=MAXIMUM_CONTAINERS)
    except ValueError:
        raise KeySetMalformed("what an issuer publishes is a JSON object that every parser reads alike") from None


def key_set_of(members: dict[str, Any], rules: JwkRules, *, refresh_hint_seconds: float | None = None) -> KeySet:
    """Make a set of a parsed document's array `keys`, for readers of documents that hold more, such as trust bundles.

    Raises:
        KeySetMalformed, KeySetTooLarge: as `parse_jwk_set`.
    """
    entries = members.get("keys")
    if type(entries) is not list:
        raise KeySetMalformed("a key set has an array `keys`")
    listed: list[Any] = entries  # pyright: ignore[reportUnknownVariableType] -- JSON; every entry is checked below
    if len(listed) > MAXIMUM_KEYS:
        raise KeySetTooLarge(f"a key set has at most {MAXIMUM_KEYS} keys")
    keys: list[tuple[str | None, VerificationKey]] = []
    left_out: dict[str, int] = {}
    for entry in listed:
        try:
            key_id, parsed = parse_jwk(entry, rules)
            keys.extend((key_id, key) for key in parsed)
        except UnusableKey as error:
            left_out[error.code] = left_out.get(error.code, 0) + 1
    return KeySet(
        keys,
        tokens_without_key_id=rules.tokens_without_key_id,
        left_out=left_out,
        refresh_hint_seconds=refresh_hint_seconds,
    )
