"""From a token to claims that can be trusted: parse, header, key, signature, claims, in this order.

    token ──> compact_jws ──> jose_header ──> KeySource ──> key.verify ──> strict_json ──> ClaimRules ──> claims
              (bytes)         (alg pinned)    (by kid)      (signature)    (payload)

Nothing of the payload is read before the signature is good. Deliberately not here: fetching keys, reading requests,
logging.
"""

from __future__ import annotations

from jwt_verification.compact_jws import parse_header, split_compact_jws
from jwt_verification.errors import InvalidSignature, MalformedToken, UnknownKey
from jwt_verification.jose_header import check_header
from jwt_verification.strict_json import parse_object

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Collection
    from typing import Any

    from jwt_verification.claims import ClaimRules
    from jwt_verification.key_source import KeySource

MAXIMUM_REMEMBERED_HEADERS = 16


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
            token_types: accepted values of `typ` where the header has one.
            type_required: refuse a header without `typ`, as RFC 9068 does for access tokens.

        Raises:
            ValueError: no algorithm is accepted.
        """
        self._algorithms = (algorithm,) if isinstance(algorithm, str) else tuple(algorithm)
        if not all(self._algorithms) or not self._algorithms:
            raise ValueError("algorithm names no algorithm: state the ones that tokens may be signed with")
        self._keys = keys
        self._rules = rules
        self._clock = clock
        self._token_types = tuple(token_types)
        self._type_required = type_required
        # An issuer's tokens share a few headers, byte for byte, and what `check_header` says depends on nothing else.
        self._accepted_headers: dict[bytes, tuple[str, str | None]] = {}

    def verify(self, token: object) -> dict[str, Any]:
        """Return the claims of `token`.

        Raises:
            JwtError: the token must not be trusted; the class and its `code` say why.
            Whatever the source of keys raises when it cannot be asked: then nothing is known about the token.
        """
        encoded_header, payload, signing_input, signature = split_compact_jws(token)
        accepted = self._accepted_headers.get(encoded_header)
        algorithm, key_id = accepted or check_header(
            parse_header(encoded_header),
            algorithms=self._algorithms,
            token_types=self._token_types,
            type_required=self._type_required,
        )
        key = self._keys.key_for(key_id, algorithm)
        if key.algorithm != algorithm:
            raise UnknownKey(f"no {algorithm} key with the token's `kid` is in use")
        if not key.verify(signing_input, signature):
            raise InvalidSignature("the signature is not the key's")
        if accepted is None:
            self._remember(encoded_header, algorithm, key_id)
        try:
            claims = parse_object(payload)
        except (ValueError, RecursionError):
            raise MalformedToken("the payload is not a JSON object that every parser reads alike") from None
        self._rules.check(claims, now=self._clock())
        return claims

    def _remember(self, encoded_header: bytes, algorithm: str, key_id: str | None) -> None:
        """Spare the next token the parsing of this header. Only who holds a key gets here: nobody else fills it."""
        if len(self._accepted_headers) >= MAXIMUM_REMEMBERED_HEADERS:
            self._accepted_headers.clear()
        self._accepted_headers[encoded_header] = (algorithm, key_id)
