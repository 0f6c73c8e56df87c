"""Lets in whoever sends the admin key, current or previous, in the header `X-Admin-API-Key`; to `/admin` only.

Settings, plain values all: `ADMIN_KEY_SECRET_ARN` (the key itself is in Secrets Manager), `AUDIT_LOG_GROUP`. Works
behind a REQUEST authorizer with that header as its identity source and TTL 0: an administrator's key must end with its
rotation, and nothing here is worth caching.
"""

from __future__ import annotations

from audit_trail.records import USE_ADMIN_KEY
from authorizer.denial import NotAuthenticated

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from audit_trail.denials import DenialRecorder
    from secret_store.admin_key_ring import AdminKeyRing

HEADER = "X-Admin-API-Key"
PRINCIPAL = "admin"
ROUTES = ["GET /admin/*", "POST /admin/*", "DELETE /admin/*"]


def validate(auth_context: dict[str, Any], *, admin_keys: AdminKeyRing, denials: DenialRecorder) -> dict[str, Any]:
    """Check the admin key; which version of it was used goes to the function, for the audit trail."""
    version_id = denials.recorded(USE_ADMIN_KEY, auth_context, lambda: _version(auth_context, admin_keys))
    return {"principal_id": PRINCIPAL, "context": {"admin_key_version": version_id}, "routes": ROUTES}


def _version(auth_context: dict[str, Any], admin_keys: AdminKeyRing) -> str:
    presented = auth_context["headers"].get(HEADER)
    if not presented:
        raise NotAuthenticated("missing_admin_key")
    return admin_keys.version_of(presented)
