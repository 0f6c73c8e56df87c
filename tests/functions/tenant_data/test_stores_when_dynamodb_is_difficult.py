"""What the adapters make of DynamoDB's refusals, conflicts and silences, call by call."""

import base64
from typing import Any, cast

import pytest

from aws_calls.credentials import Credentials
from aws_calls.dynamodb import DynamoDb
from aws_calls.errors import NoAnswer, NotSent, Refused, Throttled
from tenant_data.dynamodb_repository import DynamoDbRepository
from tenant_data.in_memory_sessions import InMemorySessions
from tenant_data.repository import Creation, RowExists, WriteInProgress
from tenant_data.rows import new_row
from tenant_usage.usage import UsageUnavailable, requests_per_minute
from tenant_usage.usage_table import MAXIMUM_EXHAUSTED_TENANTS, UsageTable
from tests.functions.support import NOW, Clock
from tests.functions.tenant_data.support import ACME

MINUTE = NOW // 60
CREATED_AT = "2026-01-01T00:00:00.000000Z"


class Scripted:
    """A DynamoDb that gives the next of its answers, the last of them for ever; exceptions are raised."""

    def __init__(self, *answers: Any) -> None:
        self.answers = list(answers)
        self.calls: list[tuple[str, dict[str, Any]]] = []

    def call(
        self, operation: str, parameters: dict[str, Any], _credentials: Credentials, *, read: object = None
    ) -> dict[str, Any]:
        """See `DynamoDb.call`; an answer is given as it is, not through `read`."""
        self.calls.append((operation, parameters))
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if isinstance(answer, Exception):
            raise answer
        return answer


class Rows:
    """The repository over a script, with the pauses that it made."""

    def __init__(self, *answers: Any) -> None:
        self.dynamodb = Scripted(*answers)
        self.pauses: list[float] = []
        self.repository = DynamoDbRepository(
            dynamodb=cast(DynamoDb, self.dynamodb),
            sessions=InMemorySessions(),
            data_table="data",
            idempotency_table="idempotency",
            clock=Clock(),
            pause=self.pauses.append,
        )

    def create_once(self) -> Creation:
        """A creation of the row `x` with a key."""
        row = new_row(ACME, "x", created_at=CREATED_AT, fields={"a": {"N": "1"}})
        return self.repository.create_once(ACME, row, CREATION)


CREATION = Creation(
    idempotency_key="key", request_digest=b"d" * 32, data_id="x", created_at=CREATED_AT, expires_at=NOW + 60
)


def canceled(*reasons: dict[str, Any]) -> Refused:
    document = {"CancellationReasons": list(reasons)}
    return Refused("TransactWriteItems", "TransactionCanceledException", document)


def record(data_id: str) -> dict[str, Any]:
    return {
        "customer_id": {"S": ACME},
        "idempotency_key": {"S": "key"},
        "request_digest": {"B": base64.b64encode(b"d" * 32).decode()},
        "data_id": {"S": data_id},
        "created_at": {"S": CREATED_AT},
        "expires_at_epoch": {"N": str(NOW + 60)},
    }


NONE, CONFLICT = {"Code": "None"}, {"Code": "TransactionConflict"}
FAILED = {"Code": "ConditionalCheckFailed"}


@pytest.mark.parametrize(
    "error",
    [
        canceled(CONFLICT, NONE),
        canceled(NONE, CONFLICT),
        Refused("TransactWriteItems", "TransactionConflictException"),
        Refused("TransactWriteItems", "TransactionInProgressException"),
    ],
)
def test_a_transaction_in_conflict_is_tried_again_and_then_told(error: Exception) -> None:
    rows = Rows(error, error, {})
    assert rows.create_once() is CREATION
    assert rows.pauses == [0.025, 0.05]
    rows = Rows(error)
    with pytest.raises(WriteInProgress):
        rows.create_once()
    assert len(rows.dynamodb.calls) == 4


def test_a_transaction_whose_answer_was_lost_finds_its_own_record_and_writes_nothing_twice() -> None:
    rows = Rows(NoAnswer("TransactWriteItems", "lost"), canceled({**FAILED, "Item": record("x")}, FAILED))
    done = rows.create_once()
    assert (done.data_id, done.request_digest) == ("x", b"d" * 32)
    assert len(rows.dynamodb.calls) == 2


def test_a_transaction_that_never_gets_an_answer_is_given_up() -> None:
    rows = Rows(NoAnswer("TransactWriteItems", "lost"))
    with pytest.raises(NoAnswer):
        rows.create_once()
    assert len(rows.dynamodb.calls) == 4


@pytest.mark.parametrize("code", ["ThrottlingError", "ProvisionedThroughputExceeded"])
def test_a_transaction_canceled_for_the_rate_is_throttled(code: str) -> None:
    with pytest.raises(Throttled):
        Rows(canceled({"Code": code}, NONE)).create_once()


def test_a_transaction_whose_row_exists_says_so() -> None:
    with pytest.raises(RowExists):
        Rows(canceled(NONE, FAILED)).create_once()


@pytest.mark.parametrize(
    "error", [canceled(), canceled({"Code": "ValidationError"}, NONE), Refused("TransactWriteItems", "Other")]
)
def test_a_transaction_refused_for_anything_else_is_a_defect(error: Refused) -> None:
    with pytest.raises(Refused) as caught:
        Rows(error).create_once()
    assert caught.value is error


def test_a_write_that_met_a_transaction_of_its_row_is_throttled() -> None:
    rows = Rows(Refused("DeleteItem", "TransactionConflictException"))
    with pytest.raises(Throttled):
        rows.repository.delete(ACME, "x", expected_version=None)


class Counts:
    """The usage table over a script."""

    def __init__(self, *answers: Any, limit: int = 2) -> None:
        self.clock = Clock()
        self.dynamodb = Scripted(*answers)
        self.usage = UsageTable(
            dynamodb=cast(DynamoDb, self.dynamodb),
            credentials=Credentials(access_key_id="own", secret_access_key="s"),
            table="usage",
            requests_per_minute=limit,
            clock=self.clock,
        )


def not_met(**item: int) -> Refused:
    found = {name: {"N": str(value)} for name, value in item.items()}
    return Refused("UpdateItem", "ConditionalCheckFailedException", {"Item": found} if found else {})


def test_a_request_is_one_update_and_the_first_of_a_minute_two() -> None:
    counts = Counts({})
    assert counts.usage.admit(ACME) == 0
    assert [operation for operation, _ in counts.dynamodb.calls] == ["UpdateItem"]
    counts = Counts(not_met(minute=MINUTE - 1, minute_requests=2), {})
    assert counts.usage.admit(ACME) == 0
    assert [operation for operation, _ in counts.dynamodb.calls] == ["UpdateItem"] * 2
    [_, (_, begun)] = counts.dynamodb.calls
    assert begun["Key"] == {"customer_id": {"S": ACME}, "day": {"S": "2026-01-01"}}
    assert begun["ExpressionAttributeValues"][":expires"] == {"N": str(NOW + 400 * 86_400)}


def test_two_workers_that_begin_a_minute_both_count() -> None:
    counts = Counts(not_met(), not_met(minute=MINUTE, minute_requests=1), {})
    assert counts.usage.admit(ACME) == 0
    assert len(counts.dynamodb.calls) == 3


def test_a_tenant_over_its_limit_is_refused_from_memory_until_the_minute_ends() -> None:
    counts = Counts(not_met(minute=MINUTE, minute_requests=2), {})
    assert [counts.usage.admit(ACME) for _ in range(1_000)] == [60] * 1_000
    assert len(counts.dynamodb.calls) == 1
    assert counts.usage.admit("beta") == 0
    counts.clock.now = NOW + 60
    assert counts.usage.admit(ACME) == 0


def test_tenants_that_are_remembered_are_bounded() -> None:
    counts = Counts(not_met(minute=MINUTE, minute_requests=2))
    for number in range(MAXIMUM_EXHAUSTED_TENANTS * 2):
        counts.usage.admit(f"customer-{number}")
    assert len(counts.usage._exhausted) <= MAXIMUM_EXHAUSTED_TENANTS


@pytest.mark.parametrize(
    ("answers", "reason"),
    [
        ([Throttled("UpdateItem", "ThrottlingException")], "usage_throttled"),
        ([NotSent("UpdateItem", "refused")], "usage_unavailable"),
        ([NoAnswer("UpdateItem", "lost")], "usage_unavailable"),
        ([Refused("UpdateItem", "ResourceNotFoundException")], "usage_unavailable"),
        ([not_met(minute=MINUTE - 1)], "usage_contended"),
    ],
)
def test_without_a_count_nobody_is_admitted(answers: list[Any], reason: str) -> None:
    with pytest.raises(UsageUnavailable) as caught:
        Counts(*answers).usage.admit(ACME)
    assert caught.value.reason == reason


def test_days_are_read_to_the_last_page_and_a_failure_is_told() -> None:
    first = {"Items": [{"day": {"S": "2026-01-01"}, "requests": {"N": "3"}}], "LastEvaluatedKey": {"k": {"S": "1"}}}
    second = {"Items": [{"day": {"S": "2026-01-02"}, "requests": {"N": "5"}}]}
    counts = Counts(first, second)
    assert counts.usage.requests_by_day(ACME, "2026-01-01", "2026-01-31") == {"2026-01-01": 3, "2026-01-02": 5}
    assert counts.dynamodb.calls[1][1]["ExclusiveStartKey"] == {"k": {"S": "1"}}
    with pytest.raises(UsageUnavailable):
        Counts(NoAnswer("Query", "lost")).usage.requests_by_day(ACME, "2026-01-01", "2026-01-31")


@pytest.mark.parametrize("text", ["", "0", "-1", "1.5", "ten", "\u0661"])
def test_a_limit_that_is_no_number_stops_the_function(text: str) -> None:
    with pytest.raises(ValueError, match="TENANT_REQUESTS_PER_MINUTE"):
        requests_per_minute({"TENANT_REQUESTS_PER_MINUTE": text})
    with pytest.raises(KeyError):
        requests_per_minute({})
    assert requests_per_minute({"TENANT_REQUESTS_PER_MINUTE": "60"}) == 60
