"""A token's bytes: the compact serialization of RFC 7515 section 7.1, taken apart once and strictly.

Deliberately knows nothing of keys or claims, and leaves the payload unparsed: nobody may read a claim before the
signature is good. The header is parsed apart from the rest, because a verifier may have seen the same one before.
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


def split_compact_jws(token: object) -> tuple[bytes, bytes, bytes, bytes]:
    """Take `token` apart: the header as it was sent, the payload, what was signed, and the signature.

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
        signing_input, _, encoded_signature = token.encode("ascii").rpartition(b".")
        encoded_header, encoded_payload = signing_input.split(b".")
        return encoded_header, decode(encoded_payload), signing_input, decode(encoded_signature)
    except ValueError:
        raise MalformedToken(_FORM) from None  # the causes quote the token


def parse_header(encoded_header: bytes) -> dict[str, Any]:
    """Return the header; raises `MalformedToken` where it is not a JSON object in canonical base64url."""
    try:
        return parse_object(decode(encoded_header))
    except (ValueError, RecursionError):
        raise MalformedToken(_FORM) from None  # as above
