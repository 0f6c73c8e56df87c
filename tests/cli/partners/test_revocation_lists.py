"""Revocation lists of authorities elsewhere."""

from datetime import timedelta

from cryptography.hazmat.primitives.serialization import Encoding

from tests.cli.partners.place import Partners
from tests.functions.partners.authority import Authority


def test_a_revocation_list_ends_certificates_until_a_newer_one_forgives(partners: Partners) -> None:
    elsewhere = Authority("AWS Private CA", number=5)
    bundle, certificate, file = (partners.folder / name for name in ("bundle.pem", "client.pem", "list.crl"))
    bundle.write_text(elsewhere.pem)
    certificate.write_text(elsewhere.issue(serial=7))
    partners.issue("acme", "--certificate", certificate, "--issuer", bundle)

    def load(*serials: int, number: int) -> None:
        file.write_bytes(elsewhere.revocation_list(serials, number=number).public_bytes(Encoding.DER))
        partners("ca", "crl", file, "--issuer", bundle)

    load(number=1)
    assert partners.place.standing(certificate.read_text()) == "active"
    load(7, number=2)
    assert partners.place.standing(certificate.read_text()) == "certificate_revoked"
    file.write_bytes(elsewhere.revocation_list(number=1).public_bytes(Encoding.PEM))
    assert "get a newer one" in partners.refused("ca", "crl", file, "--issuer", bundle)
    load(number=3)
    assert partners.place.standing(certificate.read_text()) == "active"
    partners.place.time += timedelta(days=2)
    assert partners.place.standing(certificate.read_text()) == "revocation_list_stale"
    assert "past its next update" in partners.refused("ca", "crl", file, "--issuer", bundle)


def test_a_forged_revocation_list_is_refused(partners: Partners) -> None:
    elsewhere, forger = Authority("AWS Private CA", number=5), Authority("AWS Private CA", number=6)
    bundle, file = partners.folder / "bundle.pem", partners.folder / "list.crl"
    bundle.write_text(elsewhere.pem)
    file.write_bytes(forger.revocation_list().public_bytes(Encoding.PEM))
    assert "signature is not its issuer's" in partners.refused("ca", "crl", file, "--issuer", bundle)
    assert "ca list" in partners.refused("ca", "crl", file, "--ca", "nobody")
