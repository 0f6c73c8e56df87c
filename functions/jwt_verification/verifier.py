"""From a token to claims that can be trusted: parse, header, key, signature, claims, in this order.

    token ──> signed_tokens ──> KeySource ──> key.verify ──> strict_json ──> ClaimRules ──> claims
              (bytes, header)   (by kid)      (signature)    (payload)

Nothing of the payload is read before the signature is good. Deliberately not here: fetching keys, reading requests,
logging.
"""

from __future__ import annotations

from jwt_verification.compact_jws import json_refusal
from jwt_verification.signed_tokens import SignedTokens
from jwt_verification.strict_json import parse_object

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Collection
    from typing import Any

    from jwt_verification.claims import ClaimRules
    from jwt_verification.key_source import KeySource


class TokenVerifier:
    """Verifies tokens of stated algorithms against one source of keys. Build it once, use it for every request."""

    def __init__(
        self,
        *,
        algorithm: str | Collection[str],
        keys: KeySource,
        rules: ClaimRules,
        clock: Callable[[], float],
        token_types: Collection[str] = ("JWT",),
        type_required: bool = False,
    ) -> None:
        """Take what to expect.

        Args:
            algorithm: the `alg` that is accepted, or several of them; each key is good for exactly one.
            keys: where keys come from; a key of another algorithm than the token's is treated as unknown.
            rules: what the claims must be.
            clock: seconds since 1970, `time.time` outside tests.
            token_types, type_required: as `SignedTokens` takes them.

        Raises:
            ValueError: no algorithm is accepted.
        """
        self._tokens = SignedTokens(
            algorithms=(algorithm,) if isinstance(algorithm, str) else algorithm,
            token_types=token_types,
            type_required=type_required,
        )
        self._keys = keys
        self._rules = rules
        self._clock = clock

    def verify(self, token: object) -> dict[str, Any]:
        """Return the claims of `token`.

        Raises:
            JwtError: the token must not be trusted; the class and its `code` say why.
            Whatever the source of keys raises when it cannot be asked: then nothing is known about the token.
        """
        tokens = self._tokens
        claims = parse_claims(tokens.verify_signature(tokens.open(token), self._keys))
        self._rules.check(claims, now=self._clock())
        return claims


def parse_claims(payload: bytes) -> dict[str, Any]:
    """Return the claims in a token's payload; raises a `MalformedToken` where it is not a strict JSON object."""
    try:
        return parse_object(payload)
    except ValueError as error:
        raise json_refusal("payload", error) from None
