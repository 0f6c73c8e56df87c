"""What the plugin of this chain asks for by name."""

from __future__ import annotations

from audit_trail.denials import DenialRecorder
from secret_store.admin_key_ring import AdminKeyRing

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from audit_trail.trail import AuditTrail
    from secret_store.secret_source import SecretSource


def provide_admin_keys(
    environment: Mapping[str, str], secret_source: SecretSource, monotonic_clock: Callable[[], float]
) -> AdminKeyRing:
    """Find the keys in ADMIN_KEY_SECRET_ARN."""
    return AdminKeyRing(source=secret_source, secret_id=environment["ADMIN_KEY_SECRET_ARN"], clock=monotonic_clock)


def provide_audit_trail(environment: Mapping[str, str]) -> AuditTrail:
    """Find the trail in AUDIT_LOG_GROUP."""
    from audit_trail.trail import audit_trail

    return audit_trail(environment)


def provide_denials(
    audit_trail: AuditTrail, clock: Callable[[], float], monotonic_clock: Callable[[], float]
) -> DenialRecorder:
    """Record denials in the trail."""
    return DenialRecorder(trail=audit_trail, clock=clock, monotonic_clock=monotonic_clock)
