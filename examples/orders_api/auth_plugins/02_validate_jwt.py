"""Verifies the token: our key, our issuer, our audience, not expired. The settings are those of `token_verifier`:
`SIGNING_KEY_SECRET_ARN`, `TOKEN_ISSUER`, `TOKEN_AUDIENCE`."""

from __future__ import annotations

from jwt_verification.bearer import bearer_token

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from jwt_verification.verifier import TokenVerifier


def validate(auth_context: dict[str, Any], *, token_verifier: TokenVerifier) -> dict[str, Any]:
    """Say who calls, and hand the claims that matter on."""
    claims = token_verifier.verify(bearer_token(auth_context["token"]))
    return {
        "principal_id": claims["sub"],
        "context": {
            "jwt_sub": claims["sub"],
            "jwt_iss": claims["iss"],
            "scope": claims.get("scope", ""),
            "user_tier": claims.get("tier", "standard"),
        },
    }
