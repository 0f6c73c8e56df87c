"""A token's bytes: the compact serialization of RFC 7515 section 7.1, taken apart once and strictly.

Deliberately knows nothing of keys or claims, and leaves the payload unparsed: nobody may read a claim before the
signature is good. The header is parsed on demand, because a verifier may have seen the same one before.
"""

from __future__ import annotations

from jwt_verification.base64url import decode
from jwt_verification.errors import MalformedToken, MissingToken, TokenTooLarge
from jwt_verification.strict_json import parse_object

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

# API Gateway takes 10,240 bytes of request line and headers together (quotas of REST APIs); a token that leaves no
# room for others is none of ours.
MAXIMUM_TOKEN_LENGTH = 8_192
_FORM = "a token is three dot-separated parts of canonical base64url, the first a JSON object"


class CompactJws:
    """The parts of one token: the header as it was sent, the raw payload, and what was signed with which signature."""

    __slots__ = ("encoded_header", "payload", "signature", "signing_input")

    def __init__(self, *, encoded_header: bytes, payload: bytes, signing_input: bytes, signature: bytes) -> None:
        """Hold the parts."""
        self.encoded_header = encoded_header
        self.payload = payload
        self.signing_input = signing_input
        self.signature = signature

    def parse_header(self) -> dict[str, Any]:
        """Return the header; raises `MalformedToken` where it is not a JSON object in canonical base64url."""
        try:
            return parse_object(decode(self.encoded_header))
        except (ValueError, RecursionError):
            raise MalformedToken(_FORM) from None  # the causes quote the token


def parse_compact_jws(token: object) -> CompactJws:
    """Take `token` apart.

    Raises:
        MissingToken: the token is empty.
        TokenTooLarge: it is longer than `MAXIMUM_TOKEN_LENGTH`.
        MalformedToken: it is not three dot-separated parts, the last two of them canonical base64url.
    """
    if not isinstance(token, str):
        raise MalformedToken("a token is a string")
    if not token:
        raise MissingToken("the token is empty")
    if len(token) > MAXIMUM_TOKEN_LENGTH:
        raise TokenTooLarge(f"a token has at most {MAXIMUM_TOKEN_LENGTH} characters")
    try:
        text = token.encode("ascii")
        encoded_header, encoded_payload, encoded_signature = text.split(b".")
        return CompactJws(
            encoded_header=encoded_header,
            payload=decode(encoded_payload),
            signing_input=text[: -len(encoded_signature) - 1],
            signature=decode(encoded_signature),
        )
    except ValueError:
        raise MalformedToken(_FORM) from None  # the causes quote the token
