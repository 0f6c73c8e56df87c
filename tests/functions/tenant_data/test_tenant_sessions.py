"""Sessions by customer: cached, bounded, replaced in time, one request to STS at a time, never one customer's for
another."""

import threading
from collections.abc import Callable
from typing import Any, cast

import pytest

from aws_calls.credentials import Credentials
from aws_calls.dynamodb import DynamoDb
from aws_calls.errors import AwsCallError, Denied, NoAnswer, NotSent, SessionExpired, Throttled
from tenant_data.dynamodb_repository import DynamoDbRepository
from tenant_data.in_memory_sessions import InMemorySessions
from tenant_data.tenant_sessions import AssumedRoleSessions
from tests.functions.support import NOW, Clock
from tests.functions.tenant_data.support import ACME, LOOK_ALIKES

ROLE = "arn:aws:iam::111122223333:role/tenant"


class Sts:
    """Makes credentials, or raises what is set; keeps what it was asked."""

    def __init__(self, clock: Clock) -> None:
        self.clock = clock
        self.asked: list[dict[str, Any]] = []
        self.failure: Exception | None = None
        self.entered = threading.Event()
        self.hold = threading.Event()
        self.hold.set()

    def assume(self, role_arn: str, *, session_name: str, tags: dict[str, str], lifetime_seconds: int) -> Credentials:
        """See `RoleSessions.assume`."""
        self.asked.append({"role": role_arn, "name": session_name, "tags": tags})
        self.entered.set()
        assert self.hold.wait(20)
        if self.failure is not None:
            raise self.failure
        return Credentials(
            access_key_id=f"{len(self.asked)}-{tags['customer_id']}",
            secret_access_key="s",
            session_token="t",
            expires_at=self.clock.now + lifetime_seconds,
        )


class Sessions:
    """The cache over a fake STS."""

    def __init__(self, maximum: int = 3) -> None:
        self.clock = Clock()
        self.sts = Sts(self.clock)
        self.cache = AssumedRoleSessions(
            sts=cast(Any, self.sts), role_arn=ROLE, clock=self.clock, maximum_sessions=maximum
        )

    def key(self, customer: str = ACME) -> str:
        """The access key id that a customer gets."""
        return self.cache.credentials(customer).access_key_id


@pytest.fixture
def sessions() -> Sessions:
    return Sessions()


def test_a_session_is_made_once_with_the_customer_as_its_tag(sessions: Sessions) -> None:
    assert [sessions.key(), sessions.key()] == ["1-acme", "1-acme"]
    assert sessions.sts.asked == [{"role": ROLE, "name": "tenant-acme", "tags": {"customer_id": ACME}}]


def test_each_customer_has_a_session_of_its_own_however_alike_the_names_are() -> None:
    sessions = Sessions(maximum=100)
    customers = [ACME, *LOOK_ALIKES]
    for _ in range(2):
        assert [sessions.key(customer).partition("-")[2] for customer in customers] == customers
    assert len(sessions.sts.asked) == len(customers)


def test_a_long_customer_is_cut_in_the_sessions_name_only(sessions: Sessions) -> None:
    customer = "a" * 64
    sessions.key(customer)
    [asked] = sessions.sts.asked
    assert (len(asked["name"]), asked["tags"]) == (64, {"customer_id": customer})


def test_a_session_is_replaced_a_minute_before_it_ends(sessions: Sessions) -> None:
    sessions.key()
    sessions.clock.now = NOW + 839
    assert sessions.key() == "1-acme"
    sessions.clock.now = NOW + 840
    assert sessions.key() == "2-acme"


def test_the_session_used_longest_ago_goes_when_there_are_too_many(sessions: Sessions) -> None:
    for customer in ("a", "b", "c", "a", "d"):
        sessions.key(customer)
    assert len(sessions.cache) == 3
    assert [sessions.key(customer) for customer in ("a", "c", "d")] == ["1-a", "3-c", "4-d"]
    assert sessions.key("b") == "5-b"


def test_ten_thousand_customers_hold_no_more_than_the_bound() -> None:
    sessions = Sessions(maximum=50)
    for number in range(10_000):
        sessions.key(f"customer-{number}")
    assert len(sessions.cache) == 50


@pytest.mark.parametrize(
    "failure", [NotSent("AssumeRole", ""), NoAnswer("AssumeRole", ""), Throttled("AssumeRole", "")], ids=repr
)
def test_a_session_that_is_still_good_is_used_while_there_is_no_new_one(sessions: Sessions, failure: Exception) -> None:
    sessions.key()
    sessions.sts.failure = failure
    sessions.clock.now = NOW + 841
    assert [sessions.key() for _ in range(10)] == ["1-acme"] * 10
    assert len(sessions.sts.asked) == 2
    sessions.clock.now = NOW + 847
    sessions.key()
    assert len(sessions.sts.asked) == 3
    sessions.clock.now = NOW + 895
    with pytest.raises(type(failure)):
        sessions.key()
    sessions.sts.failure = None
    assert sessions.key() == "5-acme"


def test_a_session_that_may_no_longer_be_made_is_not_used_either(sessions: Sessions) -> None:
    sessions.key()
    sessions.sts.failure = Denied("AssumeRole", "AccessDenied")
    sessions.clock.now = NOW + 841
    for _ in range(2):
        with pytest.raises(Denied):
            sessions.key()


def test_a_failure_is_not_kept(sessions: Sessions) -> None:
    sessions.sts.failure = NotSent("AssumeRole", "")
    with pytest.raises(NotSent):
        sessions.key()
    sessions.sts.failure = None
    assert sessions.key() == "2-acme"


def test_for_one_customer_one_request_to_sts_is_in_flight(sessions: Sessions) -> None:
    sessions.sts.hold.clear()
    found: list[str] = []
    threads = [threading.Thread(target=lambda: found.append(sessions.key())) for _ in range(8)]
    for thread in threads:
        thread.start()
    assert sessions.sts.entered.wait(20)
    sessions.sts.hold.set()
    for thread in threads:
        thread.join(20)
    assert found == ["1-acme"] * 8
    assert len(sessions.sts.asked) == 1


def test_only_the_session_that_failed_is_forgotten(sessions: Sessions) -> None:
    first = sessions.cache.credentials(ACME)
    sessions.cache.forget(ACME, first)
    second = sessions.cache.credentials(ACME)
    assert second is not first
    sessions.cache.forget(ACME, first)
    assert sessions.cache.credentials(ACME) is second


class Store:
    """Stands for DynamoDb: says of the named sessions that they have expired, keeps whose credentials it saw."""

    def __init__(self, expired: set[str]) -> None:
        self.expired = expired
        self.seen: list[str] = []

    def call(
        self, operation: str, _parameters: object, credentials: Credentials, *, read: Callable[[bytes], Any]
    ) -> Any:
        """See `DynamoDb.call`."""
        self.seen.append(credentials.access_key_id)
        if credentials.access_key_id in self.expired:
            raise SessionExpired(operation, "ExpiredTokenException")
        return read(b'{"Items": []}')


def repository(store: Store, sessions: Any) -> DynamoDbRepository:
    return DynamoDbRepository(
        dynamodb=cast(DynamoDb, store),
        sessions=sessions,
        data_table="data",
        idempotency_table="idempotency",
        clock=Clock(),
    )


def test_a_session_that_aws_calls_expired_is_replaced_once_and_the_page_goes_on() -> None:
    sessions, store = InMemorySessions(), Store({"session-1-of-acme"})
    assert repository(store, sessions).page(ACME, limit=1, after=None).texts == []
    assert store.seen == ["session-1-of-acme", "session-2-of-acme"]


def test_a_new_session_that_is_expired_as_well_ends_the_request() -> None:
    sessions, store = InMemorySessions(), Store({"session-1-of-acme", "session-2-of-acme"})
    with pytest.raises(SessionExpired):
        repository(store, sessions).page(ACME, limit=1, after=None)
    assert len(store.seen) == 2


def test_every_access_is_made_with_the_session_of_its_customer() -> None:
    sessions, store = InMemorySessions(), Store(set())
    rows = repository(store, sessions)
    for customer in (ACME, *LOOK_ALIKES, ACME):
        rows.page(customer, limit=1, after=None)
        rows.row(customer, "x")
        rows.delete(customer, "x", expected_version=None)
        assert {seen.partition("-of-")[2] for seen in store.seen[-3:]} == {customer}


def test_without_a_session_no_call_is_made() -> None:
    sessions, store = InMemorySessions(), Store(set())
    sessions.failure = Denied("AssumeRole", "AccessDenied")
    with pytest.raises(AwsCallError):
        repository(store, sessions).row(ACME, "x")
    assert store.seen == []
