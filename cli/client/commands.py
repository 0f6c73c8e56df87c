"""What `client` does, one function for each action."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from cli.certificates import workplace as places
from cli.certificates.files import check_new, write_whole
from cli.certificates.operators import (
    REGISTER_CERTIFICATE,
    RESUME_CERTIFICATE,
    RESUME_CLIENT,
    REVOKE_CERTIFICATE,
    REVOKE_CLIENT,
    SUSPEND_CERTIFICATE,
    SUSPEND_CLIENT,
)
from cli.client.enrolment import NewCertificate, app_client_for, new_certificate
from cli.errors import DONE, CliError
from cli.output import aligned, say, say_json, tell
from client_certificates import changes
from client_certificates.changes import Change, ChangeRefused
from client_certificates.der_times import text_of
from client_certificates.errors import StandingUnknown
from client_certificates.names import CLIENT_ID_RULE, is_client_id
from client_certificates.records import ACTIVE, REVOKED, SUSPENDED, CertificateRecord, ClientEntry

MINIMUM_FINGERPRINT_LENGTH = 8
_HEXADECIMAL = frozenset("0123456789abcdef")


def issue(options: argparse.Namespace) -> int:
    """Register a new client with its first certificate."""
    client_id = _checked_id(options.client_id)
    scopes = _scopes(options.scope)
    check_new(options.out, what="the certificate")
    place = places.workplace(options)
    if place.operators.find(client_id) is not None:
        raise CliError(f"{client_id} is registered: `client renew {client_id}` adds a certificate")
    now = int(place.now().timestamp())
    # All that can be wrong with the command line is found before anything is written.
    _refused_early(lambda: changes.new_client(client_id, name=options.name, app_client_id="?", scopes=scopes, now=now))
    new = new_certificate(options, place, client_id=client_id, organization=options.name)
    app_client = app_client_for(place, client_id, scopes, given=options.app_client)
    new.store(place, client_id)

    def first(entry: ClientEntry | None) -> Change | None:
        if entry is None:
            entry = changes.new_client(
                client_id, name=options.name, app_client_id=app_client.app_client_id, scopes=scopes, now=now
            )
        elif new.read.fingerprint in entry.client.fingerprints:
            return None
        return changes.certificate_added(entry, new.read, now=now)

    place.operators.change(REGISTER_CERTIFICATE, client_id, first, certificate=new.read.fingerprint)
    return _show_new(options, client_id, new)


def renew(options: argparse.Namespace) -> int:
    """Register a further certificate."""
    client_id = _checked_id(options.client_id)
    check_new(options.out, what="the certificate")
    place = places.workplace(options)
    known = place.operators.client(client_id)
    new = new_certificate(options, place, client_id=client_id, organization=known.client.name)
    now = int(place.now().timestamp())
    new.store(place, client_id)

    def further(entry: ClientEntry | None) -> Change | None:
        if entry is None:
            raise CliError(f"{client_id} is gone meanwhile: `client list` shows who is there")
        if new.read.fingerprint in entry.client.fingerprints:
            return None
        return changes.certificate_added(entry, new.read, now=now)

    place.operators.change(REGISTER_CERTIFICATE, client_id, further, certificate=new.read.fingerprint)
    for old in known.certificates:
        if old.status != REVOKED and old.not_after > now:
            tell(f"when the client uses the new one: client revoke {client_id} --certificate {old.fingerprint[:16]}")
    return _show_new(options, client_id, new)


def revoke(options: argparse.Namespace) -> int:
    """Revoke a client's certificates, or one."""
    if options.fingerprint is None:
        return _change_client(
            options,
            REVOKE_CLIENT,
            lambda entry, now: changes.all_revoked(entry, reason=options.reason, now=now),
            "revoked",
        )
    return _change_certificate(options, REVOKE_CERTIFICATE, REVOKED)


def suspend(options: argparse.Namespace) -> int:
    """Suspend a client, or one certificate."""
    if options.fingerprint is None:
        return _change_client(
            options,
            SUSPEND_CLIENT,
            lambda entry, now: changes.client_status_changed(entry, SUSPENDED, reason=options.reason, now=now),
            "suspended",
        )
    return _change_certificate(options, SUSPEND_CERTIFICATE, SUSPENDED)


def resume(options: argparse.Namespace) -> int:
    """End a suspension."""
    if options.fingerprint is None:
        return _change_client(
            options,
            RESUME_CLIENT,
            lambda entry, now: changes.client_status_changed(entry, ACTIVE, reason=options.reason, now=now),
            "resumed",
        )
    return _change_certificate(options, RESUME_CERTIFICATE, ACTIVE)


def list_clients(options: argparse.Namespace) -> int:
    """List clients, or one client's certificates."""
    if options.client_id is not None:
        return _list_certificates(options)
    place = places.workplace(options)
    try:
        clients = place.registry.clients()
    except StandingUnknown as error:
        raise CliError(f"cannot read the registry: {error}") from None
    if options.json:
        say_json(
            {
                "clients": [
                    {
                        "client_id": client.client_id,
                        "name": client.name,
                        "status": client.status,
                        "scopes": sorted(client.scopes),
                        "certificates": len(client.fingerprints),
                    }
                    for client in clients
                ]
            }
        )
        return DONE
    rows = [("CLIENT", "STATUS", "CERTIFICATES", "SCOPES", "NAME")]
    rows += [
        (
            client.client_id,
            client.status,
            str(len(client.fingerprints)),
            " ".join(sorted(client.scopes)),
            client.name,
        )
        for client in clients
    ]
    for line in aligned(rows):
        say(line)
    return DONE


def _list_certificates(options: argparse.Namespace) -> int:
    client_id = _checked_id(options.client_id)
    entry = places.workplace(options).operators.client(client_id)
    records = sorted(entry.certificates, key=lambda record: record.not_after)
    if options.json:
        say_json(
            {
                "client_id": client_id,
                "name": entry.client.name,
                "status": entry.client.status,
                "app_client_id": entry.client.app_client_id,
                "scopes": sorted(entry.client.scopes),
                "certificates": [_described(record) for record in records],
            }
        )
        return DONE
    tell(f"{client_id}: {entry.client.name}, {entry.client.status}, {' '.join(sorted(entry.client.scopes))}")
    rows = [("CERTIFICATE", "STATUS", "ENDS", "SERIAL", "ISSUER", "REASON")]
    rows += [
        (
            record.fingerprint[:16],
            record.status,
            text_of(record.not_after)[:10],
            record.serial,
            record.issuer,
            record.reason,
        )
        for record in records
    ]
    for line in aligned(rows):
        say(line)
    return DONE


def _described(record: CertificateRecord) -> dict[str, Any]:
    return {
        "sha256": record.fingerprint,
        "serial": record.serial,
        "subject": record.subject,
        "issuer": record.issuer,
        "status": record.status,
        "not_before": text_of(record.not_before),
        "not_after": text_of(record.not_after),
        "reason": record.reason,
    }


def _change_client(
    options: argparse.Namespace, action: str, make: Callable[[ClientEntry, int], Change | None], done: str
) -> int:
    client_id = _checked_id(options.client_id)
    place = places.workplace(options)

    def changed(entry: ClientEntry | None) -> Change | None:
        if entry is None:
            raise CliError(f"there is no client {client_id}: `client list` shows them")
        return make(entry, int(place.now().timestamp()))

    was_changed = place.operators.change(action, client_id, changed)
    return _say_changed(options, client_id, done if was_changed else f"nothing to change: {done} already")


def _change_certificate(options: argparse.Namespace, action: str, status: str) -> int:
    client_id = _checked_id(options.client_id)
    place = places.workplace(options)
    fingerprint = _whole_fingerprint(place.operators.client(client_id), options.fingerprint)

    def changed(entry: ClientEntry | None) -> Change | None:
        if entry is None:
            raise CliError(f"there is no client {client_id}: `client list` shows them")
        now = int(place.now().timestamp())
        return changes.certificate_status_changed(entry, fingerprint, status, reason=options.reason, now=now)

    was_changed = place.operators.change(action, client_id, changed, certificate=fingerprint)
    done = f"certificate {fingerprint[:16]} {status}"
    return _say_changed(options, client_id, done if was_changed else f"nothing to change: {done} already")


def _say_changed(options: argparse.Namespace, client_id: str, what: str) -> int:
    if options.json:
        say_json({"client_id": client_id, "result": what})
    else:
        say(f"{client_id}: {what}; it counts from the next request on")
    return DONE


def _show_new(options: argparse.Namespace, client_id: str, new: NewCertificate) -> int:
    ends = datetime.fromtimestamp(new.read.not_after, tz=UTC)
    tell(f"registered {client_id}: certificate {new.read.fingerprint[:16]}, ends {ends:%Y-%m-%d}")
    if new.key_secret:
        tell(f"its private key is the secret {new.key_secret}")
    if options.out is not None:
        write_whole(options.out, new.pem, what=f"the certificate (it is in SSM under {new.parameter})")
    if options.json:
        say_json(
            {
                "client_id": client_id,
                "sha256": new.read.fingerprint,
                "x5t#S256": new.read.thumbprint,
                "serial": new.read.serial,
                "not_after": text_of(new.read.not_after),
                "parameter": new.parameter,
                "key_secret": new.key_secret,
            }
        )
    elif options.out is None:
        for line in new.pem.splitlines():
            say(line)
    return DONE


def _checked_id(client_id: str) -> str:
    if not is_client_id(client_id):
        raise CliError(f"{client_id!r} is no client's id. {CLIENT_ID_RULE}")
    return client_id


def _scopes(given: list[str]) -> frozenset[str]:
    found: list[frozenset[str]] = []
    _refused_early(lambda: found.append(changes.checked_scopes(scope for each in given for scope in each.split())))
    return found[0]


def _refused_early(make: Callable[[], object]) -> None:
    try:
        make()
    except ChangeRefused as refused:
        raise CliError(str(refused)) from None


def _whole_fingerprint(entry: ClientEntry, given: str) -> str:
    wanted = given.lower().replace(":", "")
    if len(wanted) < MINIMUM_FINGERPRINT_LENGTH or not _HEXADECIMAL.issuperset(wanted):
        raise CliError(f"{given!r} is no fingerprint: {MINIMUM_FINGERPRINT_LENGTH} hexadecimal digits of it or more")
    found = [each for each in sorted(entry.client.fingerprints) if each.startswith(wanted)]
    if len(found) != 1:
        how_many = "no certificate" if not found else f"{len(found)} certificates"
        raise CliError(f"{entry.client.client_id} has {how_many} of {given}: `client list` shows them")
    return found[0]
