"""A client's first certificate: for its own key, a key made here, or signed elsewhere; and all that is refused."""

import json
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import ExtendedKeyUsageOID

from client_certificates.presented import certificate_in
from tests.cli.partners.place import PREFIX, READ, WRITE, Partners
from tests.functions.partners.authority import Authority


def test_a_client_is_issued_a_certificate_for_its_own_key(partners: Partners) -> None:
    partners.authority()
    key = ec.generate_private_key(ec.SECP256R1())
    request = partners.request(key)
    pem = partners("client", "issue", "acme", "--name", "Acme & Söhne", "--scope", f"{READ} {WRITE}",
                   "--csr", request, "--ca", "partners", "--days", "30").out  # fmt: skip
    read = certificate_in(pem)
    # Nothing of the request but its key: the subject is ours.
    assert read.subject == "CN=acme,O=Acme & Söhne"
    made = x509.load_pem_x509_certificate(pem.encode())
    assert made.public_key() == key.public_key()
    assert made.not_valid_after_utc == partners.place.time + timedelta(days=30)
    [authority] = partners.trusted()
    made.verify_directly_issued_by(authority)
    usage = made.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
    assert list(usage) == [ExtendedKeyUsageOID.CLIENT_AUTH]
    assert partners.place.standing(pem) == "active"
    assert partners.place.parameters.values[f"/gatehouse/clients/acme/{read.fingerprint}"] == pem
    stored = json.loads(partners.place.secrets.values[f"{PREFIX}acme"])
    assert set(stored) == {"client_id", "client_secret", "client_secret_id"}
    assert stored["client_id"] == "app-partner.acme"
    record = partners.place.registry.records[read.fingerprint]
    assert (record.app_client_id, record.scopes) == ("app-partner.acme", {READ, WRITE})


def test_a_key_that_is_made_here_goes_to_secrets_manager_and_nowhere_else(partners: Partners) -> None:
    partners.authority()
    ended = partners("client", "issue", "acme", "--name", "Acme", "--scope", READ, "--new-key", "ec-p256",
                     "--ca", "partners", "--json")  # fmt: skip
    name = ended.document["key_secret"]
    assert name == f"gatehouse/client-keys/acme/{ended.document['sha256']}"
    assert "PRIVATE KEY" in partners.place.secrets.values[name]


def test_a_certificate_of_another_authority_is_registered_if_the_truststore_has_it(partners: Partners) -> None:
    elsewhere = Authority("AWS Private CA", number=5)
    bundle, certificate = partners.folder / "bundle.pem", partners.folder / "client.pem"
    bundle.write_text(elsewhere.pem)
    certificate.write_text(elsewhere.issue("whatever they say"))
    partners.issue("acme", "--certificate", certificate, "--issuer", bundle)
    assert partners.place.standing(certificate.read_text()) == "active"
    bundle.write_text(Authority("AWS Private CA", number=6).pem)
    certificate.write_text(elsewhere.issue(serial=7))
    assert "no authority in the bundle" in partners.refused(
        "client", "renew", "acme", "--certificate", certificate, "--issuer", bundle
    )


def _requests(partners: Partners) -> dict[str, tuple[Path, str]]:
    weak = partners.request(rsa.generate_private_key(public_exponent=65_537, key_size=1_024), "weak.csr")  # noqa: S505 -- it must be refused
    good = partners.request(name="good.csr")
    cut = partners.folder / "cut.csr"
    cut.write_bytes(good.read_bytes()[:100])
    der = bytearray(x509.load_pem_x509_csr(good.read_bytes()).public_bytes(Encoding.DER))
    der[der.index(b"administrator")] = ord("A")
    forged = partners.folder / "forged.csr"
    forged.write_bytes(bytes(der))
    text = partners.folder / "text.csr"
    text.write_text("CN=acme")
    return {
        "weak": (weak, "RSA key of 1024 bits"),
        "cut": (cut, "no certificate signing request"),
        "forged": (forged, "not signed with its own key"),
        "text": (text, "openssl req -new"),
        "absent": (partners.folder / "absent", "No such file"),
        "a folder": (partners.folder, "Is a directory"),
    }


@pytest.mark.parametrize("case", ["weak", "cut", "forged", "text", "absent", "a folder"])
def test_a_request_that_is_none_is_refused_before_anything_is_written(partners: Partners, case: str) -> None:
    partners.authority()
    path, says = _requests(partners)[case]
    message = partners.refused(
        "client", "issue", "acme", "--name", "Acme", "--scope", READ, "--csr", path, "--ca", "partners"
    )
    assert says in message
    assert partners.place.trail.records == []


REFUSED: dict[str, tuple[Callable[[Partners], tuple[str | Path, ...]], str]] = {
    "an id in capitals": (lambda p: ("issue", "ACME", "--csr", p.request(), "--ca", "partners"), "lower-case"),
    "an id that is a path": (lambda p: ("issue", "a/../b", "--csr", p.request(), "--ca", "partners"), "lower-case"),
    "no authority named": (lambda p: ("issue", "acme", "--csr", p.request()), "--ca NAME"),
    "an authority that is not there": (lambda p: ("issue", "acme", "--csr", p.request(), "--ca", "x"), "ca create x"),
    "longer than the authority lives": (
        lambda p: ("issue", "acme", "--csr", p.request(), "--ca", "partners", "--days", "4000"), "fewer --days"
    ),
    "a bundle with a request": (
        lambda p: ("issue", "acme", "--csr", p.request(), "--ca", "partners", "--issuer", p.bundle),
        "--issuer goes with",
    ),
    "a certificate without a bundle": (lambda p: ("issue", "acme", "--certificate", p.bundle), "--issuer FILE"),
    "an authority's certificate": (
        lambda p: ("issue", "acme", "--certificate", p.bundle, "--issuer", p.bundle), "an authority's"
    ),
    "a certificate and an authority": (
        lambda p: ("issue", "acme", "--certificate", p.bundle, "--ca", "partners"), "signed already"
    ),
    "a scope with a quotation mark": (
        lambda p: ("issue", "acme", "--csr", p.request(), "--ca", "partners", "--scope", 'a"b'), "quotation marks"
    ),
    "a file that exists": (
        lambda p: ("issue", "acme", "--csr", p.request(), "--ca", "partners", "--out", p.bundle), "not written over"
    ),
    "a folder that does not": (
        lambda p: ("issue", "acme", "--csr", p.request(), "--ca", "partners", "--out", p.folder / "x" / "y"),
        "no folder",
    ),
    "a scope that Cognito does not know": (
        lambda p: ("issue", "acme", "--csr", p.request(), "--ca", "partners", "--scope", "admin"),
        "scope does not exist",
    ),
    "an app client that is not there": (
        lambda p: ("issue", "acme", "--csr", p.request(), "--ca", "partners", "--app-client", "x"), "no app client x"
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", REFUSED)
def test_a_command_that_cannot_be_done_changes_nothing(partners: Partners, case: str) -> None:
    partners.authority()
    arguments, says = REFUSED[case]
    action, client_id, *rest = arguments(partners)
    assert says in partners.refused("client", action, client_id, "--name", "Acme", "--scope", READ, *rest)


def test_a_client_is_registered_once(partners: Partners) -> None:
    partners.authority()
    partners.issue()
    assert "client renew acme" in partners.refused(
        "client", "issue", "acme", "--name", "A", "--scope", READ, "--csr", partners.request(), "--ca", "partners"
    )
    for action in ("renew", "revoke", "suspend", "resume", "list"):
        more = ("--csr", partners.request(), "--ca", "partners") if action == "renew" else ()
        assert "there is no client beta" in partners.refused("client", action, "beta", *more)
