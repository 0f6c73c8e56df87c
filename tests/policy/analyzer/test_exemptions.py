"""Exemptions: in force, expired, without effect, and refused. None of them is ever silent."""

import datetime as dt

import pytest

from guardrails.configuration.exemptions import Exemption
from guardrails.nodes import UNKNOWN_TEXT
from tests.policy.analyzer.small_pack import BOX, LID, TODAY, SmallPack

EXEMPTION = {
    "rule": "box-colour-allowed",
    "resource": BOX.urn,
    "reason": "It is repainted in spring.",
    "expires": "2026-12-31",
}


def exemption(**changes: str) -> dict[str, str]:
    return {**EXEMPTION, **changes}


def test_what_is_exempted_is_shown_with_rule_resource_reason_and_expiry_and_does_not_block() -> None:
    pack = SmallPack()
    pack.exempt(exemption())
    ((policy, level, urn, message),) = pack.of_resource(BOX)
    assert (policy, level, urn) == ("box-colour-allowed", "advisory", BOX.urn)
    assert "Exempted until 2026-12-31, because: It is repainted in spring." in message
    assert "Box 'box': its colour is not allowed." in message
    assert pack.of_stack(BOX) == []


@pytest.mark.parametrize(("day", "level"), [("2026-11-20", "mandatory"), ("2026-11-21", "advisory")])
def test_it_holds_to_the_end_of_its_last_day(day: str, level: str) -> None:
    pack = SmallPack(today=TODAY)
    pack.exempt(exemption(expires=day))
    assert [told[1] for told in pack.of_resource(BOX)] == [level]


def test_an_expired_one_no_longer_holds_and_both_reports_say_so() -> None:
    pack = SmallPack()
    pack.exempt(exemption(expires="2026-01-31"))
    ((_, level, _, message),) = pack.of_resource(BOX)
    assert level == "mandatory"
    assert "An exemption for this expired on 2026-01-31 and no longer holds." in message
    ((policy, level, _, message),) = pack.of_stack(BOX)
    assert (policy, level) == ("policy-exemption-stated", "advisory")
    assert "expired on 2026-01-31" in message
    assert "box-colour-allowed" in message
    assert "It is repainted in spring." in message


def test_one_in_force_holds_beside_an_expired_one() -> None:
    pack = SmallPack()
    pack.exempt(exemption(expires="2026-01-31"), exemption(resource="*"))
    assert [told[1] for told in pack.of_resource(BOX)] == ["advisory"]


def test_one_that_covers_nothing_is_reported_at_every_run() -> None:
    pack = SmallPack()
    pack.exempt(exemption(resource="urn:pulumi:dev::test::nothing::there"))
    for _ in range(2):
        assert [told[1] for told in pack.of_resource(BOX)] == ["mandatory"]
        ((policy, level, urn, message),) = pack.of_stack(BOX)
        assert (policy, level, urn) == ("policy-exemption-stated", "advisory", "")
        assert "covered nothing in this run" in message


def test_one_that_waits_for_the_update_is_not_reported_as_without_effect() -> None:
    pack = SmallPack()
    pack.exempt(exemption())
    assert pack.of_resource(BOX.with_property("colour", UNKNOWN_TEXT)) == []
    ((policy, _, _, message),) = pack.of_stack(BOX)
    assert policy == "box-colour-allowed"
    assert "decided again in the update" in message


def test_remarks_on_exemptions_can_be_made_to_block() -> None:
    pack = SmallPack()
    pack.exempt(exemption(resource="nothing"), level="mandatory")
    assert [told[1] for told in pack.of_stack(BOX)] == ["mandatory"]


def test_every_rule_at_every_resource_can_be_exempted_a_failing_one_too() -> None:
    pack = SmallPack()
    pack.exempt(exemption(rule="*", resource="*"))
    assert [told[1] for told in (*pack.of_resource(BOX), *pack.of_resource(LID))] == ["advisory", "advisory"]


def test_it_covers_its_rule_and_its_resource_alone() -> None:
    one = Exemption(rule="a", resource="urn:*::Method::get-[x]*", reason="r", expires=dt.date(2026, 12, 31))
    assert one.covers("a", "urn:pulumi:dev::p::Method::get-[x]")
    assert one.covers("a", "urn:pulumi:dev::p::Method::get-[x]-all")
    assert not one.covers("a", "urn:pulumi:dev::p::Method::get-x")
    assert not one.covers("a", "the urn:pulumi:dev::p::Method::get-[x]")
    assert not one.covers("b", "urn:pulumi:dev::p::Method::get-[x]")


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        (
            {"reason": ""},
            "exemptions[0].reason: '' does not match '\\\\S'. Expected: Why the rule need not hold there.",
        ),
        ({"reason": " "}, "exemptions[0].reason"),
        ({"reason": None}, "exemptions[0]: 'reason' is a required property"),
        ({"expires": None}, "exemptions[0]: 'expires' is a required property"),
        ({"expires": "soon"}, "Expected: The last day on which it holds (UTC), as YYYY-MM-DD."),
        ({"expires": "2026-02-30"}, "exemptions[0].expires: 2026-02-30 is not a day of the calendar"),
        ({"rule": "box-colours-allowed"}, "exemptions[0].rule: there is no rule box-colours-allowed; is it box-colour"),
        ({"rule": ""}, "exemptions[0].rule"),
        ({"resource": ""}, "exemptions[0].resource"),
        ({"owner": "me"}, "'owner' was unexpected"),
    ],
)
def test_one_that_is_not_stated_whole_is_refused_and_the_rules_hold(changes: dict[str, str | None], says: str) -> None:
    pack = SmallPack()
    stated = {name: value for name, value in {**exemption(), **changes}.items() if value is not None}
    assert says in pack.refusal(policy_exemption_stated=("advisory", {"exemptions": [stated]}))
    assert [told[1] for told in pack.of_resource(BOX)] == ["mandatory"]
