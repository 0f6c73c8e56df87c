"""Lets in whoever holds a token of this API's own `POST /auth`, while the key that it was issued for is in use.

    token ──> signature, iss, aud, exp ──> customer_id, key_id, jti ──> is the key in use? ──> principal = customer

Settings, plain values all: `SIGNING_KEY_SECRET_ARN`, `TOKEN_ISSUER`, `TOKEN_AUDIENCE`, `API_KEYS_TABLE`,
`AUDIT_LOG_GROUP`, and `REVOCATION_CACHE_SECONDS` (30 unless set). Works behind a REQUEST authorizer with the header
`Authorization` as its identity source (its event has the caller's address for the audit trail), and behind a TOKEN one.

After a revocation, a token is let in for at most REVOCATION_CACHE_SECONDS plus the authorizer's TTL. API Gateway keeps
the decision for the TTL even where the token ends before, so `expires_at` (seconds since 1970) goes to the function
with it, which lets no request in from that moment on.
"""

from __future__ import annotations

from api_keys.names import is_customer_id, is_key_id
from audit_trail.records import USE_TOKEN
from jwt_verification.bearer import bearer_token
from jwt_verification.errors import MalformedClaim

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from api_keys.live_keys import LiveKeys
    from audit_trail.denials import DenialRecorder
    from jwt_verification.verifier import TokenVerifier

# HEAD and PATCH are no methods of this API; OPTIONS has no authorizer.
ROUTES = [f"{method} /data{path}" for method in ("GET", "POST", "PUT", "DELETE") for path in ("", "/*")]
MAXIMUM_TOKEN_ID_LENGTH = 64


def validate(
    auth_context: dict[str, Any],
    *,
    token_verifier: TokenVerifier,
    live_keys: LiveKeys,
    denials: DenialRecorder,
    clock: Callable[[], float],
) -> dict[str, Any]:
    """Verify the token and that its key is in use; the caller is the customer."""

    def identity() -> tuple[str, str, str, int]:
        claims = token_verifier.verify(bearer_token(_authorization(auth_context)))
        customer_id, key_id, token_id = _identity(claims)
        live_keys.require_live(customer_id, key_id, token_age_seconds=clock() - claims["iat"])
        return customer_id, key_id, token_id, int(claims["exp"])

    customer_id, key_id, token_id, expires_at = denials.recorded(USE_TOKEN, auth_context, identity)
    return {
        "principal_id": customer_id,
        "context": {
            "customer_id": customer_id,
            "key_id": key_id,
            "token_id": token_id,
            "expires_at": str(expires_at),
        },
        "routes": ROUTES,
    }


def _authorization(auth_context: dict[str, Any]) -> object:
    if auth_context["type"] == "TOKEN":
        return auth_context["token"]
    return auth_context["headers"].get("Authorization")


def _identity(claims: dict[str, Any]) -> tuple[str, str, str]:
    """Return the customer, the key and the token's id, all of the form in which we issue them."""
    customer_id, key_id, token_id = claims["customer_id"], claims["key_id"], claims["jti"]
    if not is_customer_id(customer_id) or claims["sub"] != customer_id:
        raise MalformedClaim("customer_id", "`customer_id` is a customer's id, and `sub` the same")
    if not is_key_id(key_id):
        raise MalformedClaim("key_id", "`key_id` is the id of an API key")
    if type(token_id) is not str or not token_id.isprintable() or not 0 < len(token_id) <= MAXIMUM_TOKEN_ID_LENGTH:
        raise MalformedClaim("jti", f"`jti` is a string of 1 to {MAXIMUM_TOKEN_ID_LENGTH} characters")
    return customer_id, key_id, token_id
