"""The token in an `Authorization` header: `Bearer <token>` (RFC 6750 section 2.1), nothing else."""

from __future__ import annotations

from jwt_verification.errors import MissingToken

_SCHEME = "bearer "  # schemes are case-insensitive: RFC 9110 section 11.1


def bearer_token(authorization: object) -> str:
    """Return the token of the header's value `authorization`, which may be anything; what the token is worth is not
    looked at.

    Raises:
        MissingToken: there is no value, it is of another scheme, or nothing follows the scheme.
    """
    if not isinstance(authorization, str) or authorization[: len(_SCHEME)].lower() != _SCHEME:
        raise MissingToken("send `Authorization: Bearer <token>`")
    return authorization[len(_SCHEME) :]
