"""What a token may say about itself (RFC 7515 section 4.1), checked before any key is looked up.

The verifier pins the algorithm; the header only has to agree. `jku`, `jwk`, `x5u` and `x5c` let a token choose the
key that it is verified with: RFC 7515 allows to ignore them, we refuse the token, because none of our issuers sends
them and an attacker does. `crit` is refused because we understand no extension. Other members (`cty`, `x5t`, private
ones) change nothing and are ignored.
"""

from __future__ import annotations

from jwt_verification.errors import (
    EmbeddedKey,
    MalformedKeyId,
    UnsupportedAlgorithm,
    UnsupportedCriticalHeader,
    UnsupportedTokenType,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Collection
    from typing import Any

MAXIMUM_KEY_ID_LENGTH = 128  # version ids of Secrets Manager have 32 to 64 characters, thumbprints 43
_EMBEDDED_KEYS = frozenset({"jku", "jwk", "x5u", "x5c"})


def key_id_of(header: dict[str, Any], *, algorithm: str, token_types: Collection[str]) -> str | None:
    """Check `header` and return its `kid`, None when it has none.

    Raises:
        UnsupportedAlgorithm, UnsupportedCriticalHeader, EmbeddedKey, UnsupportedTokenType, MalformedKeyId: as their
        names say.
    """
    if header.get("alg") != algorithm:
        raise UnsupportedAlgorithm(f"this verifier accepts {algorithm} only")
    if "crit" in header:
        raise UnsupportedCriticalHeader("this verifier understands no critical header extension")
    if not _EMBEDDED_KEYS.isdisjoint(header):
        raise EmbeddedKey("a token must not bring its own key (jku, jwk, x5u, x5c)")
    if "typ" in header and header["typ"] not in token_types:
        raise UnsupportedTokenType(f"`typ` is absent or one of {', '.join(token_types)}")
    if "kid" not in header:
        return None
    key_id = header["kid"]
    if not isinstance(key_id, str) or not 0 < len(key_id) <= MAXIMUM_KEY_ID_LENGTH or not key_id.isprintable():
        raise MalformedKeyId(f"`kid` is a printable string of 1 to {MAXIMUM_KEY_ID_LENGTH} characters")
    return key_id
