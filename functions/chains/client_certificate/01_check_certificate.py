"""Lets in whoever comes with a registered client certificate that may be used at this moment.

    clientCertPem ──> its dates ──> one consistent read of the registry ──> principal = client

Nothing is cached: a certificate that was revoked a moment ago is refused. Who is known and must not go on (revoked,
suspended, the client suspended) gets 403; who is not known gets 401. Where the registry cannot be read, nobody is
identified: the context says `unavailable`, for the routes below only, whose functions answer 503 with Retry-After
(`client_certificates.verdict`); every other route is denied.

Settings, plain values all: `CLIENT_REGISTRY_TABLE`, `AUDIT_LOG_GROUP`. Works behind a REQUEST authorizer without
identity sources and with TTL 0, on an API whose only way in is a custom domain with mutual TLS.
"""

from __future__ import annotations

from audit_trail.records import USE_CERTIFICATE
from authorizer.denial import NotPermitted
from client_certificates.errors import NotAllowed, StandingUnknown
from client_certificates.standing import require_standing
from client_certificates.verdict import UNAVAILABLE_PRINCIPAL, identified_context, unavailable_context

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from audit_trail.denials import DenialRecorder
    from client_certificates.lookup import CertificateLookup
    from client_certificates.presented import CertificateReader

# The functions that answer 503 for a caller about whom nothing is known. Nobody else's function may get such a request.
ROUTES_WITH_UNAVAILABLE = ["POST /token", "GET /health"]


def validate(
    auth_context: dict[str, Any],
    *,
    certificate_reader: CertificateReader,
    certificate_lookup: CertificateLookup,
    denials: DenialRecorder,
    clock: Callable[[], float],
) -> dict[str, Any]:
    """Identify the client by the certificate of the connection."""

    about: dict[str, str] = {}

    def identity() -> tuple[str, dict[str, str]]:
        certificate = certificate_reader.read(auth_context["request_context"])
        about["certificate"] = certificate.fingerprint
        try:
            record = require_standing(certificate, certificate_lookup, now=clock())
        except NotAllowed as refused:
            raise NotPermitted(refused.code) from None
        return record.client_id, identified_context(certificate, record)

    try:
        client_id, context = denials.recorded(USE_CERTIFICATE, auth_context, identity, about=about)
    except StandingUnknown as unknown:
        return {
            "principal_id": UNAVAILABLE_PRINCIPAL,
            "context": unavailable_context(unknown.code),
            "routes": ROUTES_WITH_UNAVAILABLE,
        }
    return {"principal_id": client_id, "context": context}
