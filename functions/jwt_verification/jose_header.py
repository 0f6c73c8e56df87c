"""What a token may say about itself (RFC 7515 section 4.1), checked before any key is looked up.

The verifier pins the algorithm; the header only has to agree. `jku`, `jwk`, `x5u` and `x5c` let a token choose the
key that it is verified with: RFC 7515 allows to ignore them, we refuse the token, because none of our issuers sends
them and an attacker does. `crit` is refused because we understand no extension, and so is `b64` without it: it changes
what is signed, and RFC 7797 sections 6 and 7 forbid it in that form and in every JWT. Other members (`cty`, `x5t`,
private ones) change nothing and are ignored, unless the verifier is of a kind of token that must not have them.
"""

from __future__ import annotations

from jwt_verification.errors import (
    EmbeddedKey,
    MalformedKeyId,
    UnsupportedAlgorithm,
    UnsupportedCriticalHeader,
    UnsupportedHeader,
    UnsupportedTokenType,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Collection
    from typing import Any

MAXIMUM_KEY_ID_LENGTH = 128  # version ids of Secrets Manager have 32 to 64 characters, thumbprints 43
_EMBEDDED_KEYS = frozenset({"jku", "jwk", "x5u", "x5c"})


def check_header(
    header: dict[str, Any],
    *,
    algorithms: Collection[str],
    token_types: Collection[str],
    type_required: bool,
    members: frozenset[str] | None = None,
) -> tuple[str, str | None]:
    """Check `header` and return its `alg`, and its `kid` or None when it has none.

    Args:
        header: the parsed header.
        algorithms, token_types, type_required: as `SignedTokens` takes them.
        members: names that the header may have; None for any.

    Raises:
        UnsupportedAlgorithm, UnsupportedCriticalHeader, EmbeddedKey, UnsupportedTokenType, UnsupportedHeader,
        MalformedKeyId: as their names say.
    """
    algorithm = header.get("alg")
    if type(algorithm) is not str or algorithm not in algorithms:
        raise UnsupportedAlgorithm(f"this verifier accepts {', '.join(algorithms)} only")
    if "crit" in header:
        raise UnsupportedCriticalHeader("this verifier understands no critical header extension")
    if not _EMBEDDED_KEYS.isdisjoint(header):
        raise EmbeddedKey("a token must not bring its own key (jku, jwk, x5u, x5c)")
    if ("typ" in header or type_required) and header.get("typ") not in token_types:
        absent = "" if type_required else "absent or "
        raise UnsupportedTokenType(f"`typ` is {absent}one of {', '.join(token_types)}")
    if members is not None and not members.issuperset(header):
        raise UnsupportedHeader(f"the header has {', '.join(sorted(members))} and nothing else")
    if "b64" in header:  # after the members, so that who lists them is told of one that is not listed
        raise UnsupportedCriticalHeader("a token has no `b64`: its payload is always encoded")
    if "kid" not in header:
        return algorithm, None
    return algorithm, checked_key_id(header["kid"])


def checked_key_id(key_id: object) -> str:
    """Return `key_id` if it may be one, of a token or of a key; raises `MalformedKeyId`."""
    if type(key_id) is not str or not 0 < len(key_id) <= MAXIMUM_KEY_ID_LENGTH or not key_id.isprintable():
        raise MalformedKeyId(f"`kid` is a printable string of 1 to {MAXIMUM_KEY_ID_LENGTH} characters")
    return key_id
