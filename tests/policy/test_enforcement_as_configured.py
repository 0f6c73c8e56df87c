"""The real engine with the real pack and a configuration: exemptions hold and are shown, misconfiguration stops all."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from sandbox.engine.workspace import CommandResult, PulumiWorkspace
from tests.policy.pack_process import POLICY_FOLDER
from tests.policy.programs import IMPORTS
from tests.policy.recording_provider import RecordingProvider, recording_provider
from tests.support.engine import preview, program_workspace

RULE = "lambda-function-url-authorization"
PROGRAM = (
    IMPORTS
    + """
aws.lambda_.FunctionUrl("open", function_name="hello", authorization_type="NONE")
pulumi.CustomResource("aws:never/seen:Seen", "strange", {"door": "open"})
"""
)
EXEMPTION = {
    "rule": RULE,
    "resource": "urn:pulumi:test::demo::aws:lambda/functionUrl:FunctionUrl::open",
    "reason": "It is a public webhook, which checks a signature.",
    "expires": "2999-12-31",
}


@pytest.fixture(scope="module")
def provider() -> Iterator[RecordingProvider]:
    with recording_provider() as running:
        yield running


@pytest.fixture(scope="module")
def workspace(provider: RecordingProvider, tmp_path_factory: pytest.TempPathFactory) -> PulumiWorkspace:
    return program_workspace(
        tmp_path_factory.mktemp("configured"),
        PROGRAM,
        configuration={"aws:region": "eu-west-1"},
        provider_port=provider.port,
    )


def previewed(workspace: PulumiWorkspace, folder: Path, configuration: object) -> CommandResult:
    file = folder / "configuration.json"
    file.write_text(json.dumps(configuration))
    return preview(workspace, "--policy-pack", str(POLICY_FOLDER), "--policy-pack-config", str(file))


def exempted(**changes: str) -> object:
    stated = {name: value for name, value in {**EXEMPTION, **changes}.items() if value}
    return {"policy-exemption-stated": {"exemptions": [stated]}}


def lines(result: CommandResult) -> str:
    return " ".join(result.output.split())


def test_an_exemption_lets_a_preview_pass_and_is_shown_with_its_reason_and_its_end(
    workspace: PulumiWorkspace, tmp_path: Path
) -> None:
    result = previewed(workspace, tmp_path, exempted())
    assert result.exit_code == 0, result.output
    assert f"[advisory] [severity: critical] {RULE}" in lines(result)
    assert "Exempted until 2999-12-31, because: It is a public webhook, which checks a signature." in lines(result)
    assert "FunctionUrl 'open': authorizationType is NONE" in lines(result)


def test_an_expired_exemption_no_longer_lets_it_pass_and_says_so(workspace: PulumiWorkspace, tmp_path: Path) -> None:
    result = previewed(workspace, tmp_path, exempted(expires="2026-01-31"))
    assert result.exit_code != 0
    assert f"[mandatory] [severity: critical] {RULE}" in lines(result)
    assert "expired on 2026-01-31 and no longer holds" in lines(result)
    assert "[advisory] [severity: medium] policy-exemption-stated" in lines(result)


@pytest.mark.parametrize(
    ("configuration", "says"),
    [
        (exempted(reason=" "), "policy-exemption-stated: exemptions.0.reason: Does not match pattern '\\S'"),
        (
            exempted(rule="lambda-function-url-authorisation"),
            f"there is no rule lambda-function-url-authorisation; is it {RULE}",
        ),
    ],
    ids=["no reason, found by the engine", "no such rule, found by the pack"],
)
def test_a_configuration_that_does_not_fit_stops_everything_and_says_why(
    workspace: PulumiWorkspace, provider: RecordingProvider, tmp_path: Path, configuration: object, says: str
) -> None:
    result = previewed(workspace, tmp_path, configuration)
    assert result.exit_code != 0
    assert says in lines(result)
    assert provider.created == []
