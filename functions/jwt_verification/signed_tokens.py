"""A token until its signature is good: taken apart, its header checked, its key found and asked. In two steps, so that
whoever has several sources of keys may choose one between them (`spiffe_verifier` does, by the trust domain that the
token claims to be from); `verifier` takes both at once.

    token ──> compact_jws ──> jose_header ──> SignedToken ──> KeySource ──> key.verify
              (bytes)         (alg pinned)                    (by kid)      (signature)

Deliberately leaves the payload as bytes: what is in it counts for nothing before `verify_signature` returns.
"""

from __future__ import annotations

from jwt_verification.compact_jws import parse_header, split_compact_jws
from jwt_verification.errors import InvalidSignature, UnknownKey
from jwt_verification.jose_header import check_header

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Collection

    from jwt_verification.key_source import KeySource

    # A token whose form and header are right, and nothing else yet: `alg`, `kid`, payload, what was signed, signature,
    # and the header as it was sent where it is new. A tuple: an object of a class costs a thirtieth of verifying HS256.
    SignedToken = tuple[str, str | None, bytes, bytes, bytes, bytes | None]

MAXIMUM_REMEMBERED_HEADERS = 16


class SignedTokens:
    """Opens tokens of stated algorithms and types and verifies their signatures."""

    def __init__(
        self,
        *,
        algorithms: Collection[str],
        token_types: Collection[str] = ("JWT",),
        type_required: bool = False,
        header_members: Collection[str] | None = None,
    ) -> None:
        """Take what headers may say.

        Args:
            algorithms: values of `alg` that are accepted; each key is good for exactly one.
            token_types: accepted values of `typ` where the header has one.
            type_required: refuse a header without `typ`, as RFC 9068 does for access tokens.
            header_members: refuse a header with any other member, as the JWT-SVID standard does; None to ignore others.

        Raises:
            ValueError: no algorithm is accepted.
        """
        self._algorithms = tuple(algorithms)
        if not all(self._algorithms) or not self._algorithms:
            raise ValueError("algorithm names no algorithm: state the ones that tokens may be signed with")
        self._token_types = tuple(token_types)
        self._type_required = type_required
        self._header_members = None if header_members is None else frozenset(header_members)
        # An issuer's tokens share a few headers, byte for byte, and what `check_header` says depends on nothing else.
        self._accepted_headers: dict[bytes, tuple[str, str | None]] = {}

    def open(self, token: object) -> SignedToken:
        """Return the parts of `token`, none of which is to be trusted yet; raises JwtError where its form is wrong."""
        encoded_header, payload, signing_input, signature = split_compact_jws(token)
        accepted = self._accepted_headers.get(encoded_header)
        if accepted is not None:
            return *accepted, payload, signing_input, signature, None
        algorithm, key_id = check_header(
            parse_header(encoded_header),
            algorithms=self._algorithms,
            token_types=self._token_types,
            type_required=self._type_required,
            members=self._header_members,
        )
        return algorithm, key_id, payload, signing_input, signature, encoded_header

    def verify_signature(self, token: SignedToken, keys: KeySource) -> bytes:
        """Return the payload if the signature is that of a key in `keys`.

        Raises:
            UnknownKey, InvalidSignature: it is not.
            Whatever the source of keys raises when it cannot be asked: then nothing is known about the token.
        """
        algorithm, key_id, payload, signing_input, signature, new_header = token
        key = keys.key_for(key_id, algorithm)
        if key.algorithm != algorithm:
            raise UnknownKey(f"no {algorithm} key with the token's `kid` is in use")
        if not key.verify(signing_input, signature):
            raise InvalidSignature("the signature is not the key's")
        if new_header is not None:
            self._remember(new_header, algorithm, key_id)
        return payload

    def _remember(self, encoded_header: bytes, algorithm: str, key_id: str | None) -> None:
        """Spare the next token the parsing of this header. Only who holds a key gets here: nobody else fills it."""
        if len(self._accepted_headers) >= MAXIMUM_REMEMBERED_HEADERS:
            self._accepted_headers.clear()
        self._accepted_headers[encoded_header] = (algorithm, key_id)


def claimed_payload(token: SignedToken) -> bytes:
    """Return the payload of a token whose signature nobody has verified: only to choose whose keys should."""
    return token[2]
