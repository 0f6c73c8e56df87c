"""A token's bytes: the compact serialization of RFC 7515 section 7.1, taken apart once and strictly.

Deliberately knows nothing of keys or claims, and leaves the payload unparsed: nobody may read a claim before the
signature is good.
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


class CompactJws:
    """The parts of one token: the parsed header, the raw payload, and what was signed with which signature."""

    __slots__ = ("header", "payload", "signature", "signing_input")

    def __init__(self, *, header: dict[str, Any], payload: bytes, signing_input: bytes, signature: bytes) -> None:
        """Hold the parts."""
        self.header = header
        self.payload = payload
        self.signing_input = signing_input
        self.signature = signature


def parse_compact_jws(token: object) -> CompactJws:
    """Take `token` apart.

    Raises:
        MissingToken: the token is empty.
        TokenTooLarge: it is longer than `MAXIMUM_TOKEN_LENGTH`.
        MalformedToken: it is not three dot-separated parts of canonical base64url, the first a JSON object.
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
            header=parse_object(decode(encoded_header)),
            payload=decode(encoded_payload),
            signing_input=text[: -len(encoded_signature) - 1],
            signature=decode(encoded_signature),
        )
    except (ValueError, RecursionError):
        # `from None`: the causes quote the token.
        raise MalformedToken(
            "a token is three dot-separated parts of canonical base64url, the first a JSON object"
        ) from None
