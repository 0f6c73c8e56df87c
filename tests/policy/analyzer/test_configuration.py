"""Levels and settings: what an operator may set, what is refused, and that a refusal leaves the rules as they were."""

import json
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from guardrails.catalogue import ALL_RULES
from guardrails.configuration.active import unconfigured
from guardrails.configuration.file import read_configuration
from guardrails.configuration.reading import ConfigurationError
from guardrails.configuration.schema import FILE, file_schema, file_schema_text
from tests.policy.analyzer.small_pack import BOX, COUNT_RULE, LID, RULES, SmallPack

HOW_TO = Path(__file__).resolve().parents[3] / "docs" / "how-to" / "policy-configuration.md"
MANY = (BOX, replace(BOX, name="b"), replace(BOX, name="c"))


def test_a_setting_replaces_the_default() -> None:
    pack = SmallPack()
    pack.configure(box_colour_allowed=("mandatory", {"colours": ["red"]}))
    assert pack.of_resource(BOX) == []


def test_an_advisory_rule_can_be_raised_and_disabled() -> None:
    pack = SmallPack()
    pack.configure(box_stack_not_full=("mandatory", {"most": 1}))
    assert [level for _, level, _, _ in pack.of_stack(*MANY)] == ["mandatory"]
    pack.configure(box_stack_not_full=("disabled", {}), lid_whatever_fails=("disabled", {}))
    assert pack.of_stack(*MANY) == []
    assert pack.of_resource(LID) == []


def test_what_is_configured_again_replaces_what_was() -> None:
    pack = SmallPack()
    pack.configure(box_stack_not_full=("disabled", {}))
    pack.configure()
    assert [level for _, level, _, _ in pack.of_stack(*MANY)] == ["advisory"]


@pytest.mark.parametrize(
    ("policies", "says"),
    [
        ({"box_colour_allowed": ("advisory", {})}, "box-colour-allowed: a mandatory rule cannot be advisory"),
        ({"box_colour_allowed": ("disabled", {})}, "box-colour-allowed: a mandatory rule cannot be disabled"),
        ({"box_colour_allowed": ("remediate", {})}, "remediate is not a level of this pack"),
        ({"policy_exemption_stated": ("disabled", {})}, "exemptions are always reported"),
        ({"box_colours_allowed": ("mandatory", {})}, "no rule of this name; is it box-colour-allowed"),
        ({"box_colour_allowed": ("mandatory", {"colour": []})}, "there is no setting colour; is it colours"),
        ({"box_colour_allowed": ("mandatory", {"colours": "red"})}, "colours: 'red' is not of type 'array'."),
        ({"box_colour_allowed": ("mandatory", {"colours": [7]})}, "colours[0]: 7.0 is not of type 'string'."),
        ({"box_stack_not_full": ("advisory", {"most": 0})}, "most: 0.0 is less than the minimum of 1. Expected: How"),
        ({"all": ("mandatory", {"most": 1})}, "all: takes a level only"),
        ({"policy_exemption_stated": ("advisory", {"exemption": []})}, "there is no setting exemption"),
    ],
)
def test_what_does_not_fit_is_refused_with_what_to_do_and_the_rules_hold(
    policies: dict[str, tuple[str, dict[str, object]]], says: str
) -> None:
    pack = SmallPack()
    assert says in pack.refusal(**policies)
    assert [level for _, level, _, _ in pack.of_resource(BOX)] == ["mandatory"]


def test_everything_that_is_wrong_is_said_at_once() -> None:
    refusal = SmallPack().refusal(box_colour_allowed=("disabled", {"colours": "red"}), lid=("mandatory", {}))
    assert refusal.startswith("The policy configuration is refused.\n- ")
    assert len(refusal.splitlines()) == 4


class TestFile:
    def test_it_is_read_as_the_engine_reads_it(self, tmp_path: Path) -> None:
        file = tmp_path / "configuration.json"
        file.write_text(
            json.dumps(
                {
                    "all": "mandatory",
                    "environments": ["company/policies"],
                    "lid-whatever-fails": "disabled",
                    "box-colour-allowed": {"enforcementLevel": "mandatory", "colours": ["red"]},
                }
            )
        )
        configuration = read_configuration(RULES, file)
        assert [(one.rule.metadata.name, one.level.value) for one in configuration.active] == [
            ("box-colour-allowed", "mandatory"),
            ("box-stack-not-full", "mandatory"),
        ]
        assert configuration.active[0].settings.texts("colours") == {"red"}
        assert configuration.active[1].settings.number("most") == COUNT_RULE.settings[0].default

    @pytest.mark.parametrize("text", ["", " \n", "{}"])
    def test_nothing_in_it_configures_nothing(self, text: str, tmp_path: Path) -> None:
        file = tmp_path / "configuration.json"
        file.write_text(text)
        assert read_configuration(RULES, file) == unconfigured(RULES)

    @pytest.mark.parametrize(
        ("text", "says"),
        [
            ("{", "is not JSON"),
            ("[]", "is not a JSON object"),
            ('{"box-colour-allowed": 7}', "is neither a level nor an object"),
            ('{"box-colour-allowed": {"enforcementLevel": 7}}', "is neither a level nor an object"),
        ],
    )
    def test_what_cannot_be_read_is_refused(self, text: str, says: str, tmp_path: Path) -> None:
        file = tmp_path / "configuration.json"
        file.write_text(text)
        with pytest.raises(ConfigurationError, match=says):
            read_configuration(RULES, file)

    def test_a_file_that_is_not_there_is_refused(self, tmp_path: Path) -> None:
        with pytest.raises(ConfigurationError, match="cannot be read"):
            read_configuration(RULES, tmp_path / "none.json")


def examples_of_the_how_to() -> list[str]:
    return re.findall(r"```json\n(.*?)```", HOW_TO.read_text(encoding="utf-8"), flags=re.DOTALL)


@pytest.mark.parametrize("example", examples_of_the_how_to())
def test_an_example_of_the_how_to_fits_the_pack_and_its_schema(example: str, tmp_path: Path) -> None:
    file = tmp_path / "configuration.json"
    file.write_text(example)
    read_configuration(ALL_RULES, file)
    jsonschema.validate(json.loads(example), json.loads(FILE.read_text(encoding="utf-8")))


class TestSchema:
    def test_the_published_schema_is_that_of_the_rules(self) -> None:
        assert FILE.read_text(encoding="utf-8") == file_schema_text(ALL_RULES), "write it again: make policy-pages"

    def test_every_default_fits_its_own_schema(self) -> None:
        for rule in ALL_RULES:
            for setting in rule.settings:
                jsonschema.validate(setting.default, setting.schema, jsonschema.Draft7Validator)

    @pytest.mark.parametrize(
        ("document", "fits"),
        [
            ({"box-colour-allowed": {"colours": ["red"]}, "box-stack-not-full": "disabled"}, True),
            ({"box-colour-allowed": "advisory"}, False),
            ({"box-colour-allowed": {"enforcementLevel": "disabled"}}, False),
            ({"box-colours-allowed": "mandatory"}, False),
            ({"box-stack-not-full": {"most": 0}}, False),
            ({"all": "mandatory", "environments": ["a"]}, True),
            (
                {
                    "policy-exemption-stated": {
                        "exemptions": [{"rule": "*", "resource": "*", "reason": "r", "expires": "2026-12-31"}]
                    }
                },
                True,
            ),
            ({"policy-exemption-stated": {"exemptions": [{"rule": "*", "resource": "*", "reason": "r"}]}}, False),
            (
                {
                    "policy-exemption-stated": {
                        "exemptions": [{"rule": "x", "resource": "*", "reason": "r", "expires": "2026-12-31"}]
                    }
                },
                False,
            ),
        ],
    )
    def test_it_accepts_what_the_pack_accepts(self, document: dict[str, Any], fits: bool) -> None:
        schema = file_schema(RULES)
        jsonschema.Draft7Validator.check_schema(schema)
        assert jsonschema.Draft7Validator(schema).is_valid(document) is fits
