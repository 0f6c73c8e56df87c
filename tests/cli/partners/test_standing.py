"""Suspended, resumed, revoked: from the next request on, and never without a record."""

from typing import Any, cast

import pytest

from audit_trail.trail import AuditUnavailable
from client_certificates.changes import Change
from client_certificates.errors import StandingUnknown
from client_certificates.presented import certificate_in
from client_certificates.registry import ChangeNotMade
from tests.cli.partners.place import Partners


def test_suspended_resumed_revoked_from_the_next_request_on(partners: Partners) -> None:
    partners.authority()
    pem = partners.issue()
    fingerprint = certificate_in(pem).fingerprint
    steps = [
        (("suspend", "acme"), "client_suspended"),
        (("resume", "acme"), "active"),
        (("suspend", "acme", "--certificate", fingerprint[:8]), "certificate_suspended"),
        (("resume", "acme", "--certificate", fingerprint), "active"),
        (("revoke", "acme", "--reason", "key lost"), "certificate_revoked"),
    ]
    for arguments, standing in steps:
        partners("client", *arguments)
        assert partners.place.standing(pem) == standing
    assert "nothing to change" in partners("client", "revoke", "acme").out
    assert "stays revoked" in partners.refused("client", "resume", "acme", "--certificate", fingerprint)
    listed = partners("client", "list", "acme", "--json").document["certificates"][0]
    assert (listed["status"], listed["reason"]) == ("revoked", "key lost")
    assert "key lost" in partners("client", "list", "acme").out
    assert partners("client", "list", "--json").document["clients"][0]["client_id"] == "acme"
    assert "acme" in partners("client", "list").out


@pytest.mark.parametrize("fingerprint", ["0123", "xyz", "../../..", "0" * 64, ""])
def test_a_fingerprint_that_is_none_changes_nothing(partners: Partners, fingerprint: str) -> None:
    partners.authority()
    partners.issue()
    partners.refused("client", "revoke", "acme", "--certificate", fingerprint)


def test_every_change_is_in_the_trail_before_and_after(partners: Partners) -> None:
    partners.authority()
    fingerprint = certificate_in(partners.issue()).fingerprint
    partners("client", "suspend", "acme")
    records = [(r["action"], r["outcome"], r["client_id"], r["certificate"]) for r in partners.place.trail.records]
    assert records == [
        ("register_certificate", "requested", "acme", fingerprint),
        ("register_certificate", "succeeded", "acme", fingerprint),
        ("suspend_client", "requested", "acme", ""),
        ("suspend_client", "succeeded", "acme", ""),
    ]
    assert {record["who"] for record in partners.place.trail.records} == {"arn:aws:iam::111122223333:user/op"}


def test_what_cannot_be_recorded_is_not_done(partners: Partners) -> None:
    partners.authority()
    pem = partners.issue()
    partners.place.trail.failures = [AuditUnavailable("down")]
    assert "nothing was changed" in partners.refused("client", "suspend", "acme")
    assert partners.place.standing(pem) == "active"


def test_a_registry_that_is_down_says_so(partners: Partners) -> None:
    partners.authority()
    partners.issue()
    partners.place.registry.failure = StandingUnknown("BatchGetItem: down")
    before = dict(partners.place.parameters.values)
    for arguments in (("list",), ("list", "acme"), ("revoke", "acme")):
        assert "BatchGetItem: down" in partners("client", *arguments, code=1).err
    assert partners.place.parameters.values == before


def test_an_answer_that_was_lost_is_looked_for_and_found(partners: Partners) -> None:
    partners.authority()
    pem = partners.issue()
    commit = partners.place.registry.commit

    def losing(change: Change) -> None:
        commit(change)
        partners.place.registry.commit = commit
        raise ChangeNotMade

    cast("Any", partners.place.registry).commit = losing
    assert "suspended" in partners("client", "suspend", "acme").out
    assert partners.place.standing(pem) == "client_suspended"
    assert partners.place.trail.records[-1]["outcome"] == "succeeded"
