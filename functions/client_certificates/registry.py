"""Where clients and certificates are kept, for operators who change them: the port, and how a change can fail."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Protocol

    from client_certificates.changes import Change
    from client_certificates.records import CertificateRecord, ClientEntry, ClientRecord, RevocationListRecord

    class ClientRegistry(Protocol):
        """Reads are strongly consistent; a change is written whole or not at all."""

        def load(self, client_id: str) -> ClientEntry | None:
            """Return a client with its certificates, None where there is none; raises `StandingUnknown`."""
            ...

        def certificate(self, fingerprint: str) -> CertificateRecord | None:
            """Return one certificate, None where there is none; raises `StandingUnknown`."""
            ...

        def clients(self) -> list[ClientRecord]:
            """Return all clients, by id; reads the whole registry. Raises `StandingUnknown`."""
            ...

        def commit(self, change: Change) -> None:
            """Write `change`.

            Raises:
                ChangeNotMade: the records are not what it was made from, or nobody knows whether it was written.
                StandingUnknown: nothing was written.
            """
            ...

        def revocation_list(self, issuer_id: str) -> RevocationListRecord | None:
            """Return the last list of an issuer that was loaded, None where none was; raises `StandingUnknown`."""
            ...

        def load_revocations(self, record: RevocationListRecord, serials: Sequence[str]) -> None:
            """Write the serial numbers of a list, then the list's own record; writing it again does no harm.

            Raises:
                StandingUnknown: not all is written; what is, counts.
            """
            ...


class ChangeNotMade(Exception):  # noqa: N818 -- read as a reason
    """Somebody else has changed the records meanwhile, or no answer says whether this change was written."""
