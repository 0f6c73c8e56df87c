"""What a request asks of the registry: the port, and what it gives. One strongly consistent read, never cached.

    CERTIFICATE#<fingerprint>         who it belongs to, and its status
    CRL#<issuer id>                   is there a revocation list of its issuer, and how fresh is it?
    REVOKED#<issuer id>#<serial>      does the list name it?

The serial numbers of a list are items of their own, so that a request reads three small items however long the list is.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Protocol

    from client_certificates.certificate import Certificate
    from client_certificates.records import CertificateRecord, RevocationListRecord, RevokedSerial

    class CertificateLookup(Protocol):
        """Reads what is known of one certificate."""

        def find(self, certificate: Certificate) -> Findings:
            """Return what the registry has at this moment.

            Raises:
                StandingUnknown: it cannot be read.
            """
            ...


class Findings:
    """The three items, None for those that do not exist."""

    __slots__ = ("record", "revocation_list", "revoked")

    def __init__(
        self,
        *,
        record: CertificateRecord | None,
        revocation_list: RevocationListRecord | None = None,
        revoked: RevokedSerial | None = None,
    ) -> None:
        """Hold them."""
        self.record = record
        self.revocation_list = revocation_list
        self.revoked = revoked
