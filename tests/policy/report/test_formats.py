"""One report in four formats: for people, for pull requests, for programs and for code scanning."""

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from guardrails.catalogue import ALL_RULES
from guardrails.configuration.active import unconfigured
from guardrails.report.__main__ import main
from guardrails.report.__main__ import report_of as read_report
from guardrails.report.authorization_map import authorization_map
from guardrails.report.difference import difference
from guardrails.report.documents import snapshot
from guardrails.report.markdown import escaped, markdown, markdown_of_difference
from guardrails.report.report import Report
from guardrails.report.verdict import Verdict
from tests.policy.declarations import METHOD, replaced
from tests.policy.judging import Declared
from tests.policy.pack_process import POLICY_FOLDER
from tests.policy.report.stack_documents import exported, previewed, written
from tests.policy.report.stacks import WHOLE

OPEN_METHOD = METHOD.with_property("authorization", "NONE").without("authorizerId")
BROKEN = replaced(WHOLE, OPEN_METHOD)
RULE = "apigateway-method-custom-authorization"


def printed(capsys: pytest.CaptureFixture[str], *arguments: object) -> tuple[int, str]:
    code = main([str(argument) for argument in arguments])
    return code, capsys.readouterr().out


EXEMPTIONS = {
    "policy-exemption-stated": {
        "exemptions": [
            {
                "rule": RULE,
                "resource": "*:Method::get",
                "reason": "a partner moves until then",
                "expires": "2999-01-31",
            }
        ]
    }
}


def test_the_table_says_who_guards_each_route(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, text = printed(capsys, written(tmp_path, exported(*WHOLE)))
    assert code == 0
    heading, first, *_ = text.splitlines()
    assert heading.split() == [
        "API",
        "ROUTE",
        "AUTHORIZATION",
        "AUTHORIZER",
        "CHAIN",
        "CACHE",
        "KEY",
        "TTL",
        "MTLS",
        "REMARK",
    ]
    assert re.split(r" {2,}", first)[:4] == ["hello-api", "GET /hello", "CUSTOM", "authorizer (TOKEN)"]
    assert text.splitlines()[-1].startswith("2 routes, 1 behind a custom authorizer; 0 mandatory")


def test_a_violation_ends_the_command_with_one_and_says_what_to_do(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code, text = printed(capsys, written(tmp_path, exported(*BROKEN)))
    assert code == 1
    assert f"mandatory violation of {RULE}" in text
    assert "Method 'get': authorization is NONE" in text
    assert "To fix: " in text


def test_a_preview_can_be_read_in_place_of_a_state(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert printed(capsys, written(tmp_path, previewed(*WHOLE, op="same"))) == printed(
        capsys, written(tmp_path, exported(*WHOLE))
    )


def test_json_has_the_same_content_under_stable_keys(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    _, text = printed(capsys, written(tmp_path, exported(*BROKEN)), "--format", "json")
    document: dict[str, Any] = json.loads(text)
    assert document.keys() == {"routes", "violations", "undecided", "exemptions", "switched_off", "remarks"}
    assert document["routes"][0]["path"] == "/hello"
    (violation,) = (one for one in document["violations"] if one["rule"] == RULE)
    assert violation["resource"] == METHOD.urn


def test_sarif_has_a_result_at_the_line_of_the_program(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    document = exported(*BROKEN, positions={METHOD.name: "project:///components/api.py#7"})
    code, text = printed(capsys, written(tmp_path, document), "--format", "sarif")
    log: dict[str, Any] = json.loads(text)
    (run,) = log["runs"]
    assert (code, log["version"]) == (1, "2.1.0")
    rules = [rule["id"] for rule in run["tool"]["driver"]["rules"]]
    assert rules == [rule.metadata.name for rule in ALL_RULES]
    (result,) = (one for one in run["results"] if one["ruleId"] == RULE)
    assert rules[result["ruleIndex"]] == RULE
    assert result["level"] == "error"
    (location,) = result["locations"]
    assert location["physicalLocation"] == {
        "artifactLocation": {"uri": "components/api.py"},
        "region": {"startLine": 7},
    }
    assert location["logicalLocations"][0]["fullyQualifiedName"] == METHOD.urn
    assert run["properties"]["authorizationMap"][0]["authorization"] == "NONE"


def test_an_exemption_is_shown_in_every_format_and_blocks_nothing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    configuration = ("--configuration", written(tmp_path, EXEMPTIONS, "configuration.json"))
    state = written(tmp_path, exported(*BROKEN))
    reason, day = "a partner moves until then", "2999-01-31"
    code, text = printed(capsys, state, *configuration)
    assert code == 0
    assert f"exempted violation of {RULE}\n  Exempted until {day}, because: {reason}" in text
    exemptions = json.loads(printed(capsys, state, *configuration, "--format", "json")[1])["exemptions"]
    assert [(one["rule"], one["reason"], one["expires"]) for one in exemptions] == [(RULE, reason, day)]
    results = json.loads(printed(capsys, state, *configuration, "--format", "sarif")[1])["runs"][0]["results"]
    (suppressed,) = (one for one in results if one["ruleId"] == RULE)
    assert f"Exempted until {day}: {reason}" in suppressed["suppressions"][0]["justification"]
    assert escaped(reason) in printed(capsys, state, *configuration, "--format", "markdown")[1]


def test_a_rule_that_is_switched_off_is_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    rule = "apigateway-stage-web-acl"
    configuration = ("--configuration", written(tmp_path, {rule: "disabled"}, "configuration.json"))
    state = written(tmp_path, exported(*WHOLE))
    assert f"switched off by the configuration: {rule}" in printed(capsys, state, *configuration)[1]
    assert json.loads(printed(capsys, state, *configuration, "--format", "json")[1])["switched_off"] == [rule]
    assert escaped(rule) in printed(capsys, state, *configuration, "--format", "markdown")[1]


def test_a_configuration_that_is_refused_ends_with_two_and_says_why(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    misspelt = written(tmp_path, {"apigateway-method-custom-authorisation": "advisory"}, "configuration.json")
    assert main([str(written(tmp_path, exported(*WHOLE))), "--configuration", str(misspelt)]) == 2
    assert f"is it {RULE}" in capsys.readouterr().err


HOSTILE = "x | `<img src=x>` [a](https://example.com) @team #1 \n\n## Approved ![i](j)\u202e"


def test_a_name_can_neither_form_markup_nor_leave_its_cell() -> None:
    api = next(one for one in WHOLE if one.name == "api").with_property("name", HOSTILE)
    stack = snapshot(exported(*replaced(WHOLE, api))["deployment"]["resources"]).outputs
    text = markdown(Report(routes=authorization_map(stack), verdict=Verdict(), positions={}))
    rows = [line for line in text.splitlines() if line.startswith("| x")]
    assert len(rows) == 2
    for row in rows:
        assert len(re.findall(r"(?<!\\)\|", row)) == 10
        assert not re.search(r"(?<!\\)[`<>\[\]()@#!]", row)
    assert "\u202e" not in text
    assert "\n## Approved" not in text


def report_of(tmp_path: Path, *declared: Declared) -> Report:
    return read_report(written(tmp_path, exported(*declared)), unconfigured(ALL_RULES))


def test_a_difference_shows_what_is_guarded_in_another_way(tmp_path: Path) -> None:
    text = markdown_of_difference(difference(report_of(tmp_path, *WHOLE), report_of(tmp_path, *BROKEN)))
    assert "### Changed routes" in text
    assert "| hello\\-api | GET /hello | AUTHORIZATION | CUSTOM | NONE |" in text
    assert "### New violations" in text
    back = difference(report_of(tmp_path, *BROKEN), report_of(tmp_path, *WHOLE))
    assert back.mended_violations
    assert not back.new_violations


def test_a_difference_shows_routes_that_come_and_go(tmp_path: Path) -> None:
    without = tuple(one for one in WHOLE if one.name not in ("preflight", "preflight-answer"))
    text = markdown_of_difference(difference(report_of(tmp_path, *without), report_of(tmp_path, *WHOLE)))
    assert "### Added routes" in text
    assert "OPTIONS /hello" in text
    gone = markdown_of_difference(difference(report_of(tmp_path, *WHOLE), report_of(tmp_path, *without)))
    assert "### Removed routes" in gone


def test_no_difference_is_said(tmp_path: Path) -> None:
    same = difference(report_of(tmp_path, *WHOLE), report_of(tmp_path, *WHOLE))
    assert not same.has_changes
    assert "every route is guarded as before" in markdown_of_difference(same)


def test_a_difference_is_printed_and_the_new_document_judged(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before = written(tmp_path, exported(*WHOLE), "before.json")
    after = written(tmp_path, previewed(*BROKEN, op="update"), "after.json")
    code, text = printed(capsys, after, "--against", before)
    assert code == 1
    assert text.startswith("## Changes of the authorization map")
    assert main([str(before), "--against", str(after)]) == 0


def test_a_file_that_cannot_be_read_ends_with_two_and_one_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([str(tmp_path / "missing.json")]) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err.count("\n") == 1
    assert captured.err.startswith("error: ")


def test_a_report_that_nobody_reads_any_more_ends_without_a_traceback(tmp_path: Path) -> None:
    state = written(tmp_path, exported(*WHOLE))
    process = subprocess.Popen(
        [sys.executable, "-m", "guardrails.report", str(state)],
        cwd=POLICY_FOLDER,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    process.stdout.close()
    _, errors = process.communicate(timeout=60)
    assert (process.returncode, errors) == (0, "")
