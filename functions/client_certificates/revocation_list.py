"""A certificate revocation list (RFC 5280 section 5), believed only if its issuer has signed it and it is fresh.

Operators load lists (`python -m cli ca crl`); what requests read of them is in the registry (`lookup`), where a list
past its next update refuses every certificate of its issuer. No function of Lambda imports this, or `cryptography`.

Deliberately refused: lists without a number or a next update (nobody could tell which is newer, or when it is stale),
delta lists and indirect lists.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes

from client_certificates.certificate import serial_text
from client_certificates.records import RevocationListRecord

MAXIMUM_BYTES = 20_000_000
MAXIMUM_NUMBER = 10**38 - 1  # the largest integer that DynamoDB keeps exactly
_HASHES = (hashes.SHA256, hashes.SHA384, hashes.SHA512)


class RevocationListRefused(Exception):  # noqa: N818 -- read as a reason
    """The list must not be loaded. The message says why and what to do; `code` is stable."""

    def __init__(self, code: str, message: str) -> None:
        """Take both."""
        super().__init__(message)
        self.code = code


@dataclass(frozen=True, kw_only=True)
class RevocationList:
    """A list that was believed: the record for the registry, and the serial numbers that it names."""

    record: RevocationListRecord
    serials: tuple[str, ...]


def read_revocation_list(content: bytes, *, issuer: x509.Certificate, now: datetime) -> RevocationList:
    """Read a list in PEM or DER.

    Args:
        content: the file.
        issuer: the certificate of the authority that should have signed it.
        now: with a time zone.

    Raises:
        RevocationListRefused: it must not be believed.
    """
    found = _parsed(content)
    if found.issuer != issuer.subject:
        raise RevocationListRefused(
            "wrong_issuer", "the list is another authority's: name the certificate of its issuer"
        )
    if not isinstance(found.signature_hash_algorithm, _HASHES):
        raise RevocationListRefused("weak_signature", "the list is not signed with SHA-256 or stronger")
    if not _signs_lists(issuer) or not _is_signed_by(found, issuer):
        raise RevocationListRefused("invalid_signature", "the list's signature is not its issuer's: get it again")
    if found.last_update_utc > now:
        raise RevocationListRefused("not_yet_valid", "the list is of the future: is this machine's clock right?")
    next_update = found.next_update_utc
    if next_update is None:
        raise RevocationListRefused("no_next_update", "the list does not say when the next one comes: ask its issuer")
    if next_update <= now:
        raise RevocationListRefused(
            "stale", f"the list is past its next update, {next_update:%Y-%m-%d %H:%M}: get a new one"
        )
    record = RevocationListRecord(
        issuer_id=sha256(issuer.subject.public_bytes()).hexdigest(),
        issuer=issuer.subject.rfc4514_string(),
        number=_number(found),
        this_update=int(found.last_update_utc.timestamp()),
        next_update=int(next_update.timestamp()),
    )
    return RevocationList(record=record, serials=tuple(_serials(found)))


def require_newer(record: RevocationListRecord, known: RevocationListRecord | None) -> None:
    """Raise `RevocationListRefused` where `known`, which is loaded already, is a later list: nobody may go back."""
    if known is not None and record.number < known.number:
        raise RevocationListRefused(
            "older_than_loaded",
            f"the list has the number {record.number} and {known.number} is loaded: get a newer one",
        )


def _parsed(content: bytes) -> x509.CertificateRevocationList:
    if len(content) > MAXIMUM_BYTES:
        raise RevocationListRefused("too_large", f"the list has more than {MAXIMUM_BYTES} bytes")
    try:
        if content.lstrip().startswith(b"-----BEGIN"):
            found = x509.load_pem_x509_crl(content)
        else:
            found = x509.load_der_x509_crl(content)
        critical = [extension.oid for extension in found.extensions if extension.critical]
    except (ValueError, UnsupportedAlgorithm, TypeError):
        raise RevocationListRefused("malformed", "the file is no revocation list, in PEM or DER") from None
    if critical:
        # A delta list (RFC 5280 section 5.2.4) and a list of a part of the certificates (5.2.5) say so critically.
        raise RevocationListRefused("partial", "the list is a delta or of a part only: get the complete one")
    return found


def _signs_lists(issuer: x509.Certificate) -> bool:
    try:
        return issuer.extensions.get_extension_for_class(x509.KeyUsage).value.crl_sign
    except x509.ExtensionNotFound:
        return True


def _is_signed_by(found: x509.CertificateRevocationList, issuer: x509.Certificate) -> bool:
    try:
        return found.is_signature_valid(issuer.public_key())  # pyright: ignore[reportArgumentType] -- another type of key raises TypeError
    except (InvalidSignature, TypeError, ValueError, UnsupportedAlgorithm):
        return False


def _number(found: x509.CertificateRevocationList) -> int:
    try:
        number = found.extensions.get_extension_for_class(x509.CRLNumber).value.crl_number
    except x509.ExtensionNotFound:
        raise RevocationListRefused("no_number", "the list has no number (RFC 5280 section 5.2.3)") from None
    if not 0 <= number <= MAXIMUM_NUMBER:
        raise RevocationListRefused("number_out_of_range", "the list's number has more than 38 digits")
    return number


def _serials(found: x509.CertificateRevocationList) -> list[str]:
    serials: list[str] = []
    for revoked in found:
        try:
            reason = revoked.extensions.get_extension_for_class(x509.CRLReason).value.reason
        except x509.ExtensionNotFound:
            reason = x509.ReasonFlags.unspecified
        if reason != x509.ReasonFlags.remove_from_crl:
            serials.append(serial_text(revoked.serial_number))
    return serials
