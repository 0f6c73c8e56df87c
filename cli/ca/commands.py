"""What `ca` does, one function for each action."""

from __future__ import annotations

import argparse
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from cryptography import x509

from audit_trail.records import REQUESTED, SUCCEEDED
from cli.certificates import workplace as places
from cli.certificates.authorities import Authorities, Generation, bundle_of
from cli.certificates.files import read_file, write_whole
from cli.certificates.operators import LOAD_REVOCATIONS
from cli.certificates.signing import certificate_in_file, pem_of
from cli.certificates.truststores import DeployedTruststore
from cli.certificates.workplace import Workplace
from cli.errors import DONE, FAILED, CliError
from cli.output import aligned, say, say_json, tell
from client_certificates.certificate import Certificate
from client_certificates.errors import StandingUnknown
from client_certificates.pem import certificate_der
from client_certificates.records import REVOKED
from client_certificates.revocation_list import (
    RevocationList,
    RevocationListRefused,
    read_revocation_list,
    require_newer,
)
from client_certificates.truststore import Inspection, inspect_truststore, shown_name


def create(options: argparse.Namespace) -> int:
    """Make an authority."""
    place = places.workplace(options)
    others = _others(options.others)
    name: str = options.name
    made = place.authorities.create(
        name, common_name=options.common_name or name, kind=options.key, now=place.now(), days=options.days
    )
    _write_bundle(options.bundle, place, [name], others)
    say(f"made generation {made.number} of {name}: {shown_name(made.certificate.subject)}")
    say(f"wrote the bundle {options.bundle}: deploy it as the truststore")
    return DONE


def rotate(options: argparse.Namespace) -> int:
    """Make the next generation."""
    place = places.workplace(options)
    others = _others(options.others)
    name: str = options.name
    made = place.authorities.rotate(
        name, common_name=options.common_name, kind=options.key, now=place.now(), days=options.days
    )
    _write_bundle(options.bundle, place, [name], others)
    say(f"made generation {made.number} of {name}: {shown_name(made.certificate.subject)}; it signs from now on")
    say(f"wrote the bundle {options.bundle} with old and new: deploy it before any client is renewed, then")
    for old in place.authorities.generations(name)[:-1]:
        say(f"  renew the clients, and `ca retire {name} {old.number} --bundle {options.bundle}`")
    return DONE


def retire(options: argparse.Namespace) -> int:
    """Take an old generation out."""
    place = places.workplace(options)
    others = _others(options.others)
    name: str = options.name
    old = next((each for each in place.authorities.generations(name) if each.number == options.generation), None)
    if old is not None and not options.force:
        _require_unused(place, old)
    retired = place.authorities.retire(name, options.generation)
    _write_bundle(options.bundle, place, [name], others)
    say(f"retired generation {retired.number} of {name}: {shown_name(retired.certificate.subject)}")
    say(f"wrote the bundle {options.bundle}: deploy it")
    return DONE


def bundle(options: argparse.Namespace) -> int:
    """Write the bundle."""
    place = places.workplace(options)
    _write_bundle(options.bundle, place, options.names or list(place.authorities.all()), _others(options.others))
    say(f"wrote the bundle {options.bundle}")
    return DONE


def check(options: argparse.Namespace) -> int:
    """Judge a bundle."""
    text = read_file(options.file, what="the bundle").decode("ascii", "replace")
    inspection = inspect_truststore(text, now=datetime.now(UTC))
    for finding in inspection.findings:
        say(str(finding))
    if inspection.errors:
        return FAILED
    say(f"{options.file}: {len(inspection.certificates)} authorities, fit for API Gateway")
    return DONE


def status(options: argparse.Namespace) -> int:
    """Say what is deployed; fails where API Gateway warns, or the bundle would be refused today."""
    place = places.workplace(options)
    deployed = [(each, inspect_truststore(each.bundle, now=place.now())) for each in place.truststores.all()]
    if not deployed:
        raise CliError("no domain with mutual TLS leads to the API: is it deployed? Name another with --api NAME")
    if options.json:
        say_json({"domains": [_deployed(truststore, inspection) for truststore, inspection in deployed]})
    else:
        for truststore, inspection in deployed:
            say(f"{truststore.domain}: {truststore.uri}, version {truststore.version or 'the latest'}")
            for certificate in inspection.certificates:
                say(f"  {shown_name(certificate.subject)}, ends {certificate.not_valid_after_utc:%Y-%m-%d}")
            for warning in truststore.warnings:
                say(f"  API Gateway warns: {warning}")
            for finding in inspection.findings:
                say(f"  {finding}")
    return FAILED if any(truststore.warnings or inspection.errors for truststore, inspection in deployed) else DONE


def _deployed(truststore: DeployedTruststore, inspection: Inspection) -> dict[str, Any]:
    return {
        "domain": truststore.domain,
        "truststore": truststore.uri,
        "version": truststore.version,
        "authorities": [
            {"subject": shown_name(each.subject), "not_after": f"{each.not_valid_after_utc:%Y-%m-%d}"}
            for each in inspection.certificates
        ],
        "warnings": list(truststore.warnings),
        "findings": [str(finding) for finding in inspection.findings],
    }


def crl(options: argparse.Namespace) -> int:
    """Load a revocation list."""
    content = read_file(options.file, what="the revocation list")
    issuers = None if options.issuer is None else [certificate_in_file(read_file(options.issuer, what="the issuer"))]
    place = places.workplace(options)
    if issuers is None:
        issuers = [generation.certificate for generation in place.authorities.generations(options.ca)]
    found = _believed(content, issuers, place)
    try:
        require_newer(found.record, place.registry.revocation_list(found.record.issuer_id))
        place.operators.record(LOAD_REVOCATIONS, REQUESTED)
        place.registry.load_revocations(found.record, found.serials)
        place.operators.record(LOAD_REVOCATIONS, SUCCEEDED)
    except RevocationListRefused as refused:
        raise CliError(f"{options.file}: {refused}") from None
    except StandingUnknown as error:
        raise CliError(f"the list is not loaded, the registry cannot be written: {error}; repeat it") from None
    next_update = datetime.fromtimestamp(found.record.next_update, tz=UTC)
    say(f"loaded list {found.record.number} of {found.record.issuer}: {len(found.serials)} certificates revoked")
    tell(f"load the next one before {next_update:%Y-%m-%d %H:%M} UTC: after it, all its certificates are refused")
    return DONE


def list_authorities(options: argparse.Namespace) -> int:
    """List authorities."""
    authorities = places.workplace(options).authorities.all()
    if options.json:
        say_json({name: [_described(each) for each in generations] for name, generations in authorities.items()})
        return DONE
    rows = [("AUTHORITY", "GENERATION", "ENDS", "SIGNS", "SUBJECT")]
    for name, generations in authorities.items():
        for each in generations:
            described = _described(each)
            signs = "yes" if each is generations[-1] else ""
            rows.append((name, str(each.number), described["not_after"], signs, described["subject"]))
    for line in aligned(rows):
        say(line)
    return DONE


def _described(generation: Generation) -> dict[str, str]:
    return {
        "generation": str(generation.number),
        "subject": shown_name(generation.certificate.subject),
        "not_after": f"{generation.certificate.not_valid_after_utc:%Y-%m-%d}",
    }


def _others(paths: list[Path]) -> list[x509.Certificate]:
    """Return the authorities in files, read before anything is changed."""
    found: list[x509.Certificate] = []
    for path in paths:
        try:
            found += x509.load_pem_x509_certificates(read_file(path, what="the authorities"))
        except ValueError:
            raise CliError(f"{path} holds no certificates in PEM") from None
    return found


def _write_bundle(path: Path, place: Workplace, names: list[str], others: list[x509.Certificate]) -> None:
    authorities: Authorities = place.authorities
    certificates = [each.certificate for name in names for each in authorities.generations(name)]
    text, warnings = bundle_of([*certificates, *others], now=place.now())
    write_whole(path, text, what="the bundle")
    for warning in warnings:
        tell(warning)


def _require_unused(place: Workplace, generation: Generation) -> None:
    """Pass where no client has a certificate of this generation that is still good; raises `CliError`."""
    issuer_id = Certificate(certificate_der(pem_of(generation.certificate))).issuer_id
    now = int(place.now().timestamp())
    try:
        using = sorted(
            {
                client.client_id
                for client in place.registry.clients()
                for entry in [place.registry.load(client.client_id)]
                if entry is not None
                for each in entry.certificates
                if each.issuer_id == issuer_id and each.status != REVOKED and each.not_after > now
            }
        )
    except StandingUnknown as error:
        raise CliError(f"cannot read who still uses it: {error}") from None
    if using:
        raise CliError(
            f"clients still have certificates of generation {generation.number}: {', '.join(using[:10])}"
            f"{' ...' if len(using) > 10 else ''}; renew them, or take --force and they are refused"
        )


def _believed(content: bytes, issuers: list[x509.Certificate], place: Workplace) -> RevocationList:
    refusal: RevocationListRefused | None = None
    for issuer in issuers:
        try:
            return read_revocation_list(content, issuer=issuer, now=place.now())
        except RevocationListRefused as refused:
            if refusal is None or refusal.code == "wrong_issuer":
                refusal = refused
    raise CliError("there is no such authority: `ca list` shows them" if refusal is None else str(refusal))
