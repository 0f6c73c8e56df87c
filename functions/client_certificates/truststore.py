"""Is a bundle of authorities fit to be API Gateway's truststore? Pure: PEM text in, findings out.

    error      API Gateway refuses it, or clients that should get in will not, or ones get in that should not
    warning    good today; says what will end it, or what is of no use in it

API Gateway takes a bundle with mistakes and shows them as `truststoreWarnings` after the deployment, when clients are
already refused. So they are looked for before. What it wants, by
https://docs.aws.amazon.com/apigateway/latest/developerguide/rest-api-mutual-tls.html: SHA-256 or stronger, RSA of 2,048
bits or more, ECDSA of 256 bits or more, at most four authorities from the one that signs clients up to the root, the
whole chain up to the root in the file, and no two issuers of one subject.

Imports the standard library and `cryptography` and nothing of ours, so that components, which know functions by path
alone, can import it as `functions.client_certificates.truststore`. No function of Lambda does.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa

Severity = Literal["error", "warning"]
ERROR: Severity = "error"
WARNING: Severity = "warning"

# Not from that page, which names no bound: what is larger is taken for a mistake, such as a bundle of all public roots.
MAXIMUM_CERTIFICATES = 1_000
MAXIMUM_BYTES = 1_048_576
MAXIMUM_CHAIN_LENGTH = 4  # authorities; the client's own certificate is not counted
MINIMUM_RSA_BITS = 2_048
MINIMUM_CURVE_BITS = 256
EXPIRY_AHEAD = timedelta(days=30)
_HASHES = (hashes.SHA256, hashes.SHA384, hashes.SHA512)
_BLOCK = re.compile(r"-----BEGIN ([A-Z0-9 ]+)-----[^-]*-----END \1-----")
_MAXIMUM_SHOWN = 120


@dataclass(frozen=True, kw_only=True)
class Finding:
    """One thing about a bundle: what is wrong, of which certificate (1 is the first, 0 the whole), and what to do."""

    code: str
    severity: Severity
    certificate: int
    message: str

    def __str__(self) -> str:
        """Say it in one line."""
        where = f"certificate {self.certificate}: " if self.certificate else ""
        return f"{self.severity}: {where}{self.message} [{self.code}]"


@dataclass(frozen=True, kw_only=True)
class Inspection:
    """What was found; `certificates` are those that could be read, in the file's order."""

    certificates: tuple[x509.Certificate, ...]
    findings: tuple[Finding, ...]

    @property
    def errors(self) -> tuple[Finding, ...]:
        """The findings that must be put right before a deployment."""
        return tuple(finding for finding in self.findings if finding.severity == ERROR)


def inspect_truststore(text: str, *, now: datetime, expiry_ahead: timedelta = EXPIRY_AHEAD) -> Inspection:
    """Inspect a bundle.

    Args:
        text: the file, PEM.
        now: with a time zone.
        expiry_ahead: how long before an authority's end to warn.
    """
    if len(text.encode("utf-8", "surrogatepass")) > MAXIMUM_BYTES:
        return _whole("too_large", f"the bundle has more than {MAXIMUM_BYTES} bytes: remove authorities of no use")
    blocks = list(_BLOCK.finditer(text))
    findings: list[Finding] = []
    rest = _BLOCK.sub("", text)
    if "-----BEGIN" in rest or "-----END" in rest:
        return _whole("malformed_pem", "a PEM block is not complete: compare the BEGIN and END lines")
    if not blocks:
        return _whole("empty", "there is no certificate: the file is PEM, with BEGIN CERTIFICATE lines")
    if len(blocks) > MAXIMUM_CERTIFICATES:
        return _whole("too_many", f"there are more than {MAXIMUM_CERTIFICATES} certificates: split the clients up")
    if any("PRIVATE KEY" in block[1] for block in blocks):
        return _whole(
            "private_key", "a private key is in the bundle: remove it, replace the key, and look who has read it"
        )
    numbered: list[tuple[int, x509.Certificate]] = []
    for number, block in enumerate(blocks, start=1):
        if block[1] != "CERTIFICATE":
            findings.append(_error("not_a_certificate", number, f"a block is a {block[1]}: leave it out"))
            continue
        try:
            certificate = x509.load_pem_x509_certificate(block[0].encode())
            _ = certificate.extensions, certificate.subject, certificate.issuer, certificate.public_key()
        except (ValueError, UnsupportedAlgorithm, TypeError):
            findings.append(_error("malformed_certificate", number, "it is not a certificate that can be read"))
            continue
        numbered.append((number, certificate))
    for number, certificate in numbered:
        findings += _about_one(number, certificate, now, expiry_ahead)
    findings += _about_subjects(numbered)
    findings += _about_chains(numbered)
    return Inspection(
        certificates=tuple(certificate for _, certificate in numbered),
        findings=tuple(sorted(findings, key=lambda finding: (finding.certificate, finding.severity, finding.code))),
    )


def issuer_in(certificate: x509.Certificate, authorities: Sequence[x509.Certificate]) -> x509.Certificate | None:
    """Return the authority that has signed `certificate`, by name and by signature, None where none has."""
    return next((each for each in authorities if _has_signed(each, certificate)), None)


def _about_one(number: int, certificate: x509.Certificate, now: datetime, expiry_ahead: timedelta) -> list[Finding]:
    findings: list[Finding] = []
    shown = shown_name(certificate.subject)
    if not _is_authority(certificate):
        findings.append(
            _error("not_an_authority", number, f"{shown} is no authority (CA:TRUE): name the one that has signed it")
        )
    if not _may_sign(certificate):
        findings.append(_error("may_not_sign", number, f"{shown} may not sign certificates (keyCertSign)"))
    weakness = key_weakness(certificate.public_key())
    if weakness:
        findings.append(_error("weak_key", number, f"{shown} has {weakness}: replace the authority"))
    if not isinstance(certificate.signature_hash_algorithm, _HASHES):
        name = getattr(certificate.signature_hash_algorithm, "name", "no hash that API Gateway knows")
        findings.append(
            _error("weak_signature", number, f"{shown} is signed with {name}; it takes SHA-256 or stronger")
        )
    end = certificate.not_valid_after_utc
    if end <= now:
        findings.append(_error("expired", number, f"{shown} has expired on {end:%Y-%m-%d}: remove it, or renew it"))
    elif end <= now + expiry_ahead:
        findings.append(
            _warning("expires_soon", number, f"{shown} expires on {end:%Y-%m-%d}: add its successor now, beside it")
        )
    if certificate.not_valid_before_utc > now:
        start = certificate.not_valid_before_utc
        findings.append(_error("not_yet_valid", number, f"{shown} is valid from {start:%Y-%m-%d %H:%M} on"))
    return findings


def _about_subjects(numbered: Sequence[tuple[int, x509.Certificate]]) -> list[Finding]:
    findings: list[Finding] = []
    seen: dict[bytes, tuple[int, x509.Certificate]] = {}
    for number, certificate in numbered:
        subject = certificate.subject.public_bytes()
        first = seen.setdefault(subject, (number, certificate))
        if first[0] == number:
            continue
        shown = shown_name(certificate.subject)
        if first[1] == certificate:
            findings.append(
                _error("duplicate_certificate", number, f"it is certificate {first[0]} again: leave it out")
            )
        else:
            findings.append(
                _error(
                    "duplicate_subject",
                    number,
                    f"{shown} is the subject of certificate {first[0]} as well, and API Gateway takes one issuer for "
                    "each subject: give the new authority a name of its own",
                )
            )
    return findings


def _about_chains(numbered: Sequence[tuple[int, x509.Certificate]]) -> list[Finding]:
    """Follow each authority up to its root; what the file lacks on the way, or has too much of, is a finding."""
    authorities = [certificate for _, certificate in numbered]
    findings: list[Finding] = []
    for number, certificate in numbered:
        length, current, seen = 1, certificate, {certificate}
        while not _is_root(current):
            issuer = issuer_in(current, [each for each in authorities if each not in seen])
            if issuer is None:
                shown, missing = shown_name(current.subject), shown_name(current.issuer)
                reason = f"the chain of {shown} ends there: its issuer {missing} is not in the bundle, which wants "
                findings.append(_error("incomplete_chain", number, reason + "every authority up to the root"))
                break
            current = issuer
            seen.add(issuer)
            length += 1
        if length > MAXIMUM_CHAIN_LENGTH:
            shown = shown_name(certificate.subject)
            findings.append(
                _error(
                    "chain_too_long",
                    number,
                    f"from {shown} to its root are {length} authorities; API Gateway takes {MAXIMUM_CHAIN_LENGTH}",
                )
            )
        if _is_root(certificate) and not _has_signed(certificate, certificate):
            findings.append(_error("bad_self_signature", number, "its signature is not its own key's"))
    return findings


def key_weakness(key: object) -> str:
    """Return what makes a public key unfit for API Gateway, "" where nothing does."""
    if isinstance(key, rsa.RSAPublicKey):
        return "" if key.key_size >= MINIMUM_RSA_BITS else f"an RSA key of {key.key_size} bits, not {MINIMUM_RSA_BITS}"
    if isinstance(key, ec.EllipticCurvePublicKey):
        small = key.curve.key_size < MINIMUM_CURVE_BITS
        return f"a key on a curve of {key.curve.key_size} bits, not {MINIMUM_CURVE_BITS}" if small else ""
    return "a key that is neither RSA nor on an elliptic curve"


def shown_name(name: x509.Name) -> str:
    """Return a name as one printable line."""
    text = name.rfc4514_string() or "a certificate without a subject"
    printable = "".join(each if each.isprintable() else "?" for each in text)
    return printable if len(printable) <= _MAXIMUM_SHOWN else printable[:_MAXIMUM_SHOWN] + "..."


def _is_authority(certificate: x509.Certificate) -> bool:
    try:
        return certificate.extensions.get_extension_for_class(x509.BasicConstraints).value.ca
    except x509.ExtensionNotFound:
        return False


def _may_sign(certificate: x509.Certificate) -> bool:
    try:
        return certificate.extensions.get_extension_for_class(x509.KeyUsage).value.key_cert_sign
    except x509.ExtensionNotFound:
        return True  # without the extension every use is allowed: RFC 5280 section 4.2.1.3 only asks for it


def _is_root(certificate: x509.Certificate) -> bool:
    return certificate.subject == certificate.issuer


def _has_signed(issuer: x509.Certificate, certificate: x509.Certificate) -> bool:
    if certificate.issuer != issuer.subject:
        return False
    try:
        certificate.verify_directly_issued_by(issuer)
    except (InvalidSignature, ValueError, TypeError, UnsupportedAlgorithm):
        return False
    return True


def _whole(code: str, message: str) -> Inspection:
    return Inspection(certificates=(), findings=(_error(code, 0, message),))


def _error(code: str, number: int, message: str) -> Finding:
    return Finding(code=code, severity=ERROR, certificate=number, message=message)


def _warning(code: str, number: int, message: str) -> Finding:
    return Finding(code=code, severity=WARNING, certificate=number, message=message)
