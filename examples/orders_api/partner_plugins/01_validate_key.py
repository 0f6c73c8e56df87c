"""Verifies the partner's key in the header `X-Api-Key`: a token of ours that names the partner's tenant.

Signed, so that no list of keys is needed. The settings are those of `token_verifier`, with an audience of its own: a
user's token is no partner's key.
"""

from __future__ import annotations

from authorizer.denial import NotAuthenticated

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from jwt_verification.verifier import TokenVerifier


def validate(auth_context: dict[str, Any], *, token_verifier: TokenVerifier) -> dict[str, Any]:
    """Say which partner calls; only the export is for them."""
    claims = token_verifier.verify(auth_context["headers"].get("X-Api-Key", ""))
    tenant = claims.get("tenant")
    if not isinstance(tenant, str) or not tenant:
        raise NotAuthenticated("key_without_tenant")
    return {"principal_id": claims["sub"], "context": {"tenant": tenant}, "routes": ["GET /orders/export"]}
