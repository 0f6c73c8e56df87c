"""Authorities: made, followed by a successor, retired; and what becomes the truststore."""

import pytest

from cli.certificates.signing import key_pem
from client_certificates.presented import certificate_in
from client_certificates.truststore import inspect_truststore
from tests.cli.partners.place import Partners
from tests.functions.partners.authority import Authority


def test_an_authority_is_made_with_its_key_in_secrets_manager_and_a_bundle_that_is_fit(partners: Partners) -> None:
    partners.authority()
    assert list(partners.place.secrets.values) == ["gatehouse/ca/partners/0001"]
    assert list(partners.place.parameters.values) == ["/gatehouse/ca/partners/0001"]
    inspection = inspect_truststore(partners.bundle.read_text(), now=partners.place.time)
    assert [each.subject.rfc4514_string() for each in inspection.certificates] == ["CN=partners G1"]
    assert inspection.findings == ()
    assert partners("ca", "list", "--json").document["partners"][0]["generation"] == "1"
    assert "partners" in partners("ca", "list").out


def test_a_rotation_trusts_old_and_new_until_the_old_one_is_retired(partners: Partners) -> None:
    partners.authority()
    old = partners.issue()
    assert "ca retire partners 1" in partners("ca", "rotate", "partners", "--bundle", partners.bundle).out
    names = [each.subject.rfc4514_string() for each in partners.trusted()]
    assert names == ["CN=partners G1", "CN=partners G2"]
    message = partners.refused("ca", "retire", "partners", "1", "--bundle", partners.bundle)
    assert "acme" in message
    partners(
        "client", "renew", "acme", "--csr", partners.request(), "--ca", "partners", "--out", partners.folder / "new"
    )
    new = (partners.folder / "new").read_text()
    assert (partners.place.standing(old), partners.place.standing(new)) == ("active", "active")
    assert certificate_in(new).issuer == "CN=partners G2"
    partners("client", "revoke", "acme", "--certificate", certificate_in(old).fingerprint[:16])
    partners("ca", "retire", "partners", "1", "--bundle", partners.bundle)
    assert [each.subject.rfc4514_string() for each in partners.trusted()] == ["CN=partners G2"]
    assert partners.place.secrets.deleted == {"gatehouse/ca/partners/0001": 30}
    assert partners.place.standing(new) == "active"


def test_the_generation_that_signs_is_not_retired_and_force_is_for_the_others_only(partners: Partners) -> None:
    partners.authority()
    for more in ((), ("--force",)):
        assert "ca rotate partners" in partners.refused(
            "ca", "retire", "partners", "1", "--bundle", partners.bundle, *more
        )
    partners.issue()
    partners("ca", "rotate", "partners", "--bundle", partners.bundle)
    partners("ca", "retire", "partners", "1", "--force", "--bundle", partners.bundle)


def test_authorities_from_elsewhere_go_into_the_bundle_and_bad_ones_do_not(partners: Partners) -> None:
    other = partners.folder / "other.pem"
    other.write_text(Authority("Private CA", number=5).pem)
    partners("ca", "create", "partners", "--bundle", partners.bundle, "--with", other)
    assert len(partners.trusted()) == 2
    before = partners.bundle.read_text()
    other.write_text(Authority("Private CA", number=5, is_authority=False).pem)
    assert "not_an_authority" in partners.refused("ca", "bundle", "--bundle", partners.bundle, "--with", other)
    assert partners.bundle.read_text() == before
    other.write_text("no certificate")
    assert "no certificates" in partners.refused("ca", "bundle", "--bundle", partners.bundle, "--with", other)


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("create", "Partners!"), "lower-case"),
        (("create", "../x"), "lower-case"),
        (("rotate", "nobody"), "ca create nobody"),
        (("retire", "nobody", "1"), "ca create nobody"),
        (("create", "x", "--common-name", "n" * 65), "at most 64"),
    ],
)
def test_an_authority_that_cannot_be_is_refused(partners: Partners, arguments: tuple[str, ...], says: str) -> None:
    assert says in partners.refused("ca", *arguments, "--bundle", partners.bundle)


def test_an_authority_is_not_made_twice_and_a_half_made_one_is_not_lost(partners: Partners) -> None:
    partners.authority()
    assert "ca rotate partners" in partners.refused("ca", "create", "partners", "--bundle", partners.bundle)
    partners.place.secrets.values["gatehouse/ca/half/0001"] = "a key of an attempt that failed"
    partners("ca", "create", "half", "--bundle", partners.bundle)
    assert partners.place.secrets.values["gatehouse/ca/half/0001"] == "a key of an attempt that failed"
    assert "/gatehouse/ca/half/0002" in partners.place.parameters.values


def test_an_authority_of_which_an_operator_has_brought_key_and_certificate_signs(partners: Partners) -> None:
    brought = Authority("Our own CA", number=9)
    pem = key_pem(brought.private_key)
    partners.place.secrets.values["gatehouse/ca/partners/0001"] = pem
    partners.place.parameters.values["/gatehouse/ca/partners/0001"] = brought.pem
    partners("ca", "bundle", "partners", "--bundle", partners.bundle)
    assert certificate_in(partners.issue()).issuer == "CN=Our own CA"
    assert [each.subject.rfc4514_string() for each in partners.trusted()] == ["CN=Our own CA"]


def test_a_bundle_is_judged_with_every_finding(partners: Partners) -> None:
    partners.authority()
    assert "fit for API Gateway" in partners("ca", "check", partners.bundle).out
    partners.bundle.write_text(partners.bundle.read_text() * 2)
    assert "duplicate_certificate" in partners("ca", "check", partners.bundle, code=1).out
    assert "No such file" in partners.refused("ca", "check", partners.folder / "absent")
