"""`AdminKeyRing`: rotation under load, wrong keys, and what is compared how."""

import ast
import inspect
from pathlib import Path

import pytest

import secret_store.admin_key_ring
from api_keys.key_text import PresentedKey
from secret_rotation.kinds import secret_kind
from secret_store.admin_key import admin_key_in, new_admin_key_value
from secret_store.admin_key_ring import (
    GRACE_SECONDS,
    MAXIMUM_AGE_SECONDS,
    REFILL_SECONDS,
    REFRESH_BUDGET,
    AdminKeyRing,
    AdminKeyUnknown,
)
from secret_store.errors import SecretUnavailable, SecretUnusable
from secret_store.in_memory_source import InMemorySecrets
from secret_store.secret_source import SecretVersion
from tests.functions.keys.world import ADMIN_ARN, World, admin_key_version
from tests.functions.support import Clock, signing_key_version


class Ring:
    """A ring over fakes."""

    def __init__(self, first: SecretVersion | None = None) -> None:
        self.clock = Clock(0)
        self.secrets = InMemorySecrets({(ADMIN_ARN, "AWSCURRENT"): first or admin_key_version(1)})
        self.ring = AdminKeyRing(source=self.secrets, secret_id=ADMIN_ARN, clock=self.clock)

    def accepts(self, text: str) -> bool:
        try:
            self.ring.version_of(text)
        except AdminKeyUnknown:
            return False
        return True

    def rotate(self, number: int) -> None:
        self.secrets.rotate(ADMIN_ARN, admin_key_version(number))

    @property
    def readings(self) -> int:
        return self.secrets.reads.count((ADMIN_ARN, "AWSCURRENT"))


@pytest.fixture
def ring() -> Ring:
    return Ring()


def key(number: int) -> str:
    return admin_key_version(number).value


def test_the_version_that_was_used_is_named(ring: Ring) -> None:
    ring.rotate(2)
    assert ring.ring.version_of(key(2)) == "admin-version-2"
    assert ring.ring.version_of(key(1)) == "admin-version-1"


def test_a_new_key_is_good_at_once_and_the_one_before_stays_good(ring: Ring) -> None:
    for number in range(1, 40):
        assert ring.accepts(key(number))
        ring.rotate(number + 1)
        assert ring.accepts(key(number + 1))
        assert ring.accepts(key(number))
        ring.clock.now += REFILL_SECONDS


def test_a_key_that_two_rotations_have_replaced_is_refused(ring: Ring) -> None:
    assert ring.accepts(key(1))
    ring.rotate(2)
    ring.rotate(3)
    assert ring.accepts(key(3))
    assert not ring.accepts(key(1))


def test_a_replayed_old_key_is_refused_within_a_minute_even_where_nobody_else_comes(ring: Ring) -> None:
    assert ring.accepts(key(1))
    ring.rotate(2)
    ring.rotate(3)
    ring.clock.now += MAXIMUM_AGE_SECONDS
    assert not ring.accepts(key(1))


def test_wrong_keys_do_not_cost_a_reading_each(ring: Ring) -> None:
    assert ring.accepts(key(1))
    for number in range(1_000):
        assert not ring.accepts(f"wrong-{number}")
    assert ring.readings == 1 + REFRESH_BUDGET
    ring.clock.now += REFILL_SECONDS
    for number in range(1_000):
        assert not ring.accepts(f"wrong-{number}")
    assert ring.readings == 2 + REFRESH_BUDGET


def test_a_few_wrong_keys_do_not_make_the_next_key_wait(ring: Ring) -> None:
    assert ring.accepts(key(1))
    for number in range(REFRESH_BUDGET - 1):
        assert not ring.accepts(f"wrong-{number}")
    ring.rotate(2)
    assert ring.accepts(key(2))


def test_in_a_flood_of_wrong_keys_the_old_key_works_and_the_new_one_soon_does(ring: Ring) -> None:
    assert ring.accepts(key(1))
    for number in range(100):
        assert not ring.accepts(f"wrong-{number}")
    ring.rotate(2)
    assert ring.accepts(key(1))
    ring.clock.now += REFILL_SECONDS
    assert ring.accepts(key(2))


def test_the_warm_path_reads_nothing(ring: Ring) -> None:
    for _ in range(100):
        assert ring.accepts(key(1))
    assert ring.readings == 1


@pytest.mark.parametrize(
    "value", ["{}", "", "short", "ä" * 43, signing_key_version().value, key(1) + "=", " " + key(1), "A" * 44]
)
def test_a_secret_that_holds_no_admin_key_lets_nobody_in(value: str) -> None:
    ring = Ring(SecretVersion(version_id="first", value=value))
    for presented in (value, "{}", ""):
        with pytest.raises(SecretUnusable) as refused:
            ring.ring.version_of(presented)
        assert not value or len(value) < 3 or value not in str(refused.value)
        ring.clock.now += 2


def test_the_placeholder_as_previous_version_lets_nobody_in(ring: Ring) -> None:
    ring.secrets.versions[ADMIN_ARN, "AWSPREVIOUS"] = SecretVersion(version_id="placeholder", value="{}")
    assert not ring.accepts("{}")
    assert ring.accepts(key(1))


def test_while_secrets_manager_is_away_known_keys_serve_for_a_while_and_then_nobody_is_let_in(ring: Ring) -> None:
    assert ring.accepts(key(1))
    ring.secrets.failure = SecretUnavailable("down")
    ring.clock.now = MAXIMUM_AGE_SECONDS + GRACE_SECONDS - 1
    assert ring.accepts(key(1))
    assert not ring.accepts(key(2))
    ring.clock.now += 2
    with pytest.raises(SecretUnavailable):
        ring.ring.version_of(key(1))


def test_administrators_work_on_through_two_rotations(world: World) -> None:
    world.create("customer-0")
    for number in range(2, 5):
        world.rotate_admin_key(number)
        for _ in range(3):
            world.advance(1)
            for current in (number, number - 1):
                body = {"customer_id": f"customer-{number}", "customer_name": "n"}
                assert world.admin("POST", key=world.admin_key(current), body=body).status == 201
    assert world.admin("POST", key=world.admin_key(1), body={}).denial == "admin_key_unknown"
    used = {record["admin_key_version"] for record in world.trail.records}
    assert used == {f"admin-version-{number}" for number in range(1, 5)} | {""}


def test_the_rotation_function_makes_keys_of_256_bits_that_the_authorizer_takes() -> None:
    kind = secret_kind("admin-api-key")
    values = {kind.new_value() for _ in range(100)}
    assert len(values) == 100
    for value in values:
        version = SecretVersion(version_id="v", value=value)
        kind.test(version)
        assert Ring(version).accepts(value)
        assert len(value) == 43


@pytest.mark.parametrize("value", ["{}", "short", new_admin_key_value() + "A"], ids=["empty", "short", "too long"])
def test_the_rotation_function_finishes_no_value_that_the_authorizer_would_refuse(value: str) -> None:
    with pytest.raises(SecretUnusable):
        secret_kind("admin-api-key").test(SecretVersion(version_id="v", value=value))


def test_only_a_digest_stays_in_memory() -> None:
    read = admin_key_in(admin_key_version(1))
    assert key(1) not in repr([getattr(read, name) for name in read.__slots__])


@pytest.mark.parametrize(
    "function", [secret_store.admin_key_ring._version_with, PresentedKey.is_of], ids=["admin key", "API key"]
)
def test_digests_are_compared_in_constant_time_and_nothing_returns_early(function: object) -> None:
    """What is secret is only ever an argument of `compare_digest`, and there is one way out."""
    tree = ast.parse(inspect.cleandoc("\n" + inspect.getsource(function)))  # pyright: ignore[reportArgumentType]
    calls = [node for node in ast.walk(tree) if isinstance(node, ast.Call)]
    assert [ast.unparse(call.func) for call in calls] == ["hmac.compare_digest"]
    returns = [node for node in ast.walk(tree) if isinstance(node, (ast.Return, ast.Break, ast.Continue))]
    assert len(returns) == 1
    compared = [node for node in ast.walk(tree) if isinstance(node, ast.Compare)]
    assert all(isinstance(operator, (ast.Is, ast.IsNot)) for node in compared for operator in node.ops)


def test_no_code_of_keys_compares_a_secret_with_an_operator() -> None:
    functions = Path(__file__).resolve().parents[3] / "functions"
    files = [*functions.glob("api_keys/*.py"), *functions.glob("secret_store/admin_key*.py")]
    assert len(files) > 15
    for file in files:
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Compare) and any(isinstance(op, (ast.Eq, ast.NotEq)) for op in node.ops):
                assert not any(word in ast.unparse(node) for word in ("sha256", "digest")), (file, ast.unparse(node))
