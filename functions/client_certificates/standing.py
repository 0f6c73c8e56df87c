"""Whether a certificate may be used now: its own dates, the registry's record, its issuer's revocation list.

    certificate ──> its dates ──> registered? ──> revoked ──> suspended ──> client suspended ──> CRL fresh? ──> record

The worst is said first: a certificate that is both revoked and suspended is revoked. Whatever is not plainly good is
refused, an unknown status included.
"""

from __future__ import annotations

from client_certificates.errors import (
    CertificateExpired,
    CertificateNotYetValid,
    CertificateRevoked,
    CertificateSuspended,
    CertificateUnknown,
    ClientSuspended,
    RevocationListStale,
)
from client_certificates.records import ACTIVE, REVOKED

TYPE_CHECKING = False
if TYPE_CHECKING:
    from client_certificates.certificate import Certificate
    from client_certificates.lookup import CertificateLookup, Findings
    from client_certificates.records import CertificateRecord


def require_current(certificate: Certificate, *, now: float) -> None:
    """Pass where `now` (seconds since 1970) is within the certificate's validity, both ends included (RFC 5280).

    Raises:
        CertificateExpired, CertificateNotYetValid: as their names say.
    """
    if now < certificate.not_before:
        raise CertificateNotYetValid("notBefore is in the future")
    if int(now) > certificate.not_after:
        raise CertificateExpired("notAfter has passed")


def require_standing(certificate: Certificate, lookup: CertificateLookup, *, now: float) -> CertificateRecord:
    """Return the record of a certificate that may be used; asks the registry, whatever was known before.

    Raises:
        CertificateRefused: the class says why.
    """
    require_current(certificate, now=now)
    return _active(lookup.find(certificate), now)


def _active(findings: Findings, now: float) -> CertificateRecord:
    record = findings.record
    if record is None:
        raise CertificateUnknown("no record has this fingerprint")
    if record.status == REVOKED or _is_listed(findings):
        raise CertificateRevoked("the certificate is revoked")
    if record.status != ACTIVE:
        raise CertificateSuspended("the certificate is not active")
    if record.client_status != ACTIVE:
        raise ClientSuspended("the client is not active")
    listed = findings.revocation_list
    if listed is not None and now >= listed.next_update:
        raise RevocationListStale("the issuer's revocation list is past its next update: load the next one")
    return record


def _is_listed(findings: Findings) -> bool:
    """Tell whether the issuer's list names the certificate.

    A list is loaded serial by serial and its own record last, so a serial number of a list that is just being loaded
    counts already; one that the last list does not name any more has an older number and does not.
    """
    revoked, listed = findings.revoked, findings.revocation_list
    return revoked is not None and (listed is None or revoked.number >= listed.number)
