"""What DynamoDB takes and what it refuses, as its documentation has it. Most of it the emulator does by itself: these
tests hold it to that.
"""

import time
from typing import Any

import pytest

from tests.support.sandbox import RunningSandbox, wait_until

TABLE = "ruled"
OVERHEAD = len("customer_id") + len("acme") + len("data_id") + 1 + len("filling")


def _key(data_id: str) -> dict[str, Any]:
    return {"customer_id": {"S": "acme"}, "data_id": {"S": data_id}}


def _item(data_id: str, size: int) -> dict[str, Any]:
    return {**_key(data_id), "filling": {"S": "x" * (size - OVERHEAD)}}


@pytest.fixture(scope="module")
def client(sandbox: RunningSandbox) -> Any:
    made = sandbox.client("dynamodb")
    names = {"customer_id": "HASH", "data_id": "RANGE"}
    made.create_table(
        TableName=TABLE,
        KeySchema=[{"AttributeName": name, "KeyType": kind} for name, kind in names.items()],
        AttributeDefinitions=[{"AttributeName": name, "AttributeType": "S"} for name in names],
        BillingMode="PAY_PER_REQUEST",
    )
    return made


@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        ("100", "100"),
        ("1e2", "100"),
        ("10.50", "10.5"),
        ("-0", "0"),
        ("000.10", "0.1"),
        ("1" * 38, "1" * 38),
        ("1.2e-130", "0." + "0" * 129 + "12"),
    ],
)
def test_a_number_is_kept_exactly_without_zeros_that_mean_nothing(client: Any, sent: str, kept: str) -> None:
    """https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/HowItWorks.NamingRulesDataTypes.html"""
    client.put_item(TableName=TABLE, Item={**_key("number"), "value": {"N": sent}})
    assert client.get_item(TableName=TABLE, Key=_key("number"))["Item"]["value"] == {"N": kept}
    client.delete_item(TableName=TABLE, Key=_key("number"))


@pytest.mark.parametrize("sent", ["1" * 39, "1e126", "1e-131", "NaN", "Infinity", "1_000", " 5", "0x1", ""])
def test_what_is_no_number_of_38_digits_is_refused(client: Any, sent: str) -> None:
    with pytest.raises(client.exceptions.ClientError, match="ValidationException"):
        client.put_item(TableName=TABLE, Item={**_key("number"), "value": {"N": sent}})


def test_an_item_of_more_than_400_kb_is_refused(client: Any) -> None:
    largest = 400 * 1024
    client.put_item(TableName=TABLE, Item=_item("l", largest))
    with pytest.raises(client.exceptions.ClientError, match="Item size has exceeded the maximum allowed size"):
        client.put_item(TableName=TABLE, Item=_item("l", largest + 1))
    client.delete_item(TableName=TABLE, Key=_key("l"))


def test_a_page_ends_before_a_megabyte(client: Any) -> None:
    for number in range(4):
        client.put_item(
            TableName=TABLE, Item={**_item("0", 300_000), "customer_id": {"S": "big"}, "data_id": {"S": str(number)}}
        )
    page = client.query(
        TableName=TABLE,
        KeyConditionExpression="customer_id = :tenant",
        ExpressionAttributeValues={":tenant": {"S": "big"}},
    )
    assert page["Count"] == 3
    assert page["LastEvaluatedKey"]["data_id"] == {"S": "2"}


def test_a_transaction_with_the_same_token_is_carried_out_once(client: Any) -> None:
    add = {
        "Update": {
            "TableName": TABLE,
            "Key": _key("counter"),
            "UpdateExpression": "ADD hits :one",
            "ExpressionAttributeValues": {":one": {"N": "1"}},
        }
    }
    for _ in range(2):
        client.transact_write_items(TransactItems=[add], ClientRequestToken="once")
    assert client.get_item(TableName=TABLE, Key=_key("counter"))["Item"]["hits"] == {"N": "1"}
    add["Update"]["ExpressionAttributeValues"] = {":one": {"N": "2"}}
    with pytest.raises(client.exceptions.ClientError, match="IdempotentParameterMismatch"):
        client.transact_write_items(TransactItems=[add], ClientRequestToken="once")
    client.delete_item(TableName=TABLE, Key=_key("counter"))


REFUSED_KEYS: dict[str, dict[str, Any]] = {
    "empty": {"customer_id": {"S": ""}, "data_id": {"S": "1"}},
    "of another type": {"customer_id": {"N": "1"}, "data_id": {"S": "1"}},
    "without its second part": {"customer_id": {"S": "acme"}},
    "with something more": {**_key("1"), "colour": {"S": "red"}},
}


@pytest.mark.parametrize("key", REFUSED_KEYS.values(), ids=REFUSED_KEYS)
def test_a_key_that_is_none_is_refused(client: Any, key: dict[str, Any]) -> None:
    with pytest.raises(client.exceptions.ClientError, match="ValidationException"):
        client.get_item(TableName=TABLE, Key=key)


def test_a_failed_condition_writes_nothing_and_shows_the_item_on_demand(client: Any) -> None:
    client.put_item(TableName=TABLE, Item={**_key("kept"), "version": {"N": "2"}})
    with pytest.raises(client.exceptions.ConditionalCheckFailedException) as error:
        client.put_item(
            TableName=TABLE,
            Item={**_key("kept"), "version": {"N": "9"}},
            ConditionExpression="version = :seen",
            ExpressionAttributeValues={":seen": {"N": "1"}},
            ReturnValuesOnConditionCheckFailure="ALL_OLD",
        )
    assert error.value.response["Item"]["version"] == {"N": "2"}
    with pytest.raises(client.exceptions.TransactionCanceledException) as cancelled:
        client.transact_write_items(
            TransactItems=[
                {"Put": {"TableName": TABLE, "Item": _item("new", 200)}},
                {
                    "Update": {
                        "TableName": TABLE,
                        "Key": _key("kept"),
                        "UpdateExpression": "SET version = :next",
                        "ConditionExpression": "version = :seen",
                        "ExpressionAttributeValues": {":seen": {"N": "1"}, ":next": {"N": "2"}},
                    }
                },
            ]
        )
    codes = [reason["Code"] for reason in cancelled.value.response["CancellationReasons"]]
    assert codes == ["None", "ConditionalCheckFailed"]
    assert "Item" not in client.get_item(TableName=TABLE, Key=_key("new"))
    client.delete_item(TableName=TABLE, Key=_key("kept"))


def test_a_table_that_is_not_there_is_not_found(client: Any) -> None:
    for call in (client.get_item, client.delete_item):
        with pytest.raises(client.exceptions.ResourceNotFoundException):
            call(TableName="nowhere", Key=_key("1"))


def test_a_protected_table_says_how_it_can_be_deleted(sandbox: RunningSandbox, bare: RunningSandbox) -> None:
    for running, words in ((sandbox, "Disable deletion protection first"), (bare, "disable deletion protection.")):
        client = running.client("dynamodb")
        client.create_table(
            TableName="protected",
            KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
            AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
            BillingMode="PAY_PER_REQUEST",
            DeletionProtectionEnabled=True,
        )
        with pytest.raises(client.exceptions.ClientError, match=words):
            client.delete_table(TableName="protected")


def test_expired_rows_are_removed_soon_and_others_stay(sandbox: RunningSandbox) -> None:
    client = sandbox.client("dynamodb")
    client.create_table(
        TableName="expiring",
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
    )
    client.update_time_to_live(
        TableName="expiring", TimeToLiveSpecification={"Enabled": True, "AttributeName": "expires_at"}
    )
    past, later = str(int(time.time()) - 1), str(int(time.time()) + 3600)
    # AWS leaves alone what seems to be no time at all.
    six_years_ago = str(int(time.time()) - 6 * 365 * 86_400)
    rows = {"gone": {"N": past}, "later": {"N": later}, "text": {"S": past}, "old": {"N": six_years_ago}}
    for name, value in rows.items():
        client.put_item(TableName="expiring", Item={"id": {"S": name}, "expires_at": value})
    client.put_item(TableName="expiring", Item={"id": {"S": "never"}})

    def left() -> set[str]:
        return {item["id"]["S"] for item in client.scan(TableName="expiring")["Items"]}

    wait_until(lambda: "gone" not in left(), what="the expired row is gone")
    assert left() == {"later", "text", "old", "never"}
