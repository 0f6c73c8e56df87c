"""What a finding becomes for the engine: its level, its resource, its message; nothing that a value could be in."""

from dataclasses import replace

import pytest

from guardrails.nodes import UNKNOWN_TEXT
from tests.policy.analyzer.small_pack import BOX, COLOUR_RULE, LID, SmallPack
from tests.policy.judging import NO_CONTEXT, analyze_request


def test_a_violation_is_at_its_rules_level_and_at_its_resource() -> None:
    ((policy, level, urn, message),) = SmallPack().of_resource(BOX)
    assert (policy, level, urn) == ("box-colour-allowed", "mandatory", BOX.urn)
    assert message.splitlines() == [
        "box-colour-allowed holds.",
        "Box 'box': its colour is not allowed.",
        "To fix: Mend it.",
        f"Why, with examples: {COLOUR_RULE.metadata.page}",
    ]


def test_a_rule_on_the_stack_is_judged_once_with_all_resources() -> None:
    others = [replace(BOX, name=name) for name in ("b", "c")]
    ((policy, level, urn, message),) = SmallPack().of_stack(BOX, *others)
    assert (policy, level, urn) == ("box-stack-not-full", "advisory", others[-1].urn)
    assert "it is one too many" in message


def test_a_resource_of_a_type_that_no_rule_names_is_not_even_unpacked(monkeypatch: pytest.MonkeyPatch) -> None:
    def unpacked(_request: object) -> None:
        raise AssertionError("unpacked")

    monkeypatch.setattr("guardrails.analyzer.decoding.resource", unpacked)
    assert SmallPack().of_resource(replace(BOX, type="never:seen/before:Thing")) == []


def test_a_rule_on_other_types_counts_as_not_applicable_and_not_as_passed() -> None:
    analyzer = SmallPack().analyzer
    told = [
        [one.policy_name for one in analyzer.Analyze(analyze_request(declared), NO_CONTEXT).not_applicable]
        for declared in (BOX, LID, replace(BOX, type="never:seen/before:Thing"))
    ]
    assert told == [
        ["lid-whatever-fails"],
        ["box-colour-allowed"],
        ["box-colour-allowed", "lid-whatever-fails"],
    ]


def test_what_a_preview_does_not_know_is_one_note_of_the_rule_that_names_every_place() -> None:
    pack = SmallPack()
    other = replace(BOX, name="other")
    for box in (BOX, other):
        assert pack.of_resource(box.with_property("colour", UNKNOWN_TEXT)) == []
    ((policy, level, urn, message),) = pack.of_stack()
    assert (policy, level, urn) == ("box-colour-allowed", "advisory", "")
    assert message == "Not known yet, so decided again in the update: Box 'box', 'other': colour."
    assert pack.of_stack() == []


def test_what_an_update_does_not_know_is_a_violation() -> None:
    pack = SmallPack(preview=False)
    ((policy, level, urn, message),) = pack.of_resource(BOX.with_property("colour", UNKNOWN_TEXT))
    assert (policy, level, urn) == ("box-colour-allowed", "mandatory", BOX.urn)
    assert "colour not known, although nothing will be known later" in message


def test_a_rule_that_fails_blocks_whatever_its_level_and_tells_no_value() -> None:
    ((policy, level, urn, message),) = SmallPack().of_resource(LID)
    assert (policy, level, urn) == ("lid-whatever-fails", "mandatory", LID.urn)
    assert "This rule failed (ValueError); it cannot show compliance." in message
    assert "hunter2" not in message
