"""A refresh and a preview that are read: only when both say "nothing" in every respect is a deployment spared."""

import json
import threading
from pathlib import Path
from typing import Any, cast

import pytest

from sandbox.commands.foresight import SETTLING, Unchanged, foresee
from sandbox.commands.project import Progress, Project
from sandbox.engine.release import Engine
from sandbox.engine.workspace import CommandResult, PulumiWorkspace

PACK = ("--policy-pack", "policy")
REFRESH = ("refresh", "--preview-only", "--json")
PREVIEW = ("preview", "--json", *PACK)
JUDGE = ("preview", "--json", "--refresh", *PACK)
ROLE = "aws:iam/role:Role"
Events = list[dict[str, Any]]


class Foreseeing(PulumiWorkspace):
    """A workspace whose commands end as they are told."""

    def complete(self, *arguments: str, timeout_seconds: float | None = None) -> CommandResult:
        assert self.variables == {"PULUMI_ENABLE_STREAMING_JSON_PREVIEW": "true"}
        with guard:
            asked.append(arguments)
            code, found = told[arguments]
        lines = "".join(f"{json.dumps(event)}\n" for event in found)
        return CommandResult(exit_code=code, stdout=f"not an event\n{lines}", stderr="")

    def environment(self, *, interactive: bool) -> dict[str, str]:
        return {}


guard = threading.Lock()
told: dict[tuple[str, ...], tuple[int, Events]] = {}
asked: list[tuple[str, ...]] = []


def summary(**changes: int) -> dict[str, Any]:
    return {"summaryEvent": {"resourceChanges": changes}}


def outputs(of: str, old: dict[str, Any], new: dict[str, Any], **more: Any) -> dict[str, Any]:
    sides = {"old": {"outputs": old, "id": "a", **more}, "new": {"outputs": new, "id": "a", **more}}
    return {"resOutputsEvent": {"metadata": {"type": of, **sides}}}


def stack_outputs(old: dict[str, Any], new: dict[str, Any]) -> dict[str, Any]:
    return outputs("pulumi:pulumi:Stack", old, new)


SAME = [summary(same=49)]


def foreseen(
    *, refresh: Events = SAME, preview: Events = SAME, judge: Events | None = None, codes: tuple[int, int] = (0, 0)
) -> Unchanged | None:
    asked.clear()
    told.clear()
    told[REFRESH], told[PREVIEW] = (codes[0], refresh), (codes[1], preview)
    if judge is not None:
        told[JUDGE] = (0, judge)
    engine = Engine(executable=Path("pulumi"), version="3.255.0", built=False, search_path=())
    here = Path()
    found = foresee(Foreseeing(engine=engine, project_directory=here, state_directory=here, stack="test"), *PACK)
    assert {*asked} == {*told}
    return found


def test_only_unchanged_resources_and_outputs_are_nothing_to_do() -> None:
    found = foreseen(preview=[stack_outputs({"url": "a"}, {"url": "a"}), *SAME])
    assert found == Unchanged(resources=49, outputs={"url": "a"})


def test_outputs_of_the_stack_that_are_not_shown_are_not_passed_on() -> None:
    found = foreseen(preview=[stack_outputs({"key": "[secret]"}, {"key": "[secret]"}), *SAME])
    assert found == Unchanged(resources=49, outputs=None)


@pytest.mark.parametrize("changes", [{"same": 48, "update": 1}, {"create": 49}, {"same": 40, "delete": 9}, {}])
@pytest.mark.parametrize("command", ["refresh", "preview"])
def test_any_change_of_a_resource_is_something_to_do(command: str, changes: dict[str, int]) -> None:
    assert foreseen(**cast("Any", {command: [summary(**changes)]})) is None


def test_other_resources_in_aws_than_in_the_program_are_something_to_do() -> None:
    assert foreseen(refresh=[summary(same=48)]) is None


def test_changed_stack_outputs_are_something_to_do_though_no_resource_changes() -> None:
    assert foreseen(preview=[stack_outputs({"url": "a"}, {"url": "b"}), *SAME]) is None


@pytest.mark.parametrize("codes", [(1, 0), (0, 1)])
def test_a_failed_command_is_something_to_do_so_that_its_message_is_shown(codes: tuple[int, int]) -> None:
    assert foreseen(codes=codes) is None


@pytest.mark.parametrize("command", ["refresh", "preview"])
def test_a_command_without_a_summary_is_no_promise(command: str) -> None:
    assert foreseen(**cast("Any", {command: [stack_outputs({}, {})]})) is None


DIFFERING = {
    "a value": outputs(ROLE, {"arn": "a"}, {"arn": "b"}),
    "an output that was not there": outputs(ROLE, {}, {"arn": "b"}),
    "an output that is gone": outputs(ROLE, {"arn": "a"}, {}),
    "another id": {
        "resOutputsEvent": {"metadata": {"type": ROLE, "old": {"id": "a"}, "new": {"id": "b"}}},
    },
    "a secret that AWS made": outputs(ROLE, {"key": "[secret]"}, {"key": "[secret]"}),
    "an output that settles for another type": outputs("aws:s3/bucket:Bucket", {}, {"inlinePolicies": [1]}),
}


@pytest.mark.parametrize("event", DIFFERING.values(), ids=DIFFERING.keys())
def test_where_aws_alone_has_changed_an_output_a_preview_with_it_decides(event: dict[str, Any]) -> None:
    assert foreseen(refresh=[event, *SAME], judge=[summary(same=48, update=1)]) is None
    assert foreseen(refresh=[event, *SAME], judge=SAME) == Unchanged(resources=49, outputs=None)


def test_outputs_that_settle_and_secrets_that_were_given_need_no_further_look() -> None:
    settled = [outputs(of, {}, dict.fromkeys(names, "new")) for of, names in SETTLING.items()]
    given = outputs(ROLE, {"key": "[secret]"}, {"key": "[secret]"}, inputs={"key": "[secret]"})
    told_twice = outputs(ROLE, {}, {"id": "a"})  # some providers name the id among the outputs
    assert foreseen(refresh=[*settled, given, told_twice, *SAME]) is not None


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
