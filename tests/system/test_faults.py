"""Interruptions at any moment: the next `make up` ends in a working stack."""

import json
import os
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from sandbox.server import status
from tests.support.checkout import Checkout, checked_out

pytestmark = [pytest.mark.xdist_group("faults"), pytest.mark.timeout(900)]


@pytest.fixture
def fresh(tmp_path: Path) -> Iterator[Checkout]:
    with checked_out(tmp_path) as checkout:
        yield checkout


def assert_that_up_ends_in_a_working_stack(checkout: Checkout) -> None:
    deployed = checkout.make("up")
    assert deployed.returncode == 0, deployed.stdout
    toured = checkout.make("tour")
    assert toured.returncode == 0, toured.stdout


@pytest.mark.parametrize(
    ("moment", "with_signal"),
    [
        ("Previewing update", signal.SIGINT),
        ("aws:iam:Role hello-world-role created", signal.SIGINT),
        ("aws:iam:Role hello-world-role created", signal.SIGKILL),
        ("aws:apigateway:Method", signal.SIGKILL),
    ],
)
def test_an_interrupted_up_is_finished_by_the_next_one(
    fresh: Checkout, moment: str, with_signal: signal.Signals
) -> None:
    printed = fresh.interrupt("up", when=moment, with_signal=with_signal)

    assert "Traceback" not in printed
    assert_that_up_ends_in_a_working_stack(fresh)


def test_a_killed_sandbox_is_repaired_by_the_next_up(fresh: Checkout) -> None:
    assert fresh.make("up").returncode == 0
    endpoints = status(fresh.project.state_directory).endpoints
    assert endpoints is not None
    os.kill(endpoints.pid, signal.SIGKILL)

    stopped = fresh.make("tour")
    assert stopped.returncode != 0
    assert "make up" in stopped.stdout
    assert "Traceback" not in stopped.stdout
    assert_that_up_ends_in_a_working_stack(fresh)


def test_a_broken_plugin_file_is_one_line_that_names_the_file_and_nothing_is_deployed(fresh: Checkout) -> None:
    plugin = fresh.root / "functions" / "chains" / "hello" / "02_broken.py"
    plugin.write_text("def validate(auth_context:\n")

    refused = fresh.make("up")

    assert refused.returncode != 0
    assert "02_broken.py" in refused.stdout
    assert "Traceback" not in refused.stdout
    stacks = fresh.project.state_directory / "pulumi" / ".pulumi" / "stacks"
    state: Any = json.loads(next(stacks.rglob("sandbox.json")).read_text())
    resources: list[Any] = (state["checkpoint"].get("latest") or {}).get("resources") or []
    assert [resource["type"] for resource in resources if not resource["type"].startswith("pulumi:")] == []


def test_two_commands_at_once_are_told_apart(fresh: Checkout) -> None:
    with fresh.project.exclusively():
        refused = fresh.make("up")

    assert refused.returncode != 0
    assert "another command of this checkout is running" in refused.stdout


def test_down_leaves_nothing_and_up_starts_again_on_the_same_ports(fresh: Checkout) -> None:
    assert fresh.make("up").returncode == 0
    before = status(fresh.project.state_directory).endpoints
    down = fresh.make("down")
    assert down.returncode == 0, down.stdout
    assert not status(fresh.project.state_directory).running

    assert_that_up_ends_in_a_working_stack(fresh)
    after = status(fresh.project.state_directory).endpoints
    assert before is not None
    assert after is not None
    assert after.emulator_url == before.emulator_url
