"""Interruptions at any moment: the next `make up` ends in a working stack.

The hello system alone is deployed: what is interrupted and repaired is the commands' work, whatever the program.
"""

import json
import os
import shutil
import signal
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from sandbox.commands.looking import tour
from sandbox.commands.project import Progress
from sandbox.server import status, stop
from tests.support.checkout import HELLO_ONLY, Checkout, checked_out

pytestmark = pytest.mark.timeout(900)


@pytest.fixture(scope="module")
def checkout(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Checkout]:
    """One sandbox for all faults: whatever a test did to it, the next `make up` must mend."""
    with checked_out(tmp_path_factory.mktemp("faults"), settings=HELLO_ONLY) as fresh:
        yield fresh


def assert_that_up_ends_in_a_working_stack(checkout: Checkout) -> None:
    deployed = checkout.make("up")
    assert deployed.returncode == 0, deployed.stdout
    assert tour(checkout.project, None) == 0  # what `make tour` runs, without another process; prints what failed


def make_deployed(checkout: Checkout) -> None:
    """Deploys what is not deployed; where the test before has left a finished and running stack, that is it."""
    if checkout.project.progress is Progress.FINISHED and status(checkout.project.state_directory).running:
        assert resources(checkout)
        return
    deployed = checkout.make("up")
    assert deployed.returncode == 0, deployed.stdout


def resources(checkout: Checkout) -> list[str]:
    """The types of what is in the engine's state, without the program's own bookkeeping."""
    stacks = checkout.project.state_directory / "pulumi" / ".pulumi" / "stacks"
    state: Any = json.loads(next(stacks.rglob("sandbox.json")).read_text())
    found: list[Any] = (state["checkpoint"].get("latest") or {}).get("resources") or []
    return [resource["type"] for resource in found if resource["type"].startswith("aws:")]


@contextmanager
def broken_plugin(checkout: Checkout) -> Generator[None]:
    """Puts a plugin that does not compile into the hello chain."""
    plugin = checkout.root / "functions" / "chains" / "hello" / "02_broken.py"
    plugin.write_text("def validate(auth_context:\n")
    try:
        yield
    finally:
        plugin.unlink()


def test_a_broken_plugin_file_is_one_line_that_names_the_file_and_nothing_is_deployed(checkout: Checkout) -> None:
    with broken_plugin(checkout):
        refused = checkout.make("up")

    assert refused.returncode != 0
    assert "02_broken.py" in refused.stdout
    assert "Traceback" not in refused.stdout
    assert resources(checkout) == []


def test_an_up_that_is_interrupted_again_and_again_is_finished_by_the_next_one(checkout: Checkout) -> None:
    moments = [
        ("Previewing update", signal.SIGINT),
        ("aws:iam:Role hello-world-role created", signal.SIGINT),
        ("aws:lambda:Function hello-world creating", signal.SIGKILL),
        ("aws:apigateway:Stage hello-api-prod creating", signal.SIGKILL),
    ]
    for moment, with_signal in moments:
        assert "Traceback" not in checkout.interrupt("up", when=moment, with_signal=with_signal)

    assert_that_up_ends_in_a_working_stack(checkout)


def test_a_killed_sandbox_is_said_to_be_down_and_is_repaired_by_the_next_up(checkout: Checkout) -> None:
    make_deployed(checkout)
    endpoints = status(checkout.project.state_directory).endpoints
    assert endpoints is not None
    os.kill(endpoints.pid, signal.SIGKILL)

    stopped = checkout.make("tour")
    assert stopped.returncode != 0
    assert "make up" in stopped.stdout
    assert "Traceback" not in stopped.stdout
    assert_that_up_ends_in_a_working_stack(checkout)


def test_a_sandbox_that_lost_everything_deployed_is_filled_again(checkout: Checkout) -> None:
    make_deployed(checkout)
    stop(checkout.project.state_directory)
    shutil.rmtree(checkout.project.state_directory / "emulator")

    assert_that_up_ends_in_a_working_stack(checkout)


def test_two_commands_at_once_are_told_apart(checkout: Checkout) -> None:
    with checkout.project.exclusively():
        refused = checkout.make("up")

    assert refused.returncode != 0
    assert "another command of this checkout is running" in refused.stdout
    assert "Traceback" not in refused.stdout


def test_down_leaves_nothing_and_up_starts_again_on_the_same_ports(checkout: Checkout) -> None:
    make_deployed(checkout)
    before = status(checkout.project.state_directory).endpoints
    down = checkout.make("down")
    assert down.returncode == 0, down.stdout
    assert not status(checkout.project.state_directory).running
    assert resources(checkout) == []

    assert_that_up_ends_in_a_working_stack(checkout)
    after = status(checkout.project.state_directory).endpoints
    assert before is not None
    assert after is not None
    assert after.emulator_url == before.emulator_url
