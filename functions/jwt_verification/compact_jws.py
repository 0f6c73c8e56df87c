"""A token's bytes: the compact serialization of RFC 7515 section 7.1, taken apart once and strictly.

Deliberately knows nothing of keys or claims, and leaves the payload unparsed: nobody may read a claim before the
signature is good. The header is parsed apart from the rest, because a verifier may have seen the same one before.
"""

from __future__ import annotations

from jwt_verification import strict_json
from jwt_verification.base64url import decode
from jwt_verification.errors import (
    DuplicateMember,
    MalformedToken,
    MissingToken,
    NotBase64Url,
    NotJsonObject,
    NotUtf8,
    NumberOutOfRange,
    TokenTooLarge,
    TooDeep,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

# API Gateway takes 10,240 bytes of request line and headers together (quotas of REST APIs); a token that leaves no
# room for others is none of ours.
MAXIMUM_TOKEN_LENGTH = 8_192
_DOTS = 2
_NOT_BASE64URL = "each part of a token is canonical base64url without padding"
_REASONS: dict[type[Exception], tuple[type[MalformedToken], str]] = {
    strict_json.NotUtf8: (NotUtf8, "is not UTF-8"),
    strict_json.RepeatedMember: (DuplicateMember, "has a name twice in one object"),
    strict_json.UnreadableNumber: (NumberOutOfRange, "has a number that other parsers would not read alike"),
    strict_json.TooManyContainers: (TooDeep, "has more objects and arrays than any token needs"),
}


def split_compact_jws(token: object) -> tuple[bytes, bytes, bytes, bytes]:
    """Take `token` apart: the header as it was sent, the payload, what was signed, and the signature.

    Raises:
        MissingToken: the token is empty.
        TokenTooLarge: it is longer than `MAXIMUM_TOKEN_LENGTH`.
        MalformedToken: it is not three dot-separated parts.
        NotBase64Url: one of the last two is not canonical base64url.
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
    except ValueError:  # raised anew, because the causes quote the token
        if token.count(".") != _DOTS:
            raise MalformedToken("a token is three parts with dots between them") from None
        raise NotBase64Url(_NOT_BASE64URL) from None


def parse_header(encoded_header: bytes) -> dict[str, Any]:
    """Return the header; raises a `MalformedToken` where it is not a strict JSON object in canonical base64url."""
    try:
        text = decode(encoded_header)
    except ValueError:
        raise NotBase64Url(_NOT_BASE64URL) from None
    try:
        return strict_json.parse_object(text)
    except ValueError as error:
        raise json_refusal("header", error) from None


def json_refusal(part: str, error: ValueError) -> MalformedToken:
    """Return why a part of a token (`header` or `payload`) is refused that `strict_json` refuses with `error`."""
    reason, what = _REASONS.get(type(error), (NotJsonObject, "is not a JSON object"))
    return reason(f"the {part} {what}")
