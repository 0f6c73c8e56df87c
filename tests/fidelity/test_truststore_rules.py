"""What API Gateway makes of a truststore, and how it writes a caller's certificate: pure."""

import datetime as dt

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa

from sandbox.fidelity.acm.reading import covers, serial_number
from sandbox.fidelity.gateway.client_certificates import client_certificate, openssl_time
from sandbox.fidelity.gateway.truststores import TruststoreError, accepts, read_truststore
from tests.support.certificates import DAY, Authority, name_of, new_authority

NOW = dt.datetime.now(dt.UTC)


def bundle(*authorities: Authority) -> bytes:
    return "".join(each.pem for each in authorities).encode()


def warnings(*authorities: Authority) -> tuple[str, ...]:
    return read_truststore(bundle(*authorities), now=NOW).warnings


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "no certificate"),
        (b"-----BEGIN CERTIFICATE-----\nnonsense\n-----END CERTIFICATE-----\n", "no certificate that can be parsed"),
        (b"\xff\xfe not text", "no certificate"),
        (b"x" * 1_048_577, "1048577 bytes"),
        (b"-----BEGIN CERTIFICATE-----\nA\n-----END CERTIFICATE-----\n" * 1_001, "more than 1000 certificates"),
        (b"-----BEGIN PRIVATE KEY-----\nA\n-----END PRIVATE KEY-----\n", "has a private key"),
    ],
    ids=["empty", "not a certificate", "not text", "too large", "too many", "a key"],
)
def test_what_is_no_truststore_is_refused(content: bytes, message: str) -> None:
    with pytest.raises(TruststoreError, match=message):
        read_truststore(content, now=NOW)


def test_good_authorities_count_without_a_warning() -> None:
    root = new_authority("Root")
    read = read_truststore(bundle(root, root.authority("Department"), new_authority("Other")), now=NOW)
    assert (len(read.trusted), read.warnings) == (3, ())
    assert read_truststore(read.pem.encode(), now=NOW).trusted == read.trusted


def test_one_subject_of_two_issuers_is_refused() -> None:
    twins = (new_authority("One").authority("Twin"), new_authority("Two").authority("Twin"))
    with pytest.raises(TruststoreError, match=r"subject CN=Twin,O=Gatehouse tests conflicts"):
        read_truststore(bundle(*twins), now=NOW)


def test_weak_keys_and_wrong_curves_warn_and_do_not_count() -> None:
    breakable = rsa.generate_private_key(public_exponent=65537, key_size=1024)  # noqa: S505 - that it is, is the test
    weak = new_authority("Weak", key=breakable)
    odd = new_authority("Odd", key=ec.generate_private_key(ec.SECP521R1()))
    read = read_truststore(bundle(weak, odd), now=NOW)
    assert read.trusted == ()
    assert [("Weak" in each, "neither RSA" in each) for each in read.warnings] == [(True, True), (False, True)]


def test_expired_ones_and_certificates_of_no_authority_warn_and_do_not_count() -> None:
    root, late = new_authority("Root"), new_authority("Late", until=-DAY / 2)
    leaf = root.issue("Client")
    read = read_truststore(bundle(root, late) + leaf.pem.encode(), now=NOW)
    assert read.trusted == (root.certificate,)
    assert [each.rpartition("tests ")[2] for each in read.warnings] == ["has expired.", "is not a CA's."]


def test_a_hash_weaker_than_sha_256_warns() -> None:
    key, name = ec.generate_private_key(ec.SECP256R1()), name_of("Old")
    builder = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
    builder = builder.serial_number(1).not_valid_before(NOW - DAY).not_valid_after(NOW + DAY)
    builder = builder.add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
    pem = builder.sign(key, hashes.SHA224()).public_bytes(serialization.Encoding.PEM)
    assert "weaker than SHA-256" in read_truststore(pem, now=NOW).warnings[0]


def test_chains_that_are_incomplete_or_longer_than_four_warn() -> None:
    levels = [new_authority("Root")]
    for number in range(4):
        levels.append(levels[-1].authority(f"Level {number}"))
    assert warnings(*levels[:4]) == ()
    assert "more than 4" in warnings(*levels)[0]
    assert "incomplete chain: CN=Root" in warnings(levels[1])[0]


def test_a_client_s_chain_is_the_truststore_s_own_up_to_a_root() -> None:
    root = new_authority("Root")
    department = root.authority("Department")
    client = department.issue("Client").certificate
    assert accepts((root.certificate, department.certificate), client, now=NOW)
    assert not accepts((root.certificate,), client, now=NOW)
    assert not accepts((department.certificate,), client, now=NOW)
    assert not accepts((), client, now=NOW)
    assert not accepts((root.certificate, department.certificate), client, now=NOW + 40 * DAY)
    twin = new_authority("Root")
    assert not accepts((twin.certificate,), root.issue("Client").certificate, now=NOW)
    assert accepts((twin.certificate, root.certificate), root.issue("Client").certificate, now=NOW)


def test_issuers_that_issued_each_other_end() -> None:
    """Two authorities, each with a certificate of the other's: a chain without a root."""
    one, two = new_authority("One"), new_authority("Two")
    one_by_two = two.authority("One", key=one.key)
    two_by_one = one.authority("Two", key=two.key)
    trusted = (one_by_two.certificate, two_by_one.certificate)
    assert not accepts(trusted, one.issue("Client").certificate, now=NOW)
    assert read_truststore(bundle(one_by_two, two_by_one), now=NOW).warnings


def test_moments_are_written_as_openssl_writes_them() -> None:
    assert openssl_time(dt.datetime(2019, 5, 28, 12, 30, 2, tzinfo=dt.UTC)) == "May 28 12:30:02 2019 GMT"
    assert openssl_time(dt.datetime(2021, 8, 5, 9, 36, 4, tzinfo=dt.UTC)) == "Aug  5 09:36:04 2021 GMT"


def test_serial_numbers_have_two_digits_between_colons() -> None:
    certificate = new_authority("Root").issue("Client").certificate
    written = serial_number(certificate)
    assert int(written.replace(":", ""), 16) == certificate.serial_number
    assert all(len(part) == 2 for part in written.split(":"))
    assert client_certificate(certificate.public_bytes(serialization.Encoding.DER))["serialNumber"] == written


@pytest.mark.parametrize(
    ("names", "domain", "covered"),
    [
        (["api.example.com"], "api.example.com", True),
        (["API.example.com"], "api.example.com", True),
        (["*.example.com"], "api.example.com", True),
        (["*.example.com"], "example.com", False),
        (["*.example.com"], "a.b.example.com", False),
        (["other.example.com"], "api.example.com", False),
        ([], "api.example.com", False),
    ],
)
def test_a_certificate_covers_its_names_and_one_label_of_a_wildcard(
    names: list[str], domain: str, covered: bool
) -> None:
    assert covers(names, domain) is covered
