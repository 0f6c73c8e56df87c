"""The real engine, interrupted and killed in the middle of a deployment, and what is left for the next one."""

import json
import os
import select
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from sandbox.engine.workspace import PulumiWorkspace
from sandbox.errors import SandboxError
from tests.engine.processes import PATIENCE_SECONDS, is_running, wait_for, wait_until, wait_until_gone
from tests.support.engine import deploy, located_engine, program_workspace

SLEEPING = """
    import os
    import pathlib
    import time

    import pulumi

    pulumi.export("reached", True)
    mark = pathlib.Path("started")
    pathlib.Path("writing").write_text(str(os.getpid()))
    pathlib.Path("writing").rename(mark)
    while not pathlib.Path("go on").exists():
        time.sleep(0.05)
"""

RUN = """
import os, sys
from pathlib import Path
from sandbox.engine.release import Engine
from sandbox.engine.workspace import PulumiWorkspace
terminal = sys.argv[1]
if terminal:  # the first terminal that the leader of a session opens becomes the session's own
    for stream in (0, 1, 2):
        os.dup2(os.open(terminal, os.O_RDWR), stream)
executable, project, state = (Path(argument) for argument in sys.argv[2:])
engine = Engine(executable=executable, version="", built=True, search_path=(executable.parent,))
workspace = PulumiWorkspace(engine=engine, project_directory=project, state_directory=state, stack="test")
sys.exit(workspace.run("up", "--yes", "--skip-preview"))
"""


@pytest.fixture
def workspace(tmp_path: Path) -> PulumiWorkspace:
    return program_workspace(tmp_path, SLEEPING)


def start(workspace: PulumiWorkspace, terminal: str = "") -> subprocess.Popen[str]:
    """A command of ours, in a process of its own, that deploys until its program is told to go on."""
    process = subprocess.Popen(
        [
            sys.executable,
            "-c",
            RUN,
            terminal,
            str(located_engine().executable),
            str(workspace.project_directory),
            str(workspace.state_directory),
        ],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
        env={**os.environ, **workspace.variables},
    )
    wait_for(workspace.project_directory / "started")
    return process


def program_of(workspace: PulumiWorkspace) -> int:
    return int((workspace.project_directory / "started").read_text())


def lock_files(workspace: PulumiWorkspace) -> list[Path]:
    return list((workspace.state_directory / "pulumi" / ".pulumi" / "locks").rglob("*.json"))


def engine_of(workspace: PulumiWorkspace) -> int:
    [lock] = lock_files(workspace)
    return int(json.loads(lock.read_text())["pid"])


def deploy_to_the_end(workspace: PulumiWorkspace) -> None:
    workspace.ensure_stack()
    (workspace.project_directory / "go on").touch()
    result = deploy(workspace)
    assert result.exit_code == 0, result.output
    assert workspace.outputs() == {"reached": True}


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM], ids=["SIGINT", "SIGTERM"])
def test_the_engine_cancels_in_order_when_the_command_is_interrupted(
    workspace: PulumiWorkspace, number: signal.Signals
) -> None:
    process = start(workspace)
    program = program_of(workspace)

    process.send_signal(number)
    output, _ = process.communicate(timeout=PATIENCE_SECONDS)

    assert process.returncode != 0
    assert "received; cancelling" in output
    assert "terminating" not in output.replace("terminating immediately", "")
    assert lock_files(workspace) == []
    wait_until_gone(program)
    deploy_to_the_end(workspace)


@pytest.fixture
def terminal() -> Iterator[tuple[int, str]]:
    """The keyboard's end of a terminal, and the path of the other end."""
    keyboard, screen = os.openpty()
    yield keyboard, os.ttyname(screen)
    os.close(screen)
    os.close(keyboard)


def test_ctrl_c_on_a_terminal_reaches_the_engine_once(workspace: PulumiWorkspace, terminal: tuple[int, str]) -> None:
    keyboard, screen = terminal
    process = start(workspace, screen)
    program = program_of(workspace)

    os.write(keyboard, b"\x03")
    shown = b""
    wait_until(lambda: process.poll() is not None or _readable(keyboard), "an answer to Ctrl-C")
    while process.poll() is None or _readable(keyboard):  # a terminal that nobody reads makes its writers wait
        if _readable(keyboard):
            shown += os.read(keyboard, 65536)
    process.communicate(timeout=PATIENCE_SECONDS)

    assert process.returncode != 0
    assert b"^C received; cancelling" in shown
    assert b"received; terminating" not in shown
    assert lock_files(workspace) == []
    wait_until_gone(program)


def _readable(descriptor: int) -> bool:
    return bool(select.select([descriptor], [], [], 0.1)[0])


def test_a_killed_engine_takes_its_program_along_and_the_next_deployment_works(workspace: PulumiWorkspace) -> None:
    process = start(workspace)
    program, engine = program_of(workspace), engine_of(workspace)

    os.kill(engine, signal.SIGKILL)
    process.communicate(timeout=PATIENCE_SECONDS)

    assert process.returncode == 128 + signal.SIGKILL
    wait_until_gone(program)
    assert lock_files(workspace) != []
    deploy_to_the_end(workspace)


def test_a_command_that_was_killed_leaves_an_engine_that_the_next_one_respects(workspace: PulumiWorkspace) -> None:
    process = start(workspace)
    engine = engine_of(workspace)
    process.kill()
    process.wait(PATIENCE_SECONDS)

    try:
        assert is_running(engine)
        with pytest.raises(SandboxError, match=f"still running .process {engine}."):
            workspace.ensure_stack()
    finally:
        os.kill(engine, signal.SIGINT)
        wait_until_gone(engine)
        # Not sooner: an engine that writes to a pipe without a reader ends, and there is nothing left to respect.
        assert process.stdout is not None
        process.stdout.close()
    deploy_to_the_end(workspace)


def test_pending_operations_are_forgotten_and_the_rest_of_the_state_is_kept(tmp_path: Path) -> None:
    program = "import pulumi\npulumi.export('kept', pulumi.Output.secret('hush'))\n"
    workspace = program_workspace(tmp_path, program, with_passphrase=True)
    assert deploy(workspace).exit_code == 0
    file = tmp_path / "state" / "pulumi" / ".pulumi" / "stacks" / "demo" / "test.json"
    state = json.loads(file.read_text())
    deployment = state["checkpoint"]["latest"]
    urn = deployment["resources"][0]["urn"].replace("demo-test", "half-made")
    half_made = {"urn": urn, "custom": False, "type": "pulumi:pulumi:Stack"}
    deployment["pending_operations"] = [{"resource": half_made, "type": "creating"}]
    file.write_text(json.dumps(state))
    assert len(workspace.export()["deployment"]["pending_operations"]) == 1

    assert workspace.drop_pending_operations() == 1
    assert workspace.drop_pending_operations() == 0

    assert "pending_operations" not in workspace.export()["deployment"]
    assert workspace.outputs(show_secrets=True) == {"kept": "hush"}
    assert not list((tmp_path / "state").glob("stack-import-*"))
