"""One contract, two implementations: the fakes that ship with the function, and DynamoDB's on the emulator."""

import json
import threading
import uuid
from typing import Any

import pytest

from tenant_data.in_memory_repository import InMemoryRepository
from tenant_data.repository import Creation, Page, RowAbsent, RowExists, VersionMismatch, WriteInProgress
from tenant_data.rows import ForeignRow, new_row, next_row, row_text
from tenant_usage.in_memory_usage import InMemoryUsage
from tests.functions.support import NOW, Clock
from tests.functions.tenant_data.emulator import TenantEmulator

CREATED_AT = "2026-01-01T00:00:00.000000Z"
FIELDS: dict[str, Any] = {
    "text": {"S": "ä \u0000 \U0001f600"},
    "empty": {"S": ""},
    "number": {"N": "12345678901234567890123456789012345678"},
    "small": {"N": "0.0000001"},
    "flag": {"BOOL": True},
    "nothing": {"NULL": True},
    "nested": {"M": {"list": {"L": [{"N": "10.5"}, {"M": {}}, {"L": []}]}}},
}


@pytest.fixture
def customer() -> str:
    return f"acme-{uuid.uuid4().hex[:12]}"


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture(params=["in memory", "emulator"])
def rows(request: pytest.FixtureRequest, clock: Clock) -> Any:
    if request.param == "in memory":
        return InMemoryRepository(clock=clock)
    emulator: TenantEmulator = request.getfixturevalue("emulator")
    return emulator.repository(clock)


def row_of(customer: str, data_id: str = "x", **fields: Any) -> Any:
    return new_row(customer, data_id, created_at=CREATED_AT, fields=fields or FIELDS)


def ids_in(page: Page) -> list[str]:
    return [json.loads(text)["data_id"] for text in page.texts]


def creation_of(data_id: str = "x", *, digest: bytes = b"d" * 32, expires_at: int = NOW + 60) -> Creation:
    return Creation(
        idempotency_key="key", request_digest=digest, data_id=data_id, created_at=CREATED_AT, expires_at=expires_at
    )


def test_a_row_comes_back_as_it_was_written(rows: Any, customer: str) -> None:
    assert rows.row(customer, "x") is None
    rows.create(customer, row_of(customer))
    assert rows.row(customer, "x") == row_of(customer)
    assert rows.page(customer, limit=10, after=None).texts == [row_text(row_of(customer), customer)]


def test_an_id_is_used_once(rows: Any, customer: str) -> None:
    rows.create(customer, row_of(customer, "x", a={"N": "1"}))
    with pytest.raises(RowExists):
        rows.create(customer, row_of(customer, "x", a={"N": "2"}))
    with pytest.raises(RowExists):
        rows.create_once(customer, row_of(customer, "x", a={"N": "2"}), creation_of())
    assert rows.row(customer, "x")["a"] == {"N": "1"}


def test_a_row_of_another_customer_is_not_written(rows: Any, customer: str) -> None:
    foreign = row_of(f"{customer}-1")
    with pytest.raises(ForeignRow):
        rows.create(customer, foreign)
    with pytest.raises(ForeignRow):
        rows.create_once(customer, foreign, creation_of())
    with pytest.raises(ForeignRow):
        rows.replace(customer, foreign, expected_version=1)


def test_pages_are_in_order_and_end(rows: Any, customer: str) -> None:
    ids = ["00", "1", "10", "2", "A", "_", "a", "a.b", "a-b", "z"]
    for data_id in ids:
        rows.create(customer, row_of(customer, data_id))
        rows.create(f"{customer}-1", row_of(f"{customer}-1", data_id))
    seen: list[str] = []
    after = None
    for _ in range(10):
        page = rows.page(customer, limit=3, after=after)
        seen += ids_in(page)
        assert {json.loads(text)["customer_id"] for text in page.texts} <= {customer}
        after = page.last_data_id
        if after is None:
            break
    assert seen == sorted(ids)


def test_a_full_last_page_says_that_more_may_follow_and_the_next_is_empty(rows: Any, customer: str) -> None:
    rows.create(customer, row_of(customer))
    page = rows.page(customer, limit=1, after=None)
    assert page.last_data_id == "x"
    end = rows.page(customer, limit=1, after="x")
    assert (end.texts, end.last_data_id) == ([], None)


def test_a_page_can_begin_after_a_row_that_has_gone(rows: Any, customer: str) -> None:
    for data_id in ("a", "b", "c"):
        rows.create(customer, row_of(customer, data_id))
    rows.delete(customer, "a", expected_version=None)
    assert ids_in(rows.page(customer, limit=9, after="a")) == ["b", "c"]


def test_a_row_is_replaced_in_the_version_that_was_expected(rows: Any, customer: str) -> None:
    first = row_of(customer)
    rows.create(customer, first)
    second = next_row(first, updated_at="later", fields={"other": {"N": "1"}})
    rows.replace(customer, second, expected_version=1)
    assert rows.row(customer, "x") == second
    with pytest.raises(VersionMismatch) as caught:
        rows.replace(customer, second, expected_version=1)
    assert caught.value.current_version == 2
    with pytest.raises(VersionMismatch):
        rows.replace(customer, second, expected_version=0)


def test_an_absent_row_is_neither_replaced_nor_deleted(rows: Any, customer: str) -> None:
    for version in (0, 1):
        with pytest.raises(RowAbsent):
            rows.replace(customer, row_of(customer), expected_version=version)
    for expected in (None, 0, 1):
        with pytest.raises(RowAbsent):
            rows.delete(customer, "x", expected_version=expected)
    assert rows.row(customer, "x") is None


def test_a_row_without_a_version_is_replaced_and_deleted_as_version_0(rows: Any, customer: str) -> None:
    bare = {name: value for name, value in row_of(customer).items() if name != "version"}
    rows.create(customer, bare)
    with pytest.raises(VersionMismatch) as caught:
        rows.delete(customer, "x", expected_version=1)
    assert caught.value.current_version == 0
    rows.replace(customer, next_row(bare, updated_at="later", fields={}), expected_version=0)
    assert rows.row(customer, "x")["version"] == {"N": "1"}
    with pytest.raises(VersionMismatch):
        rows.delete(customer, "x", expected_version=0)


def test_a_row_is_deleted_once(rows: Any, customer: str) -> None:
    rows.create(customer, row_of(customer))
    rows.delete(customer, "x", expected_version=1)
    with pytest.raises(RowAbsent):
        rows.delete(customer, "x", expected_version=None)


def test_with_an_idempotency_key_a_row_is_written_once(rows: Any, customer: str) -> None:
    creation = creation_of("x")
    assert rows.create_once(customer, row_of(customer, "x"), creation) is creation
    earlier = rows.create_once(customer, row_of(customer, "y"), creation_of("y", digest=b"e" * 32))
    assert (earlier.data_id, earlier.request_digest, earlier.created_at) == ("x", b"d" * 32, CREATED_AT)
    assert (earlier.idempotency_key, earlier.expires_at) == ("key", NOW + 60)
    assert rows.row(customer, "y") is None


def test_an_idempotency_key_that_has_expired_is_free_though_its_record_is_still_there(
    rows: Any, customer: str, clock: Clock
) -> None:
    rows.create_once(customer, row_of(customer, "x"), creation_of("x"))
    clock.now = NOW + 60
    second = creation_of("y", expires_at=NOW + 120)
    assert rows.create_once(customer, row_of(customer, "y"), second) is second


def test_idempotency_keys_of_customers_do_not_meet(rows: Any, customer: str) -> None:
    rows.create_once(customer, row_of(customer, "x"), creation_of("x"))
    other = f"{customer}-1"
    second = creation_of("y")
    assert rows.create_once(other, row_of(other, "y"), second) is second


def test_concurrent_requests_with_one_key_write_one_row(emulator: TenantEmulator, customer: str) -> None:
    written: list[str] = []

    def write(number: int) -> None:
        rows = emulator.repository(Clock())
        while True:
            try:
                done = rows.create_once(customer, row_of(customer, f"x{number}"), creation_of(f"x{number}"))
            except WriteInProgress:
                continue
            written.append(done.data_id)
            return

    _all_at_once([lambda number=number: write(number) for number in range(6)])
    assert len(written) == 6
    assert ids_in(emulator.repository(Clock()).page(customer, limit=9, after=None)) == [written[0]]
    assert len(set(written)) == 1


def test_of_two_writers_of_one_version_one_wins(emulator: TenantEmulator, customer: str) -> None:
    row = row_of(customer)
    emulator.repository(Clock()).create(customer, row)
    outcomes: list[str] = []

    def write(number: int) -> None:
        rows = emulator.repository(Clock())
        mine = next_row(row, updated_at="later", fields={"writer": {"N": str(number)}})
        try:
            rows.replace(customer, mine, expected_version=1)
            outcomes.append(f"won {number}")
        except VersionMismatch:
            outcomes.append("lost")

    _all_at_once([lambda number=number: write(number) for number in range(6)])
    [won] = [outcome for outcome in outcomes if outcome != "lost"]
    assert sorted(outcomes) == ["lost"] * 5 + [won]
    found = emulator.repository(Clock()).row(customer, "x")
    assert found is not None
    assert won == f"won {found['writer']['N']}"


def _all_at_once(targets: list[Any]) -> None:
    threads = [threading.Thread(target=target) for target in targets]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)


@pytest.fixture(params=["in memory", "emulator"])
def usage_of(request: pytest.FixtureRequest, clock: Clock) -> Any:
    """Makes usages of one store; each stands for a worker of its own with its own clock."""
    if request.param == "in memory":
        made: dict[int, Any] = {}

        def shared(limit: int, worker_clock: Clock | None = None) -> Any:
            usage = made.setdefault(limit, InMemoryUsage(requests_per_minute=limit, clock=clock))
            usage._clock = worker_clock or clock
            return usage

        return shared
    emulator: TenantEmulator = request.getfixturevalue("emulator")
    return lambda limit, worker_clock=None: emulator.usage(worker_clock or clock, limit)


def test_requests_are_admitted_up_to_the_limit_of_a_minute(usage_of: Any, customer: str, clock: Clock) -> None:
    usage = usage_of(3)
    clock.now = NOW + 20
    assert [usage.admit(customer) for _ in range(5)] == [0, 0, 0, 40, 40]
    assert usage.admit(f"{customer}-1") == 0
    clock.now = NOW + 59.9
    assert usage.admit(customer) == 1
    clock.now = NOW + 60
    assert [usage.admit(customer) for _ in range(4)] == [0, 0, 0, 60]
    assert usage.requests_by_day(customer, "2026-01-01", "2026-01-01") == {"2026-01-01": 6}


def test_workers_share_the_count_and_the_limit(usage_of: Any, customer: str) -> None:
    admitted = [usage_of(3).admit(customer) for _ in range(5)]
    assert admitted == [0, 0, 0, 60, 60]


def test_days_are_counted_apart_and_read_in_order(usage_of: Any, customer: str, clock: Clock) -> None:
    usage = usage_of(10)
    for day in range(3):
        clock.now = NOW + day * 86_400
        for _ in range(day + 1):
            assert usage.admit(customer) == 0
    days = {"2026-01-01": 1, "2026-01-02": 2, "2026-01-03": 3}
    assert usage.requests_by_day(customer, "2025-12-01", "2026-12-31") == days
    assert usage.requests_by_day(customer, "2026-01-02", "2026-01-02") == {"2026-01-02": 2}
    assert usage.requests_by_day(f"{customer}-1", "2025-12-01", "2026-12-31") == {}


def test_a_worker_whose_clock_is_behind_counts_in_the_minute_that_has_begun(
    usage_of: Any, customer: str, clock: Clock
) -> None:
    ahead, behind = Clock(NOW + 61), Clock(NOW + 59)
    assert usage_of(3, ahead).admit(customer) == 0
    assert usage_of(3, behind).admit(customer) == 0
    assert usage_of(3, ahead).admit(customer) == 0
    assert usage_of(3, behind).admit(customer) > 0
    assert usage_of(3, ahead).admit(customer) == 59


def test_concurrent_requests_are_counted_exactly(emulator: TenantEmulator, customer: str) -> None:
    admitted: list[int] = []

    def send() -> None:
        usage = emulator.usage(Clock(), 25)
        admitted.extend(usage.admit(customer) for _ in range(10))

    _all_at_once([send] * 4)
    assert admitted.count(0) == 25
    counted = emulator.usage(Clock(), 25).requests_by_day(customer, "2026-01-01", "2026-01-01")
    assert counted == {"2026-01-01": 25}
