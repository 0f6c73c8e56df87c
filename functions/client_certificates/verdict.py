"""What the chains tell the functions behind them: who was identified, or that nothing is known at the moment.

    identified     with everything that the registry says of the certificate
    unavailable    the registry or the issuer's keys cannot be read: `reason` says which. Nobody is identified, and the
                   function answers 503 with Retry-After, which no denial of API Gateway can carry

Functions read it with `client_certificates.identified`.
"""

from __future__ import annotations

from client_certificates.der_times import text_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from client_certificates.certificate import Certificate
    from client_certificates.records import CertificateRecord

VERDICT = "verdict"
IDENTIFIED, UNAVAILABLE = "identified", "unavailable"
UNAVAILABLE_PRINCIPAL = "unknown-client"


def identified_context(certificate: Certificate, record: CertificateRecord) -> dict[str, str]:
    """Return the context of a certificate that may be used."""
    return {
        VERDICT: IDENTIFIED,
        "client_id": record.client_id,
        "app_client_id": record.app_client_id,
        "certificate_sha256": certificate.thumbprint,
        "serial": certificate.serial,
        "scopes": " ".join(sorted(record.scopes)),
        "status": record.status,
        "not_after": text_of(certificate.not_after),
    }


def unavailable_context(reason: str) -> dict[str, str]:
    """Return the context of a request about whose caller nothing is known at the moment."""
    return {VERDICT: UNAVAILABLE, "reason": reason}
