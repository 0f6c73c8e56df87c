"""The real engine with the real pack: what breaks a rule is stopped, with nothing created and a message that helps."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from guardrails.catalogue import ALL_RULES
from sandbox.engine.workspace import CommandResult, PulumiWorkspace
from tests.policy.pack_process import POLICY_FOLDER
from tests.policy.programs import BREAKING, BREAKING_EVERYTHING, COMPLIANT, IMPORTS, Breaking
from tests.policy.recording_provider import RecordingProvider, recording_provider
from tests.support.engine import deploy, preview, program_workspace

DECIDED_LATER = "Not known yet, so decided again in the update"
WITH_PACK = ("--policy-pack", str(POLICY_FOLDER))


@pytest.fixture
def provider() -> Iterator[RecordingProvider]:
    with recording_provider() as running:
        yield running


def workspace_of(program: str, folder: Path, provider: RecordingProvider) -> PulumiWorkspace:
    return program_workspace(folder, program, configuration={"aws:region": "eu-west-1"}, provider_port=provider.port)


def update(workspace: PulumiWorkspace) -> CommandResult:
    """`pulumi up`: its own preview, and the update when that passes."""
    return workspace.complete("up", "--yes", *WITH_PACK, timeout_seconds=120.0)


def violated(result: CommandResult) -> list[str]:
    """The rules that the engine's summary lists as mandatory and violated."""
    return re.findall(r"^ *- \[mandatory\] +\[severity: \w+\] +(\S+)", result.output, flags=re.MULTILINE)


def test_what_the_programs_break_are_rules_of_the_pack() -> None:
    assert {breaking.rule for breaking in BREAKING} <= {rule.metadata.name for rule in ALL_RULES}


@dataclass(frozen=True, kw_only=True)
class Refused:
    """An update that was refused, and what was created all the same."""

    result: CommandResult
    created: list[str]


@pytest.fixture(scope="module")
def refused(tmp_path_factory: pytest.TempPathFactory) -> Refused:
    """`pulumi up` of a program that breaks many rules, each with a resource of its own."""
    with recording_provider() as provider:
        result = update(workspace_of(BREAKING_EVERYTHING, tmp_path_factory.mktemp("everything"), provider))
        return Refused(result=result, created=list(provider.created))


def test_an_update_that_breaks_rules_is_stopped_before_anything_is_created(refused: Refused) -> None:
    assert refused.result.exit_code != 0
    assert refused.created == []
    assert {breaking.rule for breaking in BREAKING} <= set(violated(refused.result))
    assert "hunter2" not in refused.result.output


@pytest.mark.parametrize("breaking", BREAKING, ids=lambda breaking: breaking.rule)
def test_the_terminal_says_what_breaks_a_rule_how_to_mend_it_and_where_to_read_on(
    breaking: Breaking, refused: Refused
) -> None:
    remediation = next(rule.metadata.remediation for rule in ALL_RULES if rule.metadata.name == breaking.rule)
    text = " ".join(refused.result.output.split())
    assert f"{breaking.culprit}:" in text
    assert breaking.problem in text
    assert f"To fix: {remediation}" in text
    assert f"docs/policies/{breaking.rule}.md" in text


def test_a_program_that_breaks_one_rule_is_told_of_that_one_alone(tmp_path: Path, provider: RecordingProvider) -> None:
    (breaking,) = [one for one in BREAKING if one.rule == "apigateway-method-preflight-answered-by-mock"]
    result = preview(workspace_of(IMPORTS + breaking.needs + breaking.program, tmp_path, provider), *WITH_PACK)
    assert result.exit_code != 0
    assert violated(result) == [breaking.rule]


def test_an_update_without_a_preview_does_not_create_what_breaks_a_rule(
    tmp_path: Path, provider: RecordingProvider
) -> None:
    result = deploy(workspace_of(IMPORTS + BREAKING[0].needs + BREAKING[0].program, tmp_path, provider), *WITH_PACK)
    assert result.exit_code != 0
    assert violated(result) == [BREAKING[0].rule]
    assert not [urn for urn in provider.created if ":Method::" in urn]


def test_a_compliant_program_is_deployed_and_what_the_preview_could_not_judge_is_noted(
    tmp_path: Path, provider: RecordingProvider
) -> None:
    result = update(workspace_of(COMPLIANT, tmp_path, provider))
    assert result.exit_code == 0, result.output
    previewed, deployed = result.output.split("Updating (test):")
    assert len(re.findall(r"\[advisory\].*lambda-function-no-secret-in-environment", previewed)) == 1
    assert previewed.count("environment.variables.SIGNING_KEY_SECRET_ARN") == 1

    assert DECIDED_LATER in previewed
    assert DECIDED_LATER not in deployed
    assert "[mandatory]" not in result.output
    assert len(provider.created) == 20


def test_a_value_that_turns_out_to_be_a_secret_in_the_update_is_stopped_there(
    tmp_path: Path, provider: RecordingProvider
) -> None:
    program = (
        IMPORTS
        + """
api = aws.apigateway.RestApi("api", name="hello-api")
aws.lambda_.Function(
    "hello",
    role="arn:aws:iam::111122223333:role/hello", runtime="python3.13",
    environment={"variables": {"GREETING": api.id.apply(lambda _: "postgres://user:hunter2@db")}},
)
"""
    )
    result = update(workspace_of(program, tmp_path, provider))
    assert result.exit_code != 0
    assert DECIDED_LATER in result.output
    assert "environment.variables.GREETING has the format of a secret" in " ".join(result.output.split())
    assert not [urn for urn in provider.created if ":Function::" in urn]
