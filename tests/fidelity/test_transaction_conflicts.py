"""Writers who meet a transaction under way are refused, and the transaction is carried out."""

import threading
from collections.abc import Generator
from contextlib import contextmanager
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.fidelity.tenants import code_of
from tests.support.faults import fault, waiting_faults
from tests.support.sandbox import RunningSandbox, wait_until

TABLE = "contended"


def _with_table(sandbox: RunningSandbox) -> Any:
    client = sandbox.client("dynamodb")
    client.create_table(
        TableName=TABLE,
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
    )
    return client


@pytest.fixture(scope="module")
def client(sandbox: RunningSandbox) -> Any:
    return _with_table(sandbox)


@pytest.fixture(scope="module")
def bare_client(bare: RunningSandbox) -> Any:
    return _with_table(bare)


def item(name: str, value: str = "other") -> dict[str, Any]:
    return {"id": {"S": name}, "value": {"S": value}}


def put(name: str, value: str = "other") -> dict[str, Any]:
    return {"Put": {"TableName": TABLE, "Item": item(name, value)}}


@contextmanager
def transaction_under_way(sandbox: RunningSandbox, client: Any, *, milliseconds: int = 2000) -> Generator[None]:
    """A transaction over `held` and `also-held` for the length of the block, carried out at its end."""
    errors: list[Exception] = []

    def carry_out() -> None:
        try:
            puts = [put("held", "transaction"), put("also-held", "transaction")]
            client.transact_write_items(TransactItems=puts, ClientRequestToken="under-way")
        except Exception as error:  # noqa: BLE001 - told below, in the test's own thread
            errors.append(error)

    asked = {"service": "dynamodb", "action": "TransactWriteItems", "milliseconds": milliseconds}
    with fault(sandbox.url, kind="delay", **asked):
        carrying = threading.Thread(target=carry_out)
        carrying.start()
        wait_until(lambda: waiting_faults(sandbox.url) == [], what="the transaction has begun")
        yield
        carrying.join(timeout=30)
    assert errors == []
    assert client.get_item(TableName=TABLE, Key={"id": {"S": "held"}})["Item"] == item("held", "transaction")


def test_whatever_touches_an_item_of_a_transaction_under_way_conflicts(sandbox: RunningSandbox, client: Any) -> None:
    with transaction_under_way(sandbox, client):
        for call in (
            lambda: client.put_item(TableName=TABLE, Item=item("held")),
            lambda: client.delete_item(TableName=TABLE, Key={"id": {"S": "also-held"}}),
            lambda: client.update_item(TableName=TABLE, Key={"id": {"S": "held"}}, UpdateExpression="REMOVE x"),
        ):
            with pytest.raises(ClientError) as error:
                call()
            assert code_of(error.value) == "TransactionConflictException"
        with pytest.raises(client.exceptions.TransactionCanceledException) as cancelled:
            client.transact_write_items(TransactItems=[put("free"), put("held")])
        codes = [reason["Code"] for reason in cancelled.value.response["CancellationReasons"]]
        assert codes == ["None", "TransactionConflict"]
        with pytest.raises(client.exceptions.TransactionCanceledException):
            client.transact_get_items(TransactItems=[{"Get": {"TableName": TABLE, "Key": {"id": {"S": "held"}}}}])
        with pytest.raises(ClientError) as error:
            client.transact_write_items(TransactItems=[put("another")], ClientRequestToken="under-way")
        assert code_of(error.value) == "TransactionInProgressException"
        client.put_item(TableName=TABLE, Item=item("free"))
        client.get_item(TableName=TABLE, Key={"id": {"S": "held"}})
    client.put_item(TableName=TABLE, Item=item("held"))


def test_writers_at_the_same_time_lose_nothing_that_was_acknowledged(sandbox: RunningSandbox, client: Any) -> None:
    acknowledged: list[int] = []
    codes: list[str] = []

    def count(number: int) -> None:
        update = {
            "TableName": TABLE,
            "Key": {"id": {"S": "counter"}},
            "UpdateExpression": "ADD hits :one",
            "ExpressionAttributeValues": {":one": {"N": "1"}},
        }
        for _ in range(10):
            try:
                client.transact_write_items(TransactItems=[{"Update": update}])
            except ClientError as error:
                codes.append(code_of(error))
            else:
                acknowledged.append(number)

    writers = [threading.Thread(target=count, args=(number,)) for number in range(6)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    assert set(codes) <= {"TransactionCanceledException"}
    hits = client.get_item(TableName=TABLE, Key={"id": {"S": "counter"}})["Item"]["hits"]
    assert hits == {"N": str(len(acknowledged))}


def test_without_the_module_nothing_conflicts(bare: RunningSandbox, bare_client: Any) -> None:
    with transaction_under_way(bare, bare_client, milliseconds=0):
        bare_client.put_item(TableName=TABLE, Item=item("also-held"))
