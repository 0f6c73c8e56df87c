"""What the tables cannot say about invocations: what the function hears, and what becomes of its answer."""

import itertools
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import grpc
import pytest

from sandbox.provider.aws_clients import AwsClients
from tests.provider.cases.case import World
from tests.provider.cases.lambda_ import function
from tests.provider.cases.lambda_invocation import echo
from tests.provider.driver import Known, ProviderDriver

INVOCATION = "aws:lambda/invocation:Invocation"
FAILING = "def handle(event, context):\n    print(event)\n    raise RuntimeError('not today')\n"
_COUNTER = itertools.count(1)


@pytest.fixture
def world(aws: ProviderDriver, clients: AwsClients, tmp_path: Path) -> Iterator[World]:
    world = World(aws=aws, clients=clients, folder=tmp_path, name=f"invocation-{next(_COUNTER)}")
    yield world
    world.clean()


def _inputs(world: World, text: str, **changes: Any) -> dict[str, Any]:
    return {"functionName": echo(world), "input": json.dumps({"name": text}), "lifecycleScope": "CRUD", **changes}


def _heard(known: Known) -> Any:
    return json.loads(known.state["result"])["heard"]


def test_a_function_hears_what_happens_to_the_resource(world: World) -> None:
    made = world.aws.deploy(INVOCATION, _inputs(world, "one"))
    assert _heard(made) == {"name": "one", "tf": {"action": "create", "prev_input": None}}
    checked = world.aws.check(INVOCATION, _inputs(world, "two"), old=made.inputs).values
    assert "result" in world.aws.preview_update(made, checked)
    changed = world.aws.update(made, checked)
    assert _heard(changed) == {"name": "two", "tf": {"action": "update", "prev_input": {"name": "one"}}}
    refreshed = world.aws.refresh(changed)
    assert refreshed is not None
    assert refreshed.state == changed.state
    world.aws.delete(changed)
    deleted = _last_event(world)
    assert deleted["tf"] == {"action": "delete", "prev_input": {"name": "two"}}


def _last_event(world: World) -> Any:
    logs = world.clients.client("logs")
    events = logs.filter_log_events(logGroupName=f"/aws/lambda/{echo(world)}")["events"]
    said = [each["message"] for each in events if each["message"].startswith("{")]
    return json.loads(said[-1].replace("'", '"').replace("None", "null"))


def test_without_a_lifecycle_only_a_creation_is_heard_and_a_change_replaces(world: World) -> None:
    inputs = _inputs(world, "one", lifecycleScope="CREATE_ONLY")
    made = world.aws.deploy(INVOCATION, inputs)
    assert _heard(made) == {"name": "one"}
    other = world.aws.check(INVOCATION, {**inputs, "input": json.dumps({"name": "two"})}, old=made.inputs).values
    assert world.aws.diff(made, other).replaces == {"input"}
    world.aws.delete(made)
    assert _last_event(world) == {"name": "one"}


def test_a_function_that_fails_stops_the_deployment(world: World) -> None:
    failing = function(world, name="failing", code=world.archive(hello=FAILING))
    with pytest.raises(grpc.RpcError) as failed:
        world.aws.deploy(INVOCATION, {"functionName": failing.id, "input": "{}"})
    details = failed.value.details() or ""
    assert "not today" in details
    assert "\n" not in details
