"""What operators do to the registry, as pure changes: from what is known to what is to be written, all or nothing.

A change of a client's status, scopes or app client is written to every certificate of it, because requests read the
certificate's record alone. A certificate that was revoked stays revoked.
"""

from __future__ import annotations

from client_certificates.names import CLIENT_ID_RULE, is_client_id
from client_certificates.records import (
    ACTIVE,
    CERTIFICATE_STATUSES,
    CLIENT_STATUSES,
    MAXIMUM_CERTIFICATES,
    MAXIMUM_SCOPES,
    REVOKED,
    CertificateRecord,
    ClientEntry,
    ClientRecord,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import Any

    from client_certificates.certificate import Certificate

MAXIMUM_NAME_LENGTH = 128
MAXIMUM_REASON_LENGTH = 256
MAXIMUM_SCOPE_LENGTH = 256
# RFC 6749 section 3.3: printable ASCII without space, quotation mark and backslash.
_SCOPE_CHARACTERS = frozenset(chr(code) for code in range(0x21, 0x7F)) - frozenset('"\\')


class ChangeRefused(Exception):  # noqa: N818 -- read as a reason
    """The change does not fit what is known. The message says what to do, for whoever asked."""


class Change:
    """What is written in one transaction: the client, the certificates to put, the fingerprints to drop."""

    __slots__ = ("client", "dropped", "new", "rewritten")

    def __init__(
        self,
        *,
        client: ClientRecord,
        new: CertificateRecord | None = None,
        rewritten: tuple[CertificateRecord, ...] = (),
        dropped: tuple[str, ...] = (),
    ) -> None:
        """Hold them; `new` must not exist yet, `rewritten` and `dropped` must."""
        self.client = client
        self.new = new
        self.rewritten = rewritten
        self.dropped = dropped


def new_client(client_id: str, *, name: str, app_client_id: str, scopes: Iterable[str], now: int) -> ClientEntry:
    """Return a client that is not written yet, without certificates; raises `ChangeRefused`."""
    if not is_client_id(client_id):
        raise ChangeRefused(CLIENT_ID_RULE)
    if not name.strip() or len(name) > MAXIMUM_NAME_LENGTH or not name.isprintable():
        raise ChangeRefused(f"A client's name is printable text of at most {MAXIMUM_NAME_LENGTH} characters")
    if not app_client_id:
        raise ChangeRefused("A client needs the id of its Cognito app client")
    client = ClientRecord(
        client_id=client_id,
        name=name.strip(),
        status=ACTIVE,
        app_client_id=app_client_id,
        scopes=checked_scopes(scopes),
        fingerprints=frozenset(),
        created_at=now,
        status_changed_at=now,
        version=0,
    )
    return ClientEntry(client=client, certificates=())


def checked_scopes(scopes: Iterable[str]) -> frozenset[str]:
    """Return the scopes; raises `ChangeRefused` for none, too many, or one that RFC 6749 does not allow."""
    wanted = frozenset(scopes)
    if not 0 < len(wanted) <= MAXIMUM_SCOPES:
        raise ChangeRefused(f"A client has 1 to {MAXIMUM_SCOPES} scopes")
    for scope in wanted:
        if not 0 < len(scope) <= MAXIMUM_SCOPE_LENGTH or not _SCOPE_CHARACTERS.issuperset(scope):
            raise ChangeRefused("A scope is printable ASCII without spaces, quotation marks and backslashes")
    return wanted


def certificate_added(entry: ClientEntry, certificate: Certificate, *, now: int) -> Change:
    """Register a certificate; ones that have expired make room for it where the client has too many.

    Raises:
        ChangeRefused: it has expired, or the client has it, or too many that are still valid.
    """
    client = entry.client
    if certificate.fingerprint in client.fingerprints:
        raise ChangeRefused(f"{client.client_id} has this certificate already")
    if certificate.not_after <= now:
        raise ChangeRefused("The certificate has expired: issue a new one")
    expired = sorted((each.not_after, each.fingerprint) for each in entry.certificates if each.not_after <= now)
    surplus = len(client.fingerprints) + 1 - MAXIMUM_CERTIFICATES
    if surplus > len(expired):
        raise ChangeRefused(
            f"{client.client_id} has {len(client.fingerprints)} certificates that have not expired, which is the most: "
            "let some expire, or register a client of another id"
        )
    dropped = tuple(fingerprint for _, fingerprint in expired[: max(0, surplus)])
    record = CertificateRecord(
        fingerprint=certificate.fingerprint,
        client_id=client.client_id,
        client_status=client.status,
        app_client_id=client.app_client_id,
        scopes=client.scopes,
        serial=certificate.serial,
        subject=certificate.subject,
        issuer=certificate.issuer,
        issuer_id=certificate.issuer_id,
        not_before=certificate.not_before,
        not_after=certificate.not_after,
        status=ACTIVE,
        status_changed_at=now,
        registered_at=now,
    )
    fingerprints = client.fingerprints.difference(dropped) | {certificate.fingerprint}
    return Change(client=_next(client, fingerprints=fingerprints), new=record, dropped=dropped)


def certificate_status_changed(
    entry: ClientEntry, fingerprint: str, status: str, *, reason: str, now: int
) -> Change | None:
    """Set one certificate's status, None where it has it already; raises `ChangeRefused`."""
    if status not in CERTIFICATE_STATUSES:
        raise ChangeRefused(f"A certificate's status is one of {', '.join(CERTIFICATE_STATUSES)}")
    known = next((each for each in entry.certificates if each.fingerprint == fingerprint), None)
    if known is None:
        raise ChangeRefused(f"{entry.client.client_id} has no certificate with the fingerprint {fingerprint}")
    if known.status == status:
        return None
    if known.status == REVOKED:
        raise ChangeRefused("A revoked certificate stays revoked: issue a new one")
    changed = known.changed(status=status, status_changed_at=now, reason=_checked_reason(reason))
    return Change(client=_next(entry.client), rewritten=(changed,))


def all_revoked(entry: ClientEntry, *, reason: str, now: int) -> Change | None:
    """Revoke every certificate of a client, None where all are revoked."""
    checked = _checked_reason(reason)
    rewritten = tuple(
        each.changed(status=REVOKED, status_changed_at=now, reason=checked)
        for each in entry.certificates
        if each.status != REVOKED
    )
    return Change(client=_next(entry.client), rewritten=rewritten) if rewritten else None


def client_status_changed(entry: ClientEntry, status: str, *, reason: str, now: int) -> Change | None:
    """Set a client's status, with all its certificates, None where it has it already; raises `ChangeRefused`."""
    if status not in CLIENT_STATUSES:
        raise ChangeRefused(f"A client's status is one of {', '.join(CLIENT_STATUSES)}")
    if entry.client.status == status:
        return None
    client = _next(entry.client, status=status, status_changed_at=now, reason=_checked_reason(reason))
    return Change(client=client, rewritten=tuple(each.changed(client_status=status) for each in entry.certificates))


def scopes_changed(entry: ClientEntry, scopes: Iterable[str]) -> Change | None:
    """Set a client's scopes, with all its certificates, None where it has them already; raises `ChangeRefused`."""
    wanted = checked_scopes(scopes)
    if entry.client.scopes == wanted:
        return None
    client = _next(entry.client, scopes=wanted)
    return Change(client=client, rewritten=tuple(each.changed(scopes=wanted) for each in entry.certificates))


def _next(client: ClientRecord, **members: Any) -> ClientRecord:
    return client.changed(version=client.version + 1, **members)


def _checked_reason(reason: str) -> str:
    if len(reason) > MAXIMUM_REASON_LENGTH or not reason.isprintable():
        raise ChangeRefused(f"A reason is printable text of at most {MAXIMUM_REASON_LENGTH} characters")
    return reason
