"""One contract, two implementations: the fakes that ship with the library, and DynamoDB's on the emulator."""

import threading
import uuid
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from api_keys.administration import KeyAdministration
from api_keys.changes import Change, KeyAdministrationError, TooManyKeys, with_new_key, without_any_key, without_key
from api_keys.in_memory_exchange import InMemoryExchange
from api_keys.in_memory_keys import InMemoryKeys
from api_keys.key_repository import ChangeNotMade, StoreUnavailable
from api_keys.key_text import new_key
from api_keys.records import RETENTION_SECONDS, Customer, CustomerKeys, KeyRecord
from aws_calls.errors import NoAnswer
from tests.functions.keys.emulator import KeysEmulator
from tests.functions.support import NOW, Clock


@pytest.fixture
def customer_id() -> str:
    return f"acme-{uuid.uuid4().hex[:12]}"


@pytest.fixture(params=["in memory", "emulator"])
def keys(request: pytest.FixtureRequest) -> Any:
    if request.param == "in memory":
        return InMemoryKeys()
    return request.getfixturevalue("emulator").keys()


@pytest.fixture(params=["in memory", "emulator"])
def both(request: pytest.FixtureRequest) -> tuple[Any, Any]:
    """A repository of keys, and the exchange store that reads from it."""
    if request.param == "in memory":
        repository = InMemoryKeys()
        return repository, InMemoryExchange(repository)
    emulator: KeysEmulator = request.getfixturevalue("emulator")
    return emulator.keys(), emulator.exchange()


def record_of(customer_id: str, **members: Any) -> KeyRecord:
    key = new_key()
    given: dict[str, Any] = {"created_at": NOW, "label": "ä label", **members}
    return KeyRecord(key_id=key.key_id, customer_id=customer_id, secret_sha256=key.secret_sha256, **given)


def seen(known: CustomerKeys | None) -> Any:
    """What is known, in a form that can be compared."""
    if known is None:
        return None
    return members(known.customer), sorted((members(key) for key in known.keys), key=lambda key: key["key_id"])


def members(record: Customer | KeyRecord) -> dict[str, Any]:
    return {name: getattr(record, name) for name in record.__slots__}


def add(keys: Any, customer_id: str, **members_of_key: Any) -> KeyRecord:
    record = record_of(customer_id, **members_of_key)
    keys.commit(with_new_key(keys.load(customer_id), key=record, customer_name="Größe & Söhne"))
    return record


def test_nothing_is_known_of_a_customer_that_was_never_written(keys: Any, customer_id: str) -> None:
    assert keys.load(customer_id) is None


def test_what_was_written_is_read(keys: Any, customer_id: str) -> None:
    first = add(keys, customer_id, expires_at=NOW + 60)
    second = add(keys, customer_id, label=None)
    change = without_key(keys.load(customer_id), key_id=first.key_id, now=NOW + 5)
    assert change is not None
    keys.commit(change)
    customer, read = seen(keys.load(customer_id))
    assert customer == {
        "customer_id": customer_id,
        "customer_name": "Größe & Söhne",
        "created_at": NOW,
        "revoked_at": None,
        "live_key_ids": frozenset({second.key_id}),
        "retired_key_ids": frozenset({first.key_id}),
        "version": 3,
    }
    written = [members(first.revoked(NOW + 5)), members(second)]
    assert read == sorted(written, key=lambda key: key["key_id"])


def test_a_customer_without_any_key_is_read(keys: Any, customer_id: str) -> None:
    add(keys, customer_id)
    change = without_any_key(keys.load(customer_id), now=NOW + 5)
    assert change is not None
    keys.commit(change)
    known = keys.load(customer_id)
    assert (known.customer.live_key_ids, known.customer.revoked_at) == (frozenset(), NOW + 5)
    assert without_any_key(known, now=NOW + 9) is None


def test_a_change_made_from_what_is_no_longer_there_is_not_made(keys: Any, customer_id: str) -> None:
    add(keys, customer_id)
    stale = keys.load(customer_id)
    add(keys, customer_id)
    before = seen(keys.load(customer_id))
    late_key = record_of(customer_id)
    for change in (
        with_new_key(stale, key=late_key, customer_name=None),
        with_new_key(None, key=late_key, customer_name="Twice new"),
        without_any_key(stale, now=NOW),
    ):
        assert change is not None
        with pytest.raises(ChangeNotMade):
            keys.commit(change)
    assert seen(keys.load(customer_id)) == before


def test_a_key_id_is_never_written_over(keys: Any, customer_id: str) -> None:
    taken = add(keys, customer_id)
    thief = f"{customer_id}-thief"
    stolen = record_of(thief)
    stolen.key_id = taken.key_id
    with pytest.raises(ChangeNotMade):
        keys.commit(with_new_key(None, key=stolen, customer_name="Thief"))
    assert keys.load(thief) is None
    assert seen(keys.load(customer_id))[1] == [members(taken)]


def test_a_record_that_is_gone_does_not_come_back_by_being_revoked(keys: Any, customer_id: str) -> None:
    add(keys, customer_id)
    known = keys.load(customer_id)
    gone = record_of(customer_id)
    customer = without_any_key(known, now=NOW)
    assert customer is not None
    with pytest.raises(ChangeNotMade):
        keys.commit(Change(customer=customer.customer, revoked_keys=(*customer.revoked_keys, gone)))
    assert seen(keys.load(customer_id)) == seen(known)


def test_twenty_keys_are_revoked_in_one_transaction(keys: Any, customer_id: str) -> None:
    for _ in range(20):
        add(keys, customer_id)
    change = without_any_key(keys.load(customer_id), now=NOW)
    assert change is not None
    assert len(change.revoked_keys) == 20
    keys.commit(change)
    assert {key.status(NOW) for key in keys.load(customer_id).keys} == {"revoked"}


def test_a_key_is_read_for_its_exchange_with_the_counts_that_exist(both: tuple[Any, Any], customer_id: str) -> None:
    keys, store = both
    record = add(keys, customer_id, expires_at=NOW + 60)
    counted, uncounted = f"SOURCE#{uuid.uuid4()}", f"SOURCE#{uuid.uuid4()}"
    assert store.count_failure(counted, now=NOW, window_seconds=300) == 1
    reading = store.read(key_id=record.key_id, counter_ids=[counted, uncounted])
    assert members(reading.key) == members(record)
    assert {name: (count.failures, count.window_ends) for name, count in reading.counts.items()} == {
        counted: (1, NOW + 300)
    }
    assert store.read(key_id=new_key().key_id, counter_ids=[uncounted]).key is None
    assert store.read(key_id=None, counter_ids=[counted]).counts[counted].failures == 1


def test_failures_add_up_within_their_window_and_begin_anew_after_it(both: tuple[Any, Any]) -> None:
    _, store = both
    counter = f"KEY#{uuid.uuid4()}"
    assert [store.count_failure(counter, now=NOW + second, window_seconds=10) for second in range(3)] == [1, 2, 3]
    assert store.count_failure(counter, now=NOW + 11, window_seconds=10) == 4  # the window ends at NOW + 12
    assert store.count_failure(counter, now=NOW + 21, window_seconds=10) == 1
    count = store.read(key_id=None, counter_ids=[counter]).counts[counter]
    assert (count.failures, count.window_ends) == (1, NOW + 31)


OPERATIONS = st.lists(
    st.tuples(
        st.sampled_from(["create", "create", "expiring", "revoke key", "revoke customer", "wait"]),
        st.integers(min_value=0, max_value=30),
    ),
    max_size=25,
)


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(OPERATIONS)
def test_any_history_leaves_one_truth(operations: list[tuple[str, int]]) -> None:
    """The keys that the customer's record names as live are exactly those that were made and have not ended."""
    clock, keys = Clock(), InMemoryKeys()
    administration = KeyAdministration(repository=keys, clock=clock, pause=lambda _seconds: None)
    made: list[str] = []
    good: set[str] = set()
    for operation, number in operations:
        before = keys.customers.get("acme")
        try:
            if operation in ("create", "expiring"):
                key = new_key()
                lifetime = 100 if operation == "expiring" else None
                administration.create(key=key, customer_id="acme", customer_name="n", lifetime_seconds=lifetime)
                made.append(key.key_id)
                good.add(key.key_id)
            elif operation == "revoke key" and made:
                key_id = made[number % len(made)]
                administration.revoke_key("acme", key_id)
                good.discard(key_id)
            elif operation == "revoke customer":
                administration.revoke_customer("acme")
                good.clear()
            elif operation == "wait":
                clock.now += 10 * number
        except TooManyKeys:
            assert len(good) >= 20
        except KeyAdministrationError:
            assert keys.customers.get("acme") is before, "what is refused changes nothing"
        good = {key_id for key_id in good if keys.keys[key_id].status(clock()) == "active"}
    customer = keys.customers.get("acme")
    if customer is not None:
        assert good <= customer.live_key_ids
        assert all(keys.keys[key_id].status(clock()) == "expired" for key_id in customer.live_key_ids - good)
        assert not customer.live_key_ids & customer.retired_key_ids
        assert len(customer.live_key_ids) <= 20
        assert len(customer.retired_key_ids) <= 20


# On the emulator only: what concerns DynamoDB itself.


def run_together(work: list[Callable[[], object]]) -> list[BaseException]:
    failures: list[BaseException] = []

    def run(one: Callable[[], object]) -> None:
        try:
            one()
        except BaseException as error:  # noqa: BLE001 -- told to the test
            failures.append(error)

    threads = [threading.Thread(target=run, args=(one,)) for one in work]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    return failures


def test_of_creations_at_once_each_makes_its_key(emulator: KeysEmulator, customer_id: str) -> None:
    made = [new_key() for _ in range(6)]

    def creation(key: Any) -> Callable[[], object]:
        administration = KeyAdministration(repository=emulator.keys(), clock=Clock())
        return lambda: administration.create(key=key, customer_id=customer_id, customer_name="n")

    assert run_together([creation(key) for key in made]) == []
    known = emulator.keys().load(customer_id)
    assert known is not None
    assert known.customer.live_key_ids == {key.key_id for key in made}
    assert {key.key_id for key in known.keys} == known.customer.live_key_ids
    assert known.customer.version == 6


def test_a_creation_and_a_revocation_at_once_leave_no_half(emulator: KeysEmulator, customer_id: str) -> None:
    add(emulator.keys(), customer_id)
    key = new_key()
    creator = KeyAdministration(repository=emulator.keys(), clock=Clock())
    revoker = KeyAdministration(repository=emulator.keys(), clock=Clock())
    failures = run_together(
        [
            lambda: creator.create(key=key, customer_id=customer_id, customer_name="n"),
            lambda: revoker.revoke_customer(customer_id),
        ]
    )
    assert failures == []
    known = emulator.keys().load(customer_id)
    assert known is not None
    for record in known.keys:
        assert (record.key_id in known.customer.live_key_ids) == (record.revoked_at is None)


def test_concurrent_failures_are_all_counted(emulator: KeysEmulator) -> None:
    counter = f"SOURCE#{uuid.uuid4()}"

    def failures() -> None:
        store = emulator.exchange()
        for _ in range(5):
            store.count_failure(counter, now=NOW, window_seconds=300)

    assert run_together([failures for _ in range(6)]) == []
    assert emulator.item(emulator.lockouts_table, counter)["failures"] == {"N": "30"}


def test_concurrent_failures_after_a_window_has_ended_are_all_counted(emulator: KeysEmulator) -> None:
    counter = f"SOURCE#{uuid.uuid4()}"
    emulator.exchange().count_failure(counter, now=NOW, window_seconds=10)

    def one() -> None:
        emulator.exchange().count_failure(counter, now=NOW + 10, window_seconds=10)

    assert run_together([one for _ in range(8)]) == []
    item = emulator.item(emulator.lockouts_table, counter)
    assert item == {
        "id": {"S": counter},
        "failures": {"N": "8"},
        "window_ends": {"N": str(NOW + 20)},
        "expires_at_epoch": {"N": str(NOW + 20)},
    }


def test_the_table_holds_a_digest_and_no_secret(emulator: KeysEmulator, customer_id: str) -> None:
    key = new_key()
    KeyAdministration(repository=emulator.keys(), clock=Clock()).create(
        key=key, customer_id=customer_id, customer_name="n", lifetime_seconds=60
    )
    item = emulator.item(emulator.keys_table, f"KEY#{key.key_id}")
    assert item == {
        "id": {"S": f"KEY#{key.key_id}"},
        "customer_id": {"S": customer_id},
        "secret_sha256": {"B": key.secret_sha256},
        "created_at": {"N": str(NOW)},
        "expires_at": {"N": str(NOW + 60)},
        "expires_at_epoch": {"N": str(NOW + 60 + RETENTION_SECONDS)},
    }


def test_an_exchange_is_one_call(emulator: KeysEmulator, customer_id: str) -> None:
    record = add(emulator.keys(), customer_id)
    store = emulator.exchange()
    calls: list[tuple[str, Any]] = []
    call = store._call

    def recording(operation: str, parameters: Any) -> dict[str, Any]:
        calls.append((operation, parameters))
        return call(operation, parameters)

    store._call = recording
    store.read(key_id=record.key_id, counter_ids=[f"KEY#{record.key_id}"])
    [(operation, parameters)] = calls
    assert operation == "BatchGetItem"
    assert parameters["RequestItems"][emulator.keys_table]["ConsistentRead"] is True
    assert "ConsistentRead" not in parameters["RequestItems"][emulator.lockouts_table]


def test_who_may_only_read_keys_changes_none(emulator: KeysEmulator, customer_id: str) -> None:
    with pytest.raises(StoreUnavailable):
        add(emulator.keys_as_exchange(), customer_id)
    assert emulator.keys().load(customer_id) is None


def test_an_answer_that_is_lost_after_the_write_is_found_to_be_there(emulator: KeysEmulator, customer_id: str) -> None:
    repository = emulator.keys()
    call, lost = repository._call, [True]

    def losing(operation: str, parameters: Any) -> dict[str, Any]:
        answer = call(operation, parameters)
        if operation == "TransactWriteItems" and lost.pop():
            lost.append(False)
            raise NoAnswer(operation, "TimeoutError")
        return answer

    repository._call = losing
    key = new_key()
    KeyAdministration(repository=repository, clock=Clock(), pause=lambda _seconds: None).create(
        key=key, customer_id=customer_id, customer_name="n"
    )
    known = emulator.keys().load(customer_id)
    assert known is not None
    assert (known.customer.version, [record.key_id for record in known.keys]) == (1, [key.key_id])


def test_keys_that_dynamodb_leaves_out_are_asked_for_again(emulator: KeysEmulator, customer_id: str) -> None:
    record = add(emulator.keys(), customer_id)
    store = emulator.exchange()
    call, calls = store._call, [0]

    def leaving_out(operation: str, parameters: Any) -> dict[str, Any]:
        calls[0] += 1
        if calls[0] == 1:
            return {"Responses": {}, "UnprocessedKeys": parameters["RequestItems"]}
        return call(operation, parameters)

    store._call = leaving_out
    assert store.read(key_id=record.key_id, counter_ids=[]).key.key_id == record.key_id  # pyright: ignore[reportOptionalMemberAccess]
    store._call = lambda _operation, parameters: {"UnprocessedKeys": parameters["RequestItems"]}
    with pytest.raises(StoreUnavailable):
        store.read(key_id=record.key_id, counter_ids=[])


def test_a_table_that_is_not_there_is_unavailable(emulator: KeysEmulator, customer_id: str) -> None:
    from api_keys.dynamodb_keys import DynamoDbKeys

    repository = DynamoDbKeys(call=emulator.keys()._call, table="absent")
    with pytest.raises(StoreUnavailable):
        repository.load(customer_id)
    with pytest.raises(StoreUnavailable):
        repository.commit(with_new_key(None, key=record_of(customer_id), customer_name="n"))
