"""How the records look in the table, whose key is the attribute `id` (S). Times are text, `2026-01-01T00:00:00Z`.

    CERTIFICATE#<fingerprint>       client_id, client_status, app_client_id, scopes (SS), serial, subject, issuer,
                                    issuer_id, not_before, not_after, status, status_changed_at, registered_at, reason?
    CLIENT#<client id>              client_name, status, app_client_id, scopes (SS), fingerprints (SS)?, created_at,
                                    status_changed_at, version (N), reason?
    CRL#<issuer id>                 issuer, crl_number (N), this_update, next_update
    REVOKED#<issuer id>#<serial>    crl_number (N)

A set that is empty is absent. Attribute values are DynamoDB's (`{"S": "..."}`).
"""

from __future__ import annotations

from client_certificates.der_times import seconds_of, text_of
from client_certificates.records import CertificateRecord, ClientRecord, RevocationListRecord, RevokedSerial

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    Item = dict[str, dict[str, Any]]

CERTIFICATE_PREFIX, CLIENT_PREFIX, LIST_PREFIX, REVOKED_PREFIX = "CERTIFICATE#", "CLIENT#", "CRL#", "REVOKED#"


def certificate_key(fingerprint: str) -> Item:
    """Return the table key of a certificate."""
    return {"id": {"S": CERTIFICATE_PREFIX + fingerprint}}


def client_key(client_id: str) -> Item:
    """Return the table key of a client."""
    return {"id": {"S": CLIENT_PREFIX + client_id}}


def list_key(issuer_id: str) -> Item:
    """Return the table key of an issuer's revocation list."""
    return {"id": {"S": LIST_PREFIX + issuer_id}}


def revoked_key(issuer_id: str, serial: str) -> Item:
    """Return the table key of a serial number that an issuer has revoked."""
    return {"id": {"S": f"{REVOKED_PREFIX}{issuer_id}#{serial}"}}


def certificate_item(record: CertificateRecord) -> Item:
    """Return the whole item of a certificate."""
    item: Item = {
        **certificate_key(record.fingerprint),
        "client_id": {"S": record.client_id},
        "client_status": {"S": record.client_status},
        "app_client_id": {"S": record.app_client_id},
        "scopes": {"SS": sorted(record.scopes)},
        "serial": {"S": record.serial},
        "subject": {"S": record.subject},
        "issuer": {"S": record.issuer},
        "issuer_id": {"S": record.issuer_id},
        "not_before": {"S": text_of(record.not_before)},
        "not_after": {"S": text_of(record.not_after)},
        "status": {"S": record.status},
        "status_changed_at": {"S": text_of(record.status_changed_at)},
        "registered_at": {"S": text_of(record.registered_at)},
    }
    if record.reason:
        item["reason"] = {"S": record.reason}
    return item


def certificate_record(item: Item) -> CertificateRecord:
    """Return the certificate in `item`; raises KeyError or ValueError where it is none."""
    return CertificateRecord(
        fingerprint=item["id"]["S"].removeprefix(CERTIFICATE_PREFIX),
        client_id=item["client_id"]["S"],
        client_status=item["client_status"]["S"],
        app_client_id=item["app_client_id"]["S"],
        scopes=frozenset(item["scopes"]["SS"]),
        serial=item["serial"]["S"],
        subject=item["subject"]["S"],
        issuer=item["issuer"]["S"],
        issuer_id=item["issuer_id"]["S"],
        not_before=seconds_of(item["not_before"]["S"]),
        not_after=seconds_of(item["not_after"]["S"]),
        status=item["status"]["S"],
        status_changed_at=seconds_of(item["status_changed_at"]["S"]),
        registered_at=seconds_of(item["registered_at"]["S"]),
        reason=item["reason"]["S"] if "reason" in item else "",
    )


def client_item(client: ClientRecord) -> Item:
    """Return the whole item of a client."""
    item: Item = {
        **client_key(client.client_id),
        "client_name": {"S": client.name},
        "status": {"S": client.status},
        "app_client_id": {"S": client.app_client_id},
        "scopes": {"SS": sorted(client.scopes)},
        "created_at": {"S": text_of(client.created_at)},
        "status_changed_at": {"S": text_of(client.status_changed_at)},
        "version": {"N": str(client.version)},
    }
    if client.fingerprints:
        item["fingerprints"] = {"SS": sorted(client.fingerprints)}
    if client.reason:
        item["reason"] = {"S": client.reason}
    return item


def client_record(item: Item) -> ClientRecord:
    """Return the client in `item`; raises KeyError or ValueError where it is none."""
    return ClientRecord(
        client_id=item["id"]["S"].removeprefix(CLIENT_PREFIX),
        name=item["client_name"]["S"],
        status=item["status"]["S"],
        app_client_id=item["app_client_id"]["S"],
        scopes=frozenset(item["scopes"]["SS"]),
        fingerprints=frozenset(item["fingerprints"]["SS"]) if "fingerprints" in item else frozenset(),
        created_at=seconds_of(item["created_at"]["S"]),
        status_changed_at=seconds_of(item["status_changed_at"]["S"]),
        version=int(item["version"]["N"]),
        reason=item["reason"]["S"] if "reason" in item else "",
    )


def list_item(record: RevocationListRecord) -> Item:
    """Return the whole item of a revocation list."""
    return {
        **list_key(record.issuer_id),
        "issuer": {"S": record.issuer},
        "crl_number": {"N": str(record.number)},
        "this_update": {"S": text_of(record.this_update)},
        "next_update": {"S": text_of(record.next_update)},
    }


def list_record(item: Item) -> RevocationListRecord:
    """Return the revocation list in `item`; raises KeyError or ValueError where it is none."""
    return RevocationListRecord(
        issuer_id=item["id"]["S"].removeprefix(LIST_PREFIX),
        issuer=item["issuer"]["S"],
        number=int(item["crl_number"]["N"]),
        this_update=seconds_of(item["this_update"]["S"]),
        next_update=seconds_of(item["next_update"]["S"]),
    )


def revoked_item(issuer_id: str, serial: str, number: int) -> Item:
    """Return the whole item of a revoked serial number."""
    return {**revoked_key(issuer_id, serial), "crl_number": {"N": str(number)}}


def revoked_serial(item: Item) -> RevokedSerial:
    """Return the revoked serial number in `item`; raises KeyError or ValueError where it is none."""
    issuer_id, _, serial = item["id"]["S"].removeprefix(REVOKED_PREFIX).partition("#")
    return RevokedSerial(issuer_id=issuer_id, serial=serial, number=int(item["crl_number"]["N"]))
