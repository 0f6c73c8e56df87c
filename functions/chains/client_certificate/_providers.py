"""What the plugin of this chain asks for by name."""

from __future__ import annotations

from audit_trail.denials import DenialRecorder
from aws_calls.own_role import own_role_calls
from client_certificates.dynamodb_registry import DynamoDbLookup
from client_certificates.presented import CertificateReader

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from audit_trail.trail import AuditTrail
    from client_certificates.lookup import CertificateLookup


def provide_certificate_reader() -> CertificateReader:
    """Read certificates, and remember what they say."""
    return CertificateReader()


def provide_certificate_lookup(environment: Mapping[str, str]) -> CertificateLookup:
    """Look certificates up in CLIENT_REGISTRY_TABLE."""
    return DynamoDbLookup(call=own_role_calls(environment), table=environment["CLIENT_REGISTRY_TABLE"])


def provide_audit_trail(environment: Mapping[str, str]) -> AuditTrail:
    """Find the trail in AUDIT_LOG_GROUP."""
    from audit_trail.trail import audit_trail

    return audit_trail(environment)


def provide_denials(
    audit_trail: AuditTrail, clock: Callable[[], float], monotonic_clock: Callable[[], float]
) -> DenialRecorder:
    """Record denials in the trail."""
    return DenialRecorder(trail=audit_trail, clock=clock, monotonic_clock=monotonic_clock)
