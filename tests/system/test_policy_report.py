"""Who guards every route of what is deployed: `make policy`, `make policy-changes`, and the engine's own analysis."""

import json
from pathlib import Path

import pytest

from sandbox.commands.session import Session
from tests.support.checkout import Checkout

pytestmark = pytest.mark.timeout(900)
CODE_RULES = {"lambda-code-no-secret-in-files", "lambda-code-no-likely-secret-in-source"}
POLICY_FOLDER = Path(__file__).resolve().parents[2] / "policy"


@pytest.fixture(scope="module")
def exported(session: Session) -> str:
    """The engine's own export."""
    return session.workspace.capture("stack", "export")


def test_every_deployed_route_is_behind_a_custom_authorizer_whose_chain_is_shown(checkout: Checkout) -> None:
    printed = checkout.make("--silent", "policy", "FORMAT=json")
    assert printed.returncode == 0, printed.stdout
    report = json.loads(printed.stdout)
    by_api = {route["api"] for route in report["routes"]}
    assert by_api == {"hello-api", "partner-api", "tenant-api", "workload-api"}
    for route in report["routes"]:
        assert route["authorization"] == "CUSTOM"
        assert route["guard"]["chain"], route
    of_partners = [route for route in report["routes"] if route["api"] == "partner-api"]
    assert {tuple(route["mutual_tls"]) for route in of_partners} == {("partners.example.com",)}
    assert {tuple(route["other_entrances"]) for route in of_partners} == {()}
    assert report["exemptions"] == []
    # A state names the functions' files, which are judged where they are packed: in the preview and the update.
    assert {waiting["rule"] for waiting in report["undecided"]} <= CODE_RULES


def test_the_unchanged_program_changes_nothing_about_who_guards_what(checkout: Checkout) -> None:
    printed = checkout.make("--silent", "policy-changes")
    assert printed.returncode == 0, printed.stdout
    assert "every route is guarded as before" in printed.stdout


def test_what_is_read_of_the_state_file_is_what_the_engine_prints(session: Session, exported: str) -> None:
    assert session.workspace.export() == json.loads(exported)
    outputs = session.workspace.outputs()
    assert outputs == json.loads(session.workspace.capture("stack", "output", "--json"))
    assert outputs


def test_the_engine_analyzes_the_state_file_without_a_stack_and_finds_no_violation(
    session: Session, exported: str, tmp_path: Path
) -> None:
    state = tmp_path / "state.json"
    state.write_text(exported, encoding="utf-8")
    command = ("policy", "analyze", "--policy-pack", str(POLICY_FOLDER), "--file", str(state))
    analysis = session.workspace.complete(*command, timeout_seconds=300)
    assert analysis.exit_code == 0, analysis.output
    assert "[mandatory]" not in analysis.output
    assert "gatehouse@v" in analysis.output
