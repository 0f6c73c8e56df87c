"""A revocation list is believed only if its issuer has signed it, it is fresh, and it says which one it is."""

from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import Encoding

from client_certificates.records import RevocationListRecord
from client_certificates.revocation_list import (
    MAXIMUM_BYTES,
    RevocationListRefused,
    read_revocation_list,
    require_newer,
)
from tests.functions.partners.authority import DAY, START, Authority, certificate
from tests.functions.support import NOW

AUTHORITY = Authority()


def content(**parts: Any) -> bytes:
    return AUTHORITY.revocation_list(**parts).public_bytes(Encoding.PEM)


def read(given: bytes, issuer: Authority = AUTHORITY) -> Any:
    return read_revocation_list(given, issuer=issuer.certificate, now=START)


@pytest.mark.parametrize("encoding", [Encoding.PEM, Encoding.DER])
def test_a_good_list_is_read(encoding: Encoding) -> None:
    found = read(AUTHORITY.revocation_list([0xA1B2C3, 5], number=7).public_bytes(encoding))
    assert found.serials == ("a1:b2:c3", "05")
    assert (found.record.number, found.record.next_update) == (7, NOW + 86_400)
    issued = certificate(AUTHORITY.issue())
    assert (found.record.issuer_id, found.serials[0]) == (issued.issuer_id, issued.serial)


def test_what_the_issuer_takes_off_the_list_is_not_on_it() -> None:
    assert read(content(serials=[5], removed=[6])).serials == ("05",)


def delta() -> bytes:
    builder = (
        x509.CertificateRevocationListBuilder()
        .issuer_name(AUTHORITY.name).last_update(START - DAY).next_update(START + DAY)
        .add_extension(x509.CRLNumber(2), critical=False)
        .add_extension(x509.DeltaCRLIndicator(1), critical=True)
    )  # fmt: skip
    return builder.sign(AUTHORITY.private_key, hashes.SHA256()).public_bytes(Encoding.DER)


REFUSED = {
    "of another authority": (
        Authority("Others", number=5).revocation_list().public_bytes(Encoding.PEM), "wrong_issuer"
    ),
    "signed by another key": (
        AUTHORITY.revocation_list(signer=Authority(number=6)).public_bytes(Encoding.PEM), "invalid_signature"
    ),
    "stale": (content(this_update=START - 2 * DAY, next_update=START - DAY), "stale"),
    "stale from this moment on": (content(next_update=START), "stale"),
    "of tomorrow": (content(this_update=START + DAY, next_update=START + 2 * DAY), "not_yet_valid"),
    "without a number": (content(number=None), "no_number"),
    "with a number without end": (content(number=10**40), "number_out_of_range"),
    "a delta": (delta(), "partial"),
    "no list": (b"revoked: 5", "malformed"),
    "empty": (b"", "malformed"),
    "a certificate": (AUTHORITY.pem.encode(), "malformed"),
    "too long": (b"0" * (MAXIMUM_BYTES + 1), "too_large"),
}  # fmt: skip


@pytest.mark.parametrize("case", REFUSED)
def test_a_list_that_must_not_be_believed_is_refused(case: str) -> None:
    given, code = REFUSED[case]
    with pytest.raises(RevocationListRefused) as caught:
        read(given)
    assert caught.value.code == code


def test_a_changed_byte_is_refused() -> None:
    good = bytearray(AUTHORITY.revocation_list([5]).public_bytes(Encoding.DER))
    position = bytes(good).index(b"\x02\x01\x05")
    good[position + 2] = 6
    with pytest.raises(RevocationListRefused) as caught:
        read(bytes(good))
    assert caught.value.code == "invalid_signature"


def test_an_authority_that_may_not_sign_lists_signs_none() -> None:
    weak = Authority(may_sign=False)
    with pytest.raises(RevocationListRefused) as caught:
        read(weak.revocation_list().public_bytes(Encoding.PEM), weak)
    assert caught.value.code == "invalid_signature"


def test_nobody_goes_back_to_an_older_list() -> None:
    def record(number: int) -> RevocationListRecord:
        return RevocationListRecord(issuer_id="i", issuer="CN=i", number=number, this_update=NOW, next_update=NOW + 1)

    require_newer(record(2), None)
    require_newer(record(2), record(2))
    require_newer(record(3), record(2))
    with pytest.raises(RevocationListRefused, match="get a newer one"):
        require_newer(record(1), record(2))
