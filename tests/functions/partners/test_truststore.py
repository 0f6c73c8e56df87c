"""What must not become a truststore, found before it is deployed; one thing is broken in each bundle."""

from datetime import timedelta

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from client_certificates.truststore import MAXIMUM_BYTES, inspect_truststore
from tests.functions.partners.authority import DAY, START, Authority, key


def codes(text: str, **settings: timedelta) -> list[tuple[int, str]]:
    return [(finding.certificate, finding.code) for finding in inspect_truststore(text, now=START, **settings).findings]


ROOT = Authority("root", number=1)
MIDDLE = Authority("middle", number=2, parent=ROOT)
LOW = Authority("low", number=3, parent=MIDDLE)
LOWEST = Authority("lowest", number=4, parent=LOW)
FIFTH = Authority("fifth", number=5, parent=LOWEST)
OTHER = Authority("other", number=6)


@pytest.mark.parametrize(
    "authorities",
    [[ROOT], [ROOT, OTHER], [LOW, MIDDLE, ROOT], [ROOT, MIDDLE, LOW, LOWEST], [LOWEST, OTHER, LOW, ROOT, MIDDLE]],
)
def test_a_good_bundle_has_no_findings_in_any_order(authorities: list[Authority]) -> None:
    text = "# our partners\n" + "\n".join(each.pem for each in authorities)
    inspection = inspect_truststore(text, now=START)
    assert inspection.findings == ()
    assert len(inspection.certificates) == len(authorities)


def test_four_authorities_are_a_chain_and_five_are_too_many() -> None:
    chain = [ROOT, MIDDLE, LOW, LOWEST]
    assert codes("".join(each.pem for each in chain)) == []
    assert codes("".join(each.pem for each in [*chain, FIFTH])) == [(5, "chain_too_long")]


@pytest.mark.parametrize(("missing", "found"), [(ROOT, [1, 2]), (MIDDLE, [2])])
def test_a_chain_without_one_of_its_authorities_is_incomplete(missing: Authority, found: list[int]) -> None:
    text = "".join(each.pem for each in (ROOT, MIDDLE, LOW) if each is not missing)
    assert codes(text) == [(number, "incomplete_chain") for number in found]


def _rsa(bits: int) -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(public_exponent=65_537, key_size=bits)


BROKEN = {
    "a client's certificate": (Authority("x", is_authority=False).pem, ["not_an_authority"]),
    "an authority that may not sign": (Authority("x", may_sign=False).pem, ["may_not_sign"]),
    "a short RSA key": (Authority("x", private_key=_rsa(1_024)).pem, ["weak_key"]),
    "a short curve": (Authority("x", private_key=ec.generate_private_key(ec.SECP224R1())).pem, ["weak_key"]),
    "an expired authority": (Authority("x", not_after=START - DAY).pem, ["expired"]),
    "an authority that ends this moment": (Authority("x", not_after=START).pem, ["expired"]),
    "an authority of tomorrow": (Authority("x", not_before=START + DAY).pem, ["not_yet_valid"]),
    "an authority that ends soon": (Authority("x", not_after=START + 29 * DAY).pem, ["expires_soon"]),
    "the same twice": (ROOT.pem + ROOT.pem, ["duplicate_certificate"]),
    "two authorities of one name": (ROOT.pem + Authority("root", number=9).pem, ["duplicate_subject"]),
    "a forged root": (Authority("root", number=9, parent=ROOT).pem, ["bad_self_signature"]),
    "nothing": ("", ["empty"]),
    "text": ("our partners", ["empty"]),
    "DER": (ROOT.certificate.public_bytes(Encoding.DER).decode("latin-1"), ["empty"]),
    "half a block": (ROOT.pem[:200], ["malformed_pem"]),
    "a block that ends as another": (ROOT.pem.replace("END CERT", "END X509 CERT"), ["malformed_pem"]),
    "a block of nothing": ("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n", ["malformed_certificate"]),
    "a certificate that is cut": (
        ROOT.pem.replace(ROOT.pem.splitlines()[3] + "\n", ""), ["malformed_certificate"]
    ),
    "a request": (
        ROOT.pem + "-----BEGIN CERTIFICATE REQUEST-----\nAAAA\n-----END CERTIFICATE REQUEST-----", ["not_a_certificate"]
    ),
    "a private key": (
        ROOT.pem + key(1).private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode(), ["private_key"]
    ),
    "more than 1 MB": ("#" * MAXIMUM_BYTES + "\n" + ROOT.pem, ["too_large"]),
}  # fmt: skip


@pytest.mark.parametrize("case", BROKEN)
def test_what_is_wrong_is_found_and_nothing_else(case: str) -> None:
    text, expected = BROKEN[case]
    assert [code for _, code in codes(text)] == expected


def test_a_weak_signature_is_found() -> None:
    weak = Authority("x", private_key=_rsa(2_048), algorithm=hashes.SHA224()).pem
    assert [code for _, code in codes(weak)] == ["weak_signature"]


def test_a_key_of_another_kind_is_found() -> None:
    from cryptography import x509

    private = ed25519.Ed25519PrivateKey.generate()
    name = ROOT.name
    made = (
        x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(private.public_key())
        .serial_number(5).not_valid_before(START - DAY).not_valid_after(START + 100 * DAY)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(private, None)
    )  # fmt: skip
    assert {code for _, code in codes(made.public_bytes(Encoding.PEM).decode())} == {"weak_key", "weak_signature"}


def test_more_than_a_thousand_certificates_are_too_many() -> None:
    block = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"
    assert codes(block * 1_001) == [(0, "too_many")]


def test_the_time_ahead_is_the_callers() -> None:
    soon = Authority("x", not_after=START + 60 * DAY).pem
    assert codes(soon) == []
    assert codes(soon, expiry_ahead=90 * DAY) == [(1, "expires_soon")]


def test_a_finding_says_what_where_and_what_to_do_in_one_line() -> None:
    inspection = inspect_truststore(
        ROOT.pem + Authority("middle", number=2, parent=ROOT, not_after=START).pem, now=START
    )
    [finding] = inspection.errors
    assert str(finding) == "error: certificate 2: CN=middle has expired on 2026-01-01: remove it, or renew it [expired]"


def test_components_can_import_it_by_the_path_of_the_folder() -> None:
    import importlib

    module = importlib.import_module("functions.client_certificates.truststore")
    assert module.inspect_truststore(ROOT.pem, now=START).findings == ()
