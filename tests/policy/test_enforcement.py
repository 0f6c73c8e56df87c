"""The real engine with the real pack: what breaks a rule is stopped, with nothing created and a message that helps."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from guardrails.catalogue import ALL_RULES
from sandbox.engine import CommandResult, PulumiWorkspace
from tests.policy.pack_process import POLICY_FOLDER
from tests.policy.programs import BREAKING, BREAKING_EVERYTHING, COMPLIANT, IMPORTS, Breaking
from tests.policy.recording_provider import RecordingProvider, recording_provider
from tests.support.engine import deploy, preview, program_workspace

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
    return re.findall(r"^ *- \[mandatory\] +\[severity: critical\] +(\S+)", result.output, flags=re.MULTILINE)


def test_every_rule_has_a_program_that_breaks_it() -> None:
    assert [breaking.rule for breaking in BREAKING] == [rule.metadata.name for rule in ALL_RULES]


@pytest.mark.parametrize("breaking", BREAKING, ids=lambda breaking: breaking.rule)
def test_a_program_that_breaks_one_rule_is_stopped_before_anything_is_created(
    breaking: Breaking, tmp_path: Path, provider: RecordingProvider
) -> None:
    result = update(workspace_of(IMPORTS + breaking.needs + breaking.program, tmp_path, provider))
    assert result.exit_code != 0
    assert provider.created == []
    assert violated(result) == [breaking.rule]
    remediation = next(rule.metadata.remediation for rule in ALL_RULES if rule.metadata.name == breaking.rule)
    text = " ".join(result.output.split())
    assert f"{breaking.culprit}:" in text
    assert breaking.problem in text
    assert f"To fix: {remediation}" in text
    assert f"docs/policies/{breaking.rule}.md" in text
    assert "hunter2" not in result.output


def test_a_preview_fails_and_names_every_broken_rule(tmp_path: Path, provider: RecordingProvider) -> None:
    result = preview(workspace_of(BREAKING_EVERYTHING, tmp_path, provider), *WITH_PACK)
    assert result.exit_code != 0
    assert sorted(violated(result)) == sorted(rule.metadata.name for rule in ALL_RULES)


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
    workspace = workspace_of(COMPLIANT, tmp_path, provider)
    previewed = preview(workspace, *WITH_PACK)
    assert previewed.exit_code == 0, previewed.output
    notes = [line for line in previewed.output.splitlines() if "[advisory]" in line]
    assert len(notes) == 1
    assert "lambda-function-no-secret-in-environment" in notes[0]
    assert "environment.variables.SIGNING_KEY_SECRET_ARN not known yet" in previewed.output

    deployed = deploy(workspace, *WITH_PACK)
    assert deployed.exit_code == 0, deployed.output
    assert "[advisory]" not in deployed.output
    assert "[mandatory]" not in deployed.output
    assert len(provider.created) == 12


def test_a_value_that_turns_out_to_be_a_secret_in_the_update_is_stopped_there(
    tmp_path: Path, provider: RecordingProvider
) -> None:
    program = (
        IMPORTS
        + """
secret = aws.secretsmanager.Secret("signing-key")
aws.lambda_.Function(
    "hello",
    role="arn:aws:iam::111122223333:role/hello",
    environment={"variables": {"GREETING": secret.arn.apply(lambda _: "postgres://user:hunter2@db")}},
)
"""
    )
    result = update(workspace_of(program, tmp_path, provider))
    assert result.exit_code != 0
    assert "not known yet; decided again in the update" in result.output
    assert "environment.variables.GREETING has the format of a secret" in " ".join(result.output.split())
    assert not [urn for urn in provider.created if ":Function::" in urn]
