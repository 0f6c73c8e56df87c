"""What is kept of clients, their certificates and their issuers' revocation lists. Times are seconds since 1970.

A certificate's record carries what a request needs to know of its client (`client_status`, the scopes, the app client),
so that one read by fingerprint decides. Whoever changes the client writes all its certificates in one transaction
(`changes`), which the bound on their number makes possible.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

ACTIVE, SUSPENDED, REVOKED = "active", "suspended", "revoked"
CERTIFICATE_STATUSES = (ACTIVE, SUSPENDED, REVOKED)
CLIENT_STATUSES = (ACTIVE, SUSPENDED)
MAXIMUM_CERTIFICATES = 20  # of a client; a transaction of DynamoDB has at most 100 items
MAXIMUM_SCOPES = 50  # of an app client: quotas of Cognito


class CertificateRecord:
    """A registered certificate. `repr` shows its fingerprint, which is public."""

    __slots__ = (
        "app_client_id",
        "client_id",
        "client_status",
        "fingerprint",
        "issuer",
        "issuer_id",
        "not_after",
        "not_before",
        "reason",
        "registered_at",
        "scopes",
        "serial",
        "status",
        "status_changed_at",
        "subject",
    )

    def __init__(
        self,
        *,
        fingerprint: str,
        client_id: str,
        client_status: str,
        app_client_id: str,
        scopes: frozenset[str],
        serial: str,
        subject: str,
        issuer: str,
        issuer_id: str,
        not_before: int,
        not_after: int,
        status: str,
        status_changed_at: int,
        registered_at: int,
        reason: str = "",
    ) -> None:
        """Hold it; `reason` is an operator's word for the last change of the status."""
        self.fingerprint = fingerprint
        self.client_id = client_id
        self.client_status = client_status
        self.app_client_id = app_client_id
        self.scopes = scopes
        self.serial = serial
        self.subject = subject
        self.issuer = issuer
        self.issuer_id = issuer_id
        self.not_before = not_before
        self.not_after = not_after
        self.status = status
        self.status_changed_at = status_changed_at
        self.registered_at = registered_at
        self.reason = reason

    def __repr__(self) -> str:
        """Name the certificate and its status."""
        return f"<CertificateRecord {self.fingerprint} {self.status}>"

    def changed(self, **members: Any) -> CertificateRecord:
        """Return a record like this one with other members."""
        return CertificateRecord(**{**{name: getattr(self, name) for name in self.__slots__}, **members})


class ClientRecord:
    """A client with the fingerprints of its certificates. `version` counts changes."""

    __slots__ = (
        "app_client_id",
        "client_id",
        "created_at",
        "fingerprints",
        "name",
        "reason",
        "scopes",
        "status",
        "status_changed_at",
        "version",
    )

    def __init__(
        self,
        *,
        client_id: str,
        name: str,
        status: str,
        app_client_id: str,
        scopes: frozenset[str],
        fingerprints: frozenset[str],
        created_at: int,
        status_changed_at: int,
        version: int,
        reason: str = "",
    ) -> None:
        """Hold it."""
        self.client_id = client_id
        self.name = name
        self.status = status
        self.app_client_id = app_client_id
        self.scopes = scopes
        self.fingerprints = fingerprints
        self.created_at = created_at
        self.status_changed_at = status_changed_at
        self.version = version
        self.reason = reason

    def __repr__(self) -> str:
        """Name the client and its version."""
        return f"<ClientRecord {self.client_id} version {self.version}>"

    def changed(self, **members: Any) -> ClientRecord:
        """Return a record like this one with other members."""
        return ClientRecord(**{**{name: getattr(self, name) for name in self.__slots__}, **members})


class ClientEntry:
    """A client with the records of its certificates."""

    __slots__ = ("certificates", "client")

    def __init__(self, *, client: ClientRecord, certificates: tuple[CertificateRecord, ...]) -> None:
        """Hold both."""
        self.client = client
        self.certificates = certificates


class RevocationListRecord:
    """The last list of an issuer that was loaded: its number, and between which times it speaks."""

    __slots__ = ("issuer", "issuer_id", "next_update", "number", "this_update")

    def __init__(self, *, issuer_id: str, issuer: str, number: int, this_update: int, next_update: int) -> None:
        """Hold it."""
        self.issuer_id = issuer_id
        self.issuer = issuer
        self.number = number
        self.this_update = this_update
        self.next_update = next_update


class RevokedSerial:
    """A serial number that a list of its issuer names; `number` is that of the last list that did."""

    __slots__ = ("issuer_id", "number", "serial")

    def __init__(self, *, issuer_id: str, serial: str, number: int) -> None:
        """Hold it."""
        self.issuer_id = issuer_id
        self.serial = serial
        self.number = number
