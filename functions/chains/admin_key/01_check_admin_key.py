"""Lets in whoever sends the admin key, current or previous, in the header `X-Admin-API-Key`; to `/admin` only.

Settings, plain values all: `ADMIN_KEY_SECRET_ARN` (the key itself is in Secrets Manager), `AUDIT_LOG_GROUP`. Works
behind a REQUEST authorizer with that header as its identity source and TTL 0: an administrator's key must end with its
rotation, and nothing here is worth caching.
"""

from __future__ import annotations

import os
import time

from audit_trail.denials import DenialRecorder, recording_denials
from audit_trail.metrics import write_to_standard_output
from audit_trail.records import USE_ADMIN_KEY
from audit_trail.trail import audit_trail
from authorizer.denial import NotAuthenticated
from secret_store.admin_key_ring import AdminKeyRing
from secret_store.secret_source import secret_source

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import Any

    from audit_trail.trail import AuditTrail
    from secret_store.secret_source import SecretSource

HEADER = "X-Admin-API-Key"
PRINCIPAL = "admin"
ROUTES = ["GET /admin/*", "POST /admin/*", "DELETE /admin/*"]


def build_validate(
    environment: Mapping[str, str],
    *,
    source: SecretSource | None = None,
    trail: AuditTrail | None = None,
    write: Callable[[str], object] = write_to_standard_output,
    clock: Callable[[], float] = time.time,
    cache_clock: Callable[[], float] = time.monotonic,
) -> Callable[[dict[str, Any]], dict[str, Any]]:
    """Return the plugin's `validate` for these settings.

    Raises:
        KeyError, ValueError: a setting is missing or empty.
    """
    keys = AdminKeyRing(
        source=source or secret_source(environment),
        secret_id=environment["ADMIN_KEY_SECRET_ARN"],
        clock=cache_clock,
    )
    recorder = DenialRecorder(
        trail=trail or audit_trail(environment), write=write, clock=clock, cache_clock=cache_clock
    )

    def check(auth_context: dict[str, Any]) -> dict[str, Any]:
        presented = auth_context["headers"].get(HEADER)
        if not presented:
            raise NotAuthenticated("missing_admin_key")
        version_id = keys.version_of(presented)
        return {"principal_id": PRINCIPAL, "context": {"admin_key_version": version_id}, "routes": ROUTES}

    return recording_denials(check, action=USE_ADMIN_KEY, recorder=recorder, clock=clock)


validate = build_validate(os.environ)
