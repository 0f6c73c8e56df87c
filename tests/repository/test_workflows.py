"""The GitHub workflows: what their linters cannot know of this project, and that the linters find what they should.

They run on GitHub only; nothing here runs a workflow.
"""

import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from sandbox.actionlint import NoActionlintError, lint, locate_actionlint
from sandbox.bootstrap import cache_directory
from sandbox.commands.preparation import lint_workflows
from sandbox.commands.project import Project

ROOT = Path(__file__).resolve().parents[2]
FOLDER = ROOT / ".github" / "workflows"
TEXTS = {path.name: path.read_text() for path in sorted(FOLDER.glob("*.yml"))}
BY_HAND = ["deploy.yml", "ecr-deploy.yml", "lambda-build.yml"]
ZIZMOR = ROOT / ".venv" / "bin" / "zizmor"


def workflow(name: str) -> dict[Any, Any]:
    return yaml.safe_load(TEXTS[name])


def triggers(name: str) -> Any:
    return workflow(name)[True]  # YAML 1.1 reads `on` as a truth value


def jobs(name: str) -> dict[str, Any]:
    return workflow(name)["jobs"]


def steps(name: str) -> list[dict[str, Any]]:
    return [step for job in jobs(name).values() for step in job["steps"]]


def test_the_workflows_are_these_four() -> None:
    assert sorted(TEXTS) == [*BY_HAND, "preview.yml"]


@pytest.mark.parametrize("name", TEXTS)
def test_every_action_is_pinned_by_its_full_commit_and_says_its_version(name: str) -> None:
    used = re.findall(r"uses: (.*)", TEXTS[name])

    assert used
    assert [use for use in used if not re.fullmatch(r"[\w-]+/[\w-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+", use)] == []


def test_an_action_is_pinned_to_one_commit_in_all_workflows() -> None:
    pins = {tuple(use.split("@")) for text in TEXTS.values() for use in re.findall(r"uses: (\S+)", text)}

    assert len(pins) == len({action for action, _ in pins})


@pytest.mark.parametrize("name", TEXTS)
def test_nothing_is_permitted_that_a_job_does_not_ask_for(name: str) -> None:
    assert workflow(name)["permissions"] == {}
    assert [job for job, content in jobs(name).items() if "permissions" not in content] == []


@pytest.mark.parametrize("name", TEXTS)
def test_no_expression_is_put_into_a_shell(name: str) -> None:
    assert [step["run"] for step in steps(name) if "${{" in step.get("run", "")] == []


@pytest.mark.parametrize("name", TEXTS)
def test_no_workflow_reads_a_secret_or_names_an_access_key(name: str) -> None:
    assert re.findall(r"secrets\.|aws-access-key|aws-secret|AWS_SECRET", TEXTS[name]) == []


@pytest.mark.parametrize("name", TEXTS)
def test_a_checkout_leaves_no_token_behind(name: str) -> None:
    checkouts = [step for step in steps(name) if str(step.get("uses", "")).startswith("actions/checkout@")]

    assert checkouts
    assert [step for step in checkouts if step["with"]["persist-credentials"] is not False] == []


@pytest.mark.parametrize("name", BY_HAND)
def test_a_deployment_is_started_by_hand_for_an_environment_and_has_its_role_from_there(name: str) -> None:
    assert list(triggers(name)) == ["workflow_dispatch"]
    assert triggers(name)["workflow_dispatch"]["inputs"]["environment"]["type"] == "environment"
    (job,) = jobs(name).values()
    assert job["environment"] == "${{ inputs.environment }}"
    assert job["permissions"] == {"contents": "read", "id-token": "write"}
    roles = [step["with"]["role-to-assume"] for step in job["steps"] if "aws-credentials@" in str(step.get("uses"))]
    assert roles
    assert all(re.fullmatch(r"\$\{\{ vars\.[A-Z_]+ROLE_ARN \}\}", role) for role in roles)


def test_images_are_looked_for_by_who_may_only_build_them_before_the_deployer_begins() -> None:
    (job,) = jobs("deploy.yml").values()
    said = [str(step.get("run") or step.get("with", {}).get("role-to-assume", "")) for step in job["steps"]]
    order = [next(place for place, text in enumerate(said) if sought in text) for sought in (
        "BUILDER_ROLE_ARN", "missing-images", "DEPLOYER_ROLE_ARN", "pulumi up"
    )]  # fmt: skip
    assert order == sorted(order)


def test_deployments_of_one_environment_wait_for_each_other() -> None:
    groups = {workflow(name)["concurrency"]["group"] for name in BY_HAND}

    assert groups == {"deploy-${{ inputs.environment }}"}


def test_the_code_of_a_pull_request_gets_no_credential() -> None:
    assert triggers("preview.yml") == {"pull_request": None}
    for job in jobs("preview.yml").values():
        runs_its_code = any("checkout" in str(step.get("uses")) for step in job["steps"])
        assert job["permissions"] == ({"contents": "read"} if runs_its_code else {"pull-requests": "write"})


def test_what_a_pull_request_writes_is_indented_so_that_it_is_no_markup() -> None:
    shown = [
        line
        for step in steps("preview.yml")
        for line in step.get("run", "").splitlines()
        if "head -c" in line and "preview.txt" in line
    ]

    assert len(shown) == 2
    for line in shown:
        assert "tr -d '\\000-\\010\\013-\\037\\177' | sed 's/^/    /'" in line


def test_what_is_shown_as_markup_is_made_by_the_target_branch_from_documents_of_the_pull_request() -> None:
    work = jobs("preview.yml")["map"]
    checkout, *_ = work["steps"]
    assert checkout["with"]["ref"] == "${{ github.event.pull_request.base.sha }}"
    assert any("--require-hashes" in step.get("run", "") for step in work["steps"])
    as_it_is = [line for line in all_lines("preview.yml") if "head -c" in line and "preview.txt" not in line]
    assert as_it_is
    assert all("changes.md" in line for line in as_it_is)


def all_lines(name: str) -> list[str]:
    return [line for step in steps(name) for line in step.get("run", "").splitlines()]


def test_markup_and_line_ends_of_a_pull_request_stay_within_the_block(tmp_path: Path) -> None:
    (tmp_path / "preview.txt").write_bytes(b"```\r\n</details> @everyone\rcopy\x00\n")

    filtered = subprocess.run(
        ["bash", "-c", "tr -d '\\000-\\010\\013-\\037\\177' < preview.txt | sed 's/^/    /'"],
        cwd=tmp_path,
        capture_output=True,
        check=True,
        timeout=30,
    )

    assert filtered.stdout == b"    ```\n    </details> @everyonecopy\n"


def planted(folder: Path, *, script: str, needs: str = "") -> Path:
    """A checkout whose workflow is ours, but for one job."""
    workflows = folder / ".github" / "workflows"
    workflows.mkdir(parents=True)
    text = TEXTS["preview.yml"] + f"\n  planted:\n    runs-on: ubuntu-24.04\n{needs}    steps:\n      - run: {script}\n"
    (workflows / "preview.yml").write_text(text)
    return folder


def test_actionlint_finds_nothing_in_ours_and_the_slip_in_a_planted_job(tmp_path: Path) -> None:
    try:
        program = locate_actionlint(cache_directory(), print)
    except NoActionlintError as missing:
        pytest.skip(str(missing))
    wrong = planted(tmp_path, script="true", needs="    needs: perview\n")

    assert lint(program, ROOT) == (0, "")
    code, findings = lint(program, wrong)
    assert code == 1
    assert '"perview"' in findings


def test_without_go_the_check_says_what_it_left_out_and_how_to_have_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.setenv("PATH", str(tmp_path))

    assert lint_workflows(Project(root=ROOT)) == 0
    said = capsys.readouterr().out
    assert said.startswith("NOT CHECKED: ")
    assert "install Go" in said


def test_zizmor_finds_nothing_in_ours_and_the_injection_in_a_planted_job(tmp_path: Path) -> None:
    assert shutil.which(str(ZIZMOR))
    wrong = planted(tmp_path, script="echo ${{ github.event.pull_request.title }}")

    def run(folder: Path) -> subprocess.CompletedProcess[str]:
        command = [ZIZMOR, "--offline", "--no-progress", "--quiet", "--persona", "pedantic", ".github/workflows"]
        return subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=60, check=False)

    assert run(ROOT).returncode == 0
    found = run(wrong)
    assert found.returncode
    assert "template-injection" in found.stdout
