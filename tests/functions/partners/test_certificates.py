"""Reading a certificate: RFC 8705's own example, `cryptography` as the judge, and everything else refused."""

import base64
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID
from hypothesis import given
from hypothesis import strategies as st

from client_certificates.certificate import Certificate, serial_text
from client_certificates.der_times import seconds_of, text_of
from client_certificates.errors import CertificateMalformed, CertificateMissing
from client_certificates.pem import MAXIMUM_LENGTH, certificate_der
from client_certificates.presented import CertificateReader, certificate_in, pem_in
from tests.functions.partners.authority import Authority, client_cert, key

# RFC 8705 appendix A: figure 6 is the certificate in PEM, figure 5 has the thumbprint of it. It is of version 1.
RFC_8705_FIGURE_6 = """-----BEGIN CERTIFICATE-----
MIIBBjCBrAIBAjAKBggqhkjOPQQDAjAPMQ0wCwYDVQQDDARtdGxzMB4XDTE4MTAx
ODEyMzcwOVoXDTIyMDUwMjEyMzcwOVowDzENMAsGA1UEAwwEbXRsczBZMBMGByqG
SM49AgEGCCqGSM49AwEHA0IABNcnyxwqV6hY8QnhxxzFQ03C7HKW9OylMbnQZjjJ
/Au08/coZwxS7LfA4vOLS9WuneIXhbGGWvsDSb0tH6IxLm8wCgYIKoZIzj0EAwID
SQAwRgIhAP0RC1E+vwJD/D1AGHGzuri+hlV/PpQEKTWUVeORWz83AiEA5x2eXZOV
bUlJSGQgjwD5vaUaKlLR50Q2DmFfQj1L+SY=
-----END CERTIFICATE-----
"""
RFC_8705_FIGURE_5 = {"cnf": {"x5t#S256": "A4DtL2JmUMhAsvJj5tKyn64SqzmuXbMrJa0n761y5v0"}}

PEM = Authority().issue()
DER = certificate_der(PEM)


def pem_of(der: bytes) -> str:
    return f"-----BEGIN CERTIFICATE-----\n{base64.encodebytes(der).decode()}-----END CERTIFICATE-----\n"


def test_the_thumbprint_is_that_of_rfc_8705s_own_example() -> None:
    read = certificate_in(RFC_8705_FIGURE_6)
    assert {"cnf": {"x5t#S256": read.thumbprint}} == RFC_8705_FIGURE_5
    assert (read.subject, read.issuer, read.serial) == ("CN=mtls", "CN=mtls", "02")
    assert (text_of(read.not_before), text_of(read.not_after)) == ("2018-10-18T12:37:09Z", "2022-05-02T12:37:09Z")


def test_everything_comes_from_the_pem_and_nothing_from_the_strings_beside_it() -> None:
    read = CertificateReader().read({"identity": {"clientCert": client_cert(PEM)}})
    assert (read.subject, read.issuer, read.serial) == ("CN=acme,O=Acme & Söhne", "CN=Partners 2026", "a1:b2:c3")
    assert text_of(read.not_after) == "2026-04-01T00:00:00Z"


def test_what_was_read_is_remembered_by_its_text_and_bounded() -> None:
    reader = CertificateReader(maximum_remembered=2)
    contexts = [{"identity": {"clientCert": client_cert(Authority().issue(serial=n))}} for n in (1, 2, 3)]
    first = [reader.read(context) for context in contexts]
    assert reader.read(contexts[2]) is first[2]
    assert reader.read(contexts[0]) is not first[0]
    assert len(reader._remembered) == 2


def names() -> st.SearchStrategy[str]:
    return st.text(st.characters(codec="utf-8", exclude_characters="\x00"), min_size=1, max_size=20)


@given(
    common_name=names(),
    unit=names(),
    serial=st.integers(1, 2**159 - 1),
    start=st.integers(-600_000_000, 4_400_000_000),
)
def test_what_is_read_is_what_cryptography_reads(common_name: str, unit: str, serial: int, start: int) -> None:
    subject = x509.Name(
        [
            x509.NameAttribute(NameOID.COUNTRY_NAME, "DE"),
            x509.NameAttribute(NameOID.ORGANIZATIONAL_UNIT_NAME, unit),
            x509.NameAttribute(NameOID.COMMON_NAME, common_name),
        ]
    )
    made = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(Authority().name)
        .public_key(key().public_key())
        .serial_number(serial)
        .not_valid_before(datetime.fromtimestamp(start, tz=UTC))
        .not_valid_after(datetime.fromtimestamp(start, tz=UTC) + timedelta(days=1))
        .sign(key(), hashes.SHA256())
    )
    read = certificate_in(made.public_bytes(Encoding.PEM).decode())
    assert read.fingerprint == made.fingerprint(hashes.SHA256()).hex()
    assert read.serial == serial_text(made.serial_number)
    assert int(read.serial.replace(":", ""), 16) == serial
    assert read.not_before == int(made.not_valid_before_utc.timestamp())
    assert read.not_after == int(made.not_valid_after_utc.timestamp())
    printable = all(character.isprintable() for character in common_name + unit)
    if (
        printable and common_name != " " != unit
    ):  # what does not print is escaped here, which RFC 4514 allows and `cryptography` does not do
        assert read.subject == made.subject.rfc4514_string()
    assert read.subject.isprintable()


@given(st.integers(-2_000_000_000, 250_000_000_000))
def test_times_become_text_and_back(seconds: int) -> None:
    assert text_of(seconds) == datetime.fromtimestamp(seconds, tz=UTC).strftime("%Y-%m-%dT%H:%M:%SZ").zfill(20)
    if seconds >= -62_135_596_800:
        assert seconds_of(text_of(seconds)) == seconds


@pytest.mark.parametrize(
    "text", ["", "2026-01-01", "2026-13-01T00:00:00Z", "2026-02-30T00:00:00Z", "2026-01-01T00:00:00"]
)
def test_what_is_no_time_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="time"):
        seconds_of(text)


def test_an_rsa_certificate_is_read_too() -> None:
    private_key = rsa.generate_private_key(public_exponent=65_537, key_size=2_048)
    assert certificate_in(Authority(number=8).issue(private_key=private_key)).serial == "a1:b2:c3"


@pytest.mark.parametrize("context", [None, [], {}, {"identity": None}, {"identity": {"clientCert": None}}])
def test_no_certificate_is_missing(context: Any) -> None:
    with pytest.raises(CertificateMissing):
        pem_in(context)


@pytest.mark.parametrize(
    "described", ["PEM", 5, [], {}, {"clientCertPem": None}, {"clientCertPem": ""}, {"clientCertPem": [PEM]}]
)
def test_what_is_described_without_a_text_is_malformed(described: Any) -> None:
    with pytest.raises(CertificateMalformed):
        pem_in({"identity": {"clientCert": described}})


TEXT = RFC_8705_FIGURE_6  # always the same bytes, with padding at their end
BODY = "".join(TEXT.splitlines()[1:-1])
HOSTILE_TEXTS = {
    "empty block": "-----BEGIN CERTIFICATE-----\n-----END CERTIFICATE-----",
    "a key": TEXT.replace("CERTIFICATE", "PRIVATE KEY"),
    "a request": TEXT.replace("CERTIFICATE", "CERTIFICATE REQUEST"),
    "trusted form of OpenSSL": TEXT.replace("CERTIFICATE", "TRUSTED CERTIFICATE"),
    "two blocks": TEXT + TEXT,
    "a text before": "acme\n" + TEXT,
    "a text after": TEXT + "acme\n",
    "a header inside": TEXT.replace("CERTIFICATE-----\n", "CERTIFICATE-----\nProc-Type: 4\n\n", 1),
    "a foreign character": TEXT.replace("M", "!", 1),
    "base64url": TEXT.replace(BODY[4], "-", 1),
    "no padding": TEXT.replace("=", ""),
    "a character beyond ASCII": TEXT.replace("M", "\u041c", 1),
    "half a surrogate pair": TEXT.replace("M", "\ud800", 1),
    "a null character": TEXT.replace("M", "\x00", 1),
    "spaces inside": TEXT.replace("M", "M ", 1),
    "longer than any": "-----BEGIN CERTIFICATE-----\n" + "A" * MAXIMUM_LENGTH + "\n-----END CERTIFICATE-----",
    "markers that overlap": "-----BEGIN CERTIFICATE----------END CERTIFICATE-----"[:30],
    "no end": TEXT.partition("-----END")[0],
}


@pytest.mark.parametrize("case", HOSTILE_TEXTS)
def test_a_text_that_is_not_one_block_is_malformed(case: str) -> None:
    with pytest.raises(CertificateMalformed) as caught:
        certificate_in(HOSTILE_TEXTS[case])
    assert BODY[10:40] not in str(caught.value)


def test_line_ends_and_space_around_a_block_change_nothing() -> None:
    for text in (
        TEXT.replace("\n", "\r\n"),
        f"\n\n{TEXT}\n ",
        TEXT.strip(),
        "-----BEGIN CERTIFICATE-----" + BODY + "-----END CERTIFICATE-----",
    ):
        assert certificate_in(text).fingerprint == certificate_in(TEXT).fingerprint


@pytest.mark.parametrize("length", range(0, len(DER), 7))
def test_a_certificate_that_is_cut_anywhere_is_malformed(length: int) -> None:
    with pytest.raises(ValueError, match=r"element|certificate"):
        Certificate(DER[:length])


def test_bytes_after_a_certificate_are_refused() -> None:
    with pytest.raises(ValueError, match="follows"):
        Certificate(DER + b"\x00")


def _der(tag: int, *parts: bytes) -> bytes:
    content = b"".join(parts)
    if len(content) < 128:
        return bytes([tag, len(content)]) + content
    size = len(content).to_bytes((len(content).bit_length() + 7) // 8, "big")
    return bytes([tag, 0x80 | len(size)]) + size + content


ALGORITHM = _der(0x30, _der(0x06, bytes.fromhex("2a8648ce3d040302")))
NAME = _der(0x30, _der(0x31, _der(0x30, _der(0x06, b"\x55\x04\x03"), _der(0x0C, b"acme"))))
TIME = _der(0x17, b"260101000000Z")
SPKI = _der(0x30)


def made(
    *,
    serial: bytes = b"\x02\x01\x05",
    algorithm: bytes = ALGORITHM,
    issuer: bytes = NAME,
    validity: bytes | None = None,
    subject: bytes = NAME,
    spki: bytes = SPKI,
    signature: bytes = b"\x03\x01\x00",
) -> bytes:
    fields = _der(0x30, serial, ALGORITHM, issuer, validity or _der(0x30, TIME, TIME), subject, spki)
    return _der(0x30, fields, algorithm, signature)


def test_the_smallest_certificate_is_read() -> None:
    assert certificate_in(pem_of(made())).subject == "CN=acme"


HOSTILE_DER = {
    "a negative serial": made(serial=b"\x02\x01\x80"),
    "an empty serial": made(serial=b"\x02\x00"),
    "a serial with a needless zero": made(serial=b"\x02\x02\x00\x05"),
    "a serial of 21 bytes": made(serial=_der(0x02, b"\x01" * 21)),
    "a serial that is text": made(serial=b"\x0c\x01\x05"),
    "another algorithm outside": made(algorithm=_der(0x30, _der(0x06, b"\x2a\x03"))),
    "one time": made(validity=_der(0x30, TIME)),
    "three times": made(validity=_der(0x30, TIME, TIME, TIME)),
    "a time with an offset": made(validity=_der(0x30, TIME, _der(0x17, b"2601010000+0100"))),
    "a time without seconds": made(validity=_der(0x30, TIME, _der(0x17, b"2601010000Z"))),
    "a time with a sign": made(validity=_der(0x30, TIME, _der(0x17, b"-60101000000Z"))),
    "the thirteenth month": made(validity=_der(0x30, TIME, _der(0x17, b"261301000000Z"))),
    "the 29th of February of a common year": made(validity=_der(0x30, TIME, _der(0x17, b"270229000000Z"))),
    "the 60th second": made(validity=_der(0x30, TIME, _der(0x17, b"260101000060Z"))),
    "a generalized time with a fraction": made(validity=_der(0x30, TIME, _der(0x18, b"20260101000000.5Z"))),
    "a name that is text": made(subject=b"\x0c\x04acme"),
    "an empty part of a name": made(subject=_der(0x30, _der(0x31))),
    "a name with a type alone": made(subject=_der(0x30, _der(0x31, _der(0x30, _der(0x06, b"\x55\x04\x03"))))),
    "a name with an empty type": made(subject=_der(0x30, _der(0x31, _der(0x30, b"\x06\x00", b"\x0c\x01a")))),
    "a name with a type without end": made(subject=_der(0x30, _der(0x31, _der(0x30, b"\x06\x01\x85", b"\x0c\x01a")))),
    "a name with a type of a thousand bytes": made(
        subject=_der(0x30, _der(0x31, _der(0x30, _der(0x06, b"\xff" * 1_000 + b"\x01"), b"\x0c\x01a")))
    ),
    "a name that is not UTF-8": made(
        subject=_der(0x30, _der(0x31, _der(0x30, _der(0x06, b"\x55\x04\x03"), b"\x0c\x01\xff")))
    ),
    "a key that is a number": made(spki=b"\x02\x01\x05"),
    "a signature that is text": made(signature=b"\x0c\x01\x00"),
    "fields that are too few": _der(0x30, _der(0x30, b"\x02\x01\x05"), ALGORITHM, b"\x03\x01\x00"),
    "two parts": _der(0x30, _der(0x30), ALGORITHM),
    "a set": b"\x31" + made()[1:],
    "an indefinite length": b"\x30\x80" + made()[2:] + b"\x00\x00",
    "a long form of a short length": b"\x30\x81\x05" + b"\x00" * 5,
    "a length with a leading zero": b"\x30\x82\x00\x80" + b"\x00" * 128,
    "a length of nine bytes": b"\x30\x89" + b"\x01" * 9,
    "a tag of two bytes": b"\x3f\x81\x01\x00",
}


@pytest.mark.parametrize("case", HOSTILE_DER)
def test_a_der_that_is_no_certificate_is_malformed(case: str) -> None:
    with pytest.raises(CertificateMalformed):
        certificate_in(pem_of(HOSTILE_DER[case]))


@given(st.integers(0, len(DER) - 1), st.integers(1, 255))
def test_a_changed_byte_is_malformed_or_another_certificate(position: int, difference: int) -> None:
    changed = bytearray(DER)
    changed[position] ^= difference
    try:
        read = certificate_in(pem_of(bytes(changed)))
    except CertificateMalformed:
        return
    assert read.fingerprint != certificate_in(PEM).fingerprint


@given(st.binary(max_size=200))
def test_any_bytes_are_read_or_malformed(content: bytes) -> None:
    with pytest.raises(CertificateMalformed):
        certificate_in(pem_of(content))


def test_a_name_cannot_pretend_to_have_other_parts() -> None:
    tricky = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "acme,O=Bank\n#x+y=z\u202e")])
    read = certificate_in(Authority().issue(subject=tricky))
    assert read.subject == "CN=acme\\,O=Bank\\0A#x\\+y=z\\E2\\80\\AE"


def test_an_unusual_attribute_is_shown_by_its_number() -> None:
    odd = _der(0x30, _der(0x31, _der(0x30, _der(0x06, b"\x2a\x03\x04"), b"\x02\x01\x05")))
    assert certificate_in(pem_of(made(subject=odd))).subject == "1.2.3.4=#020105"


@pytest.mark.parametrize(
    "text", ["0000-01-01T00:00:00Z", "0001-01-01T00:00:00Z", "0999-12-31T23:59:59Z", "9999-12-31T23:59:59Z"]
)
def test_times_of_any_year_of_the_calendar_come_back(text: str) -> None:
    digits = text.translate(str.maketrans("", "", "-T:Z")).encode() + b"Z"
    odd = Certificate(made(validity=_der(0x30, _der(0x18, digits), _der(0x18, digits))))
    assert text_of(odd.not_after) == text
    assert seconds_of(text) == odd.not_after


def test_utc_times_of_the_last_century_are_of_the_last_century() -> None:
    old = made(validity=_der(0x30, _der(0x17, b"500101000000Z"), _der(0x17, b"491231235959Z")))
    read = Certificate(old)
    assert (text_of(read.not_before), text_of(read.not_after)) == ("1950-01-01T00:00:00Z", "2049-12-31T23:59:59Z")
