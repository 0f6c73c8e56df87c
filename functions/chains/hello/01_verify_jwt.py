"""Lets in whoever holds an HS256 JWT that our own issuer signed for this API and that has not expired.

Settings, plain values all, read by the provider of `token_verifier`: `SIGNING_KEY_SECRET_ARN` (the key itself is in
Secrets Manager), `TOKEN_ISSUER`, `TOKEN_AUDIENCE`. Works behind a TOKEN authorizer and, with the header `Authorization`
among the identity sources, behind a REQUEST authorizer.
"""

from __future__ import annotations

from jwt_verification.bearer import bearer_token

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from jwt_verification.verifier import TokenVerifier


def validate(auth_context: dict[str, Any], *, token_verifier: TokenVerifier) -> dict[str, Any]:
    """Verify the bearer token; the caller is its `sub`."""
    if auth_context["type"] == "TOKEN":
        authorization = auth_context["token"]
    else:
        authorization = auth_context["headers"].get("Authorization")
    claims = token_verifier.verify(bearer_token(authorization))
    return {"principal_id": claims["sub"], "context": {"issuer": claims["iss"], "expires_at": int(claims["exp"])}}
