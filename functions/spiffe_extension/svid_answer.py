"""What the extension answers about a token, as JSON, and the same result or error from it again.

    {"spiffe_id": ..., "trust_domain": ..., "audience": [...], "expires_at": ..., "claims": {...}}
    {"error": code, "message": ..., "claim": ...}

`JwtSvid` and the errors of `jwt_verification` and `spiffe_verifier` go through it unchanged, so that who asks cannot
tell where a token was verified. Deliberately nothing else goes through: an unexpected exception is `FAILED`, an answer
that is none of these raises `AnswerError`.
"""

from __future__ import annotations

import json

from jwt_verification import errors, key_set_errors
from jwt_verification.errors import ClaimError, JwtError
from jwt_verification.key_set_errors import KeySetError
from spiffe_verifier import errors as spiffe_errors
from spiffe_verifier.jwt_svid import JwtSvid
from spiffe_verifier.spiffe_id import SpiffeId

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

FAILED = b'{"error":"verifier_failed"}'
_encode = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode


class AnswerError(Exception):
    """The answer says nothing about the token; the extension has failed, or is another version than this."""


def svid_bytes(svid: JwtSvid) -> bytes:
    """Return the answer about a good token."""
    document = {
        "spiffe_id": str(svid.spiffe_id),
        "trust_domain": str(svid.trust_domain),
        "audience": svid.audience,
        "expires_at": svid.expires_at,
        "claims": svid.claims,
    }
    # A lone surrogate, which JSON can escape, has no encoding of its own.
    return _encode(document).encode("utf-8", "surrogatepass")


def error_bytes(error: JwtError | KeySetError) -> bytes:
    """Return the answer about a token that is refused, or about which nothing is known."""
    document = {"error": error.code, "message": str(error)}
    if isinstance(error, ClaimError):
        document["claim"] = error.claim
    return _encode(document).encode()


def svid_of(answer: bytes) -> JwtSvid:
    """Return what an answer says.

    Raises:
        JwtError, KeySetError: as the verifier raised them.
        AnswerError: see the class.
    """
    try:
        document: dict[str, Any] = json.loads(answer.decode("utf-8", "surrogatepass"))
        if "error" in document:
            error = _error_of(document)
        else:
            return JwtSvid(
                spiffe_id=SpiffeId.parse(document["spiffe_id"]),
                audience=tuple(document["audience"]),
                expires_at=document["expires_at"],
                claims=document["claims"],
            )
    except (ValueError, KeyError, TypeError):
        raise AnswerError("the extension's answer is not one of this version") from None
    raise error


def _error_of(document: dict[str, Any]) -> JwtError | KeySetError:
    error_type = _error_types()[document["error"]]
    if issubclass(error_type, ClaimError):
        return error_type(document["claim"], document["message"])
    return error_type(document["message"])


_by_code: dict[str, type[JwtError | KeySetError]] = {}


def _error_types() -> dict[str, type[JwtError | KeySetError]]:
    if not _by_code:  # at the first refusal, not at import
        for module in (errors, key_set_errors, spiffe_errors):
            for each in vars(module).values():
                if isinstance(each, type) and issubclass(each, (JwtError, KeySetError)):
                    _by_code[each.code] = each
    return _by_code
