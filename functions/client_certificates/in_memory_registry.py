"""The fake registry, both for requests and for operators. Functions never import it."""

from __future__ import annotations

from client_certificates.lookup import Findings
from client_certificates.records import ClientEntry, RevokedSerial
from client_certificates.registry import ChangeNotMade

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from client_certificates.certificate import Certificate
    from client_certificates.changes import Change
    from client_certificates.records import CertificateRecord, ClientRecord, RevocationListRecord


class InMemoryRegistry:
    """Records by id; `failure`, while it is set, is what every call raises. `reads` has every fingerprint asked for."""

    def __init__(self) -> None:
        """Begin empty."""
        self.records: dict[str, CertificateRecord] = {}
        self.client_records: dict[str, ClientRecord] = {}
        self.lists: dict[str, RevocationListRecord] = {}
        self.revoked: dict[tuple[str, str], RevokedSerial] = {}
        self.reads: list[str] = []
        self.failure: Exception | None = None

    def find(self, certificate: Certificate) -> Findings:
        """See `CertificateLookup.find`."""
        self.reads.append(certificate.fingerprint)
        self._fail()
        return Findings(
            record=self.records.get(certificate.fingerprint),
            revocation_list=self.lists.get(certificate.issuer_id),
            revoked=self.revoked.get((certificate.issuer_id, certificate.serial)),
        )

    def load(self, client_id: str) -> ClientEntry | None:
        """See `ClientRegistry.load`."""
        self._fail()
        client = self.client_records.get(client_id)
        if client is None:
            return None
        found = tuple(self.records[each] for each in sorted(client.fingerprints) if each in self.records)
        return ClientEntry(client=client, certificates=found)

    def certificate(self, fingerprint: str) -> CertificateRecord | None:
        """See `ClientRegistry.certificate`."""
        self._fail()
        return self.records.get(fingerprint)

    def clients(self) -> list[ClientRecord]:
        """See `ClientRegistry.clients`."""
        self._fail()
        return [client for _, client in sorted(self.client_records.items())]

    def commit(self, change: Change) -> None:
        """See `ClientRegistry.commit`."""
        self._fail()
        client = change.client
        known = self.client_records.get(client.client_id)
        if client.version != (0 if known is None else known.version) + 1:
            raise ChangeNotMade
        if change.new is not None and change.new.fingerprint in self.records:
            raise ChangeNotMade
        if any(each.fingerprint not in self.records for each in change.rewritten):
            raise ChangeNotMade
        self.client_records[client.client_id] = client
        for record in (*change.rewritten, *((change.new,) if change.new is not None else ())):
            self.records[record.fingerprint] = record
        for fingerprint in change.dropped:
            self.records.pop(fingerprint, None)

    def revocation_list(self, issuer_id: str) -> RevocationListRecord | None:
        """See `ClientRegistry.revocation_list`."""
        self._fail()
        return self.lists.get(issuer_id)

    def load_revocations(self, record: RevocationListRecord, serials: Sequence[str]) -> None:
        """See `ClientRegistry.load_revocations`."""
        self._fail()
        for serial in serials:
            self.revoked[record.issuer_id, serial] = RevokedSerial(
                issuer_id=record.issuer_id, serial=serial, number=record.number
            )
        self.lists[record.issuer_id] = record

    def _fail(self) -> None:
        if self.failure is not None:
            raise self.failure
