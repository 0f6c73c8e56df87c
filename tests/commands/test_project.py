"""Which program a command works on."""

from pathlib import Path

import pytest

from sandbox.commands.deployment import policy_pack
from sandbox.commands.project import Project, chosen_project
from sandbox.errors import SandboxError


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    folder = tmp_path / "gatehouse"
    folder.mkdir()
    (folder / "Pulumi.yaml").touch()
    return folder


@pytest.fixture
def program(tmp_path: Path) -> Path:
    folder = tmp_path / "mine"
    folder.mkdir()
    (folder / "Pulumi.yaml").touch()
    return folder


@pytest.mark.parametrize("named", ["", "."], ids=["nothing named", "the checkout named"])
def test_the_checkouts_own_program_needs_nothing_from_elsewhere(
    checkout: Path, monkeypatch: pytest.MonkeyPatch, named: str
) -> None:
    monkeypatch.chdir(checkout)
    monkeypatch.setenv("PROGRAM", named)
    project = chosen_project(checkout)
    assert project == Project(root=checkout)
    assert project.variables == {}
    assert project.policy_pack == checkout / "policy"


def test_a_program_elsewhere_has_its_own_state_and_the_checkouts_components_and_policy_pack(
    checkout: Path, program: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(checkout)
    monkeypatch.setenv("PROGRAM", "../mine")
    monkeypatch.setenv("PYTHONPATH", "/opt/others")
    project = chosen_project(checkout)
    assert project.state_directory == program / ".sandbox"
    assert project.policy_pack == checkout / "policy"
    assert project.variables == {"PYTHONPATH": f"{checkout}:/opt/others"}


def test_a_program_configures_the_policy_pack_with_a_file_beside_it(checkout: Path) -> None:
    project = Project(root=checkout)
    assert policy_pack(project) == ("--policy-pack", str(checkout / "policy"))
    (checkout / "policy-configuration.json").write_text("{}")
    assert policy_pack(project) == (
        "--policy-pack",
        str(checkout / "policy"),
        "--policy-pack-config",
        str(checkout / "policy-configuration.json"),
    )
    (checkout / "policy-configuration.sandbox.json").write_text("{}")
    assert policy_pack(project)[-1] == str(checkout / "policy-configuration.sandbox.json")


def test_a_folder_without_a_program_is_refused_with_an_example(checkout: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PROGRAM", "nowhere")
    with pytest.raises(SandboxError, match=r"PROGRAM=nowhere has no Pulumi\.yaml: .* PROGRAM=examples/orders_api"):
        chosen_project(checkout)


def test_a_program_without_settings_for_the_sandbox_is_told_what_they_need(program: Path, checkout: Path) -> None:
    with pytest.raises(SandboxError, match=r"Pulumi\.sandbox\.yaml is missing: .*aws:region"):
        _ = Project(root=program, checkout=checkout).region
