"""A worker that dies at any point leaves no half state, and whoever repeats the request gets what was asked for."""

from collections.abc import Callable
from typing import Any

import pytest

from api_keys.key_text import NewKey, new_key, parse_key
from api_keys.records import KeyRecord
from tests.functions.keys.world import Answer, World
from tests.functions.support import NOW


class WorkerKilled(BaseException):
    """Not an Exception: nothing in the product may catch it."""


class DyingAt:
    """Lets some calls pass and dies at the next one, before or after it has been done."""

    def __init__(self, world: World, *, calls: int, after: bool) -> None:
        self.left, self.after = calls, after
        for owner, name in ((world.keys, "load"), (world.keys, "commit"), (world.trail, "write")):
            setattr(owner, name, self._watched(getattr(owner, name)))

    def _watched(self, call: Callable[..., Any]) -> Callable[..., Any]:
        def watched(*arguments: Any) -> Any:
            self.left -= 1
            if self.left == -1 and not self.after:
                raise WorkerKilled
            answer = call(*arguments)
            if self.left == -1:
                raise WorkerKilled
            return answer

        return watched


ACTIONS: dict[str, Callable[[World, str], Answer]] = {
    "create": lambda world, _key_id: world.admin("POST", body={"customer_id": "acme", "customer_name": "n"}),
    "revoke a key": lambda world, key_id: world.revoke("acme", key_id),
    "revoke the customer": lambda world, _key_id: world.revoke("acme"),
}


def assert_one_truth(world: World) -> None:
    customer = world.keys.customers["acme"]
    in_use = {key_id for key_id, record in world.keys.keys.items() if record.status(world.clock()) == "active"}
    assert in_use == customer.live_key_ids
    assert set(world.keys.keys) == customer.live_key_ids | customer.retired_key_ids


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
@pytest.mark.parametrize("calls", range(5))
@pytest.mark.parametrize("action", ACTIONS)
def test_a_worker_killed_at_any_call_leaves_one_truth_and_the_request_can_be_repeated(
    action: str, calls: int, after: bool
) -> None:
    world = World()
    key_id = world.create("acme").partition(".")[0]
    other = world.create("acme")
    before = len(world.keys.keys)
    dying = DyingAt(world, calls=calls, after=after)
    killed = False
    try:
        ACTIONS[action](world, key_id)
    except WorkerKilled:
        killed = True
    # load, commit, and a record before and after them
    assert killed == (calls < 4)
    dying.left = 1_000
    assert_one_truth(world)
    made = len(world.keys.keys) - before
    assert ACTIONS[action](world, key_id).status == (201 if action == "create" else 200)
    assert_one_truth(world)
    if action == "create":
        assert len(world.keys.keys) - before == made + 1, "the lost key is listed, and nobody has it"
    else:
        assert world.auth(other).status == (401 if action == "revoke the customer" else 200)
        assert world.keys.keys[key_id].revoked_at == NOW
    recorded = {record["outcome"] for record in world.trail.records if record["action"].startswith(action[:6])}
    assert "requested" in recorded


def test_a_change_is_in_the_trail_before_it_is_in_the_table() -> None:
    world = World()
    dying = DyingAt(world, calls=2, after=True)  # dies when the change is written
    with pytest.raises(WorkerKilled):
        ACTIONS["create"](world, "")
    dying.left = 1_000
    [key_id] = world.keys.keys
    assert [(record["outcome"], record["key_id"]) for record in world.trail.records] == [("requested", key_id)]


def test_keys_are_random_and_show_no_secret_by_accident() -> None:
    keys = [new_key() for _ in range(200)]
    assert len({key.text for key in keys}) == len({key.key_id for key in keys}) == 200
    for key in keys[:20]:
        secret = key.text.partition(".")[2]
        presented = parse_key(key.text)
        record = KeyRecord(key_id=key.key_id, customer_id="acme", secret_sha256=key.secret_sha256, created_at=NOW)
        assert presented.is_of(key.secret_sha256)
        assert not presented.is_of(None)
        assert not presented.is_of(bytes(32))
        assert not any(text in repr((key, presented, record)) for text in (secret, key.secret_sha256.hex()))


def test_a_key_is_made_of_what_the_random_source_gives() -> None:
    given = {16: bytes(range(16)), 32: bytes(32)}
    key: NewKey = new_key(given.__getitem__)
    assert key.text == "000102030405060708090a0b0c0d0e0f." + "A" * 43
