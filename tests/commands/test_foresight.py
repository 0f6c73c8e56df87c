"""A preview that is read: only one that says "nothing" in every respect spares the deployment."""

import json
from pathlib import Path
from typing import Any

import pytest

from sandbox.commands.foresight import unchanged_resources
from sandbox.commands.project import Progress, Project
from sandbox.engine import CommandResult, Engine, PulumiWorkspace


class Previewing(PulumiWorkspace):
    """A workspace whose previews are given."""

    answer: CommandResult

    def complete(self, *arguments: str, timeout_seconds: float | None = None) -> CommandResult:
        assert arguments == ("preview", "--json", "--refresh")
        assert self.variables == {"PULUMI_ENABLE_STREAMING_JSON_PREVIEW": "true"}
        return answers[-1]


answers: list[CommandResult] = []


def previewed(*events: dict[str, Any], exit_code: int = 0) -> int | None:
    lines = "".join(f"{json.dumps(event)}\n" for event in events)
    answers.append(CommandResult(exit_code=exit_code, stdout=f"not an event\n{lines}", stderr=""))
    engine = Engine(executable=Path("pulumi"), version="3.255.0", built=False, search_path=())
    here = Path()
    workspace = Previewing(engine=engine, project_directory=here, state_directory=here, stack="test")
    return unchanged_resources(workspace, "--refresh")


def summary(**changes: int) -> dict[str, Any]:
    return {"summaryEvent": {"resourceChanges": changes}}


def stack_outputs(old: dict[str, Any], new: dict[str, Any]) -> dict[str, Any]:
    sides = {"old": {"outputs": old}, "new": {"outputs": new}}
    return {"resOutputsEvent": {"metadata": {"type": "pulumi:pulumi:Stack", **sides}}}


def test_only_unchanged_resources_and_outputs_are_nothing_to_do() -> None:
    assert previewed(stack_outputs({"url": "a"}, {"url": "a"}), summary(same=49)) == 49


@pytest.mark.parametrize("changes", [{"same": 48, "update": 1}, {"create": 49}, {"same": 40, "delete": 9}, {}])
def test_any_change_of_a_resource_is_something_to_do(changes: dict[str, int]) -> None:
    assert previewed(summary(**changes)) is None


def test_changed_stack_outputs_are_something_to_do_though_no_resource_changes() -> None:
    assert previewed(stack_outputs({"url": "a"}, {"url": "b"}), summary(same=49)) is None


def test_a_failed_preview_is_something_to_do_so_that_its_message_is_shown() -> None:
    assert previewed(summary(same=49), exit_code=1) is None


def test_a_preview_without_a_summary_is_no_promise() -> None:
    assert previewed(stack_outputs({}, {})) is None


def test_a_deployment_is_finished_only_when_that_was_noted_whole(tmp_path: Path) -> None:
    project = Project(root=tmp_path)
    project.state_directory.mkdir()
    assert project.progress is Progress.NONE

    project.note(Progress.UNFINISHED)
    assert project.progress is Progress.UNFINISHED
    project.note(Progress.FINISHED)
    assert project.progress is Progress.FINISHED
    (project.state_directory / "deployment").write_text("fini")
    assert project.progress is Progress.UNFINISHED
    project.note(Progress.NONE)
    assert project.progress is Progress.NONE
