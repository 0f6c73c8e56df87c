"""What a call costs follows the sizes that it looks at, and the request log knows it without being asked."""

from collections.abc import Callable
from typing import Any

import pytest

from tests.support.request_log import counted_calls
from tests.support.sandbox import RunningSandbox

TABLE = "sized"
# Of each item: attribute names, the key's values, and the filling.
OVERHEAD = len("customer_id") + len("acme") + len("data_id") + 1 + len("filling")


def _key(data_id: str) -> dict[str, Any]:
    return {"customer_id": {"S": "acme"}, "data_id": {"S": data_id}}


def _item(data_id: str, size: int) -> dict[str, Any]:
    return {**_key(data_id), "filling": {"S": "x" * (size - OVERHEAD)}}


def _with_table(sandbox: RunningSandbox) -> Any:
    client = sandbox.client("dynamodb")
    client.create_table(
        TableName=TABLE,
        KeySchema=[
            {"AttributeName": "customer_id", "KeyType": "HASH"},
            {"AttributeName": "data_id", "KeyType": "RANGE"},
        ],
        AttributeDefinitions=[{"AttributeName": name, "AttributeType": "S"} for name in ("customer_id", "data_id")],
        BillingMode="PAY_PER_REQUEST",
        LocalSecondaryIndexes=[],
    )
    # a and b fit into 4 KB each, not together; c is one byte more than 4 KB.
    for data_id, size in (("a", 4096), ("b", 1000), ("c", 4097)):
        client.put_item(TableName=TABLE, Item=_item(data_id, size))
    return client


@pytest.fixture(scope="module")
def client(sandbox: RunningSandbox) -> Any:
    return _with_table(sandbox)


def query(client: Any, **request: Any) -> Any:
    return client.query(
        TableName=TABLE,
        KeyConditionExpression="customer_id = :tenant",
        ExpressionAttributeValues={":tenant": {"S": "acme"}},
        **request,
    )


def transact(client: Any, *ids: str, **request: Any) -> Any:
    gets = [{"Get": {"TableName": TABLE, "Key": _key(data_id)}} for data_id in ids]
    return client.transact_get_items(TransactItems=gets, **request)


def batch(client: Any, *ids: str, consistent: bool = False, **request: Any) -> Any:
    asked = {"Keys": [_key(data_id) for data_id in ids], "ConsistentRead": consistent}
    return client.batch_get_item(RequestItems={TABLE: asked}, **request)


def put(client: Any, size: int, **request: Any) -> Any:
    return client.put_item(TableName=TABLE, Item=_item("w", size), **request)


def transact_put(client: Any, size: int, **request: Any) -> Any:
    return client.transact_write_items(
        TransactItems=[{"Put": {"TableName": TABLE, "Item": _item("w", size)}}], **request
    )


COSTS: dict[str, tuple[Callable[..., Any], float]] = {
    "an item of 4 KB": (lambda c, **r: c.get_item(TableName=TABLE, Key=_key("a"), **r), 0.5),
    "strongly consistent": (lambda c, **r: c.get_item(TableName=TABLE, Key=_key("a"), ConsistentRead=True, **r), 1.0),
    "one byte more": (lambda c, **r: c.get_item(TableName=TABLE, Key=_key("c"), **r), 1.0),
    "one byte more, strongly": (
        lambda c, **r: c.get_item(TableName=TABLE, Key=_key("c"), ConsistentRead=True, **r),
        2.0,
    ),
    "a part of it only": (
        lambda c, **r: c.get_item(TableName=TABLE, Key=_key("c"), ProjectionExpression="data_id", **r),
        1.0,
    ),
    "one that is not there": (lambda c, **r: c.get_item(TableName=TABLE, Key=_key("none"), **r), 0.5),
    # 4096 + 1000 + 4097 bytes are 3 units; one by one they would be 4.
    "a query sums before it rounds": (lambda c, **r: query(c, **r), 1.5),
    "a query, strongly consistent": (lambda c, **r: query(c, ConsistentRead=True, **r), 3.0),
    "a query of one item": (lambda c, **r: query(c, Limit=1, **r), 0.5),
    "a query that filters all away": (
        lambda c, **r: query(c, FilterExpression="attribute_not_exists(customer_id)", **r),
        1.5,
    ),
    "a count": (lambda c, **r: query(c, Select="COUNT", **r), 1.5),
    "a scan": (lambda c, **r: c.scan(TableName=TABLE, **r), 1.5),
    "a batch rounds each": (lambda c, **r: batch(c, "a", "b", "c", "none", **r), 0.5 + 0.5 + 1.0 + 0.5),
    "a batch, strongly consistent": (lambda c, **r: batch(c, "a", "c", consistent=True, **r), 1.0 + 2.0),
    "a transaction doubles": (lambda c, **r: transact(c, "a", "c", "none", **r), 2 * (1.0 + 2.0 + 1.0)),
    "a write": (lambda c, **r: put(c, 1024, **r), 1.0),
    "a write of one byte more": (lambda c, **r: put(c, 1025, **r), 2.0),
    "a write over something larger": (lambda c, **r: put(c, 100, **r), 2.0),
    "a transaction's write": (lambda c, **r: transact_put(c, 1025, **r), 4.0),
    "a deletion": (lambda c, **r: c.delete_item(TableName=TABLE, Key=_key("w"), **r), 2.0),
    "a deletion of nothing": (lambda c, **r: c.delete_item(TableName=TABLE, Key=_key("w"), **r), 1.0),
}


@pytest.mark.parametrize("cost", ["TOTAL", "NONE"])
def test_each_call_costs_what_its_sizes_say_and_the_log_knows(sandbox: RunningSandbox, client: Any, cost: str) -> None:
    told: dict[str, float] = {}
    answers: list[Any] = []
    with counted_calls(sandbox.url) as calls:
        for name, (call, _) in COSTS.items():
            answer = call(client, ReturnConsumedCapacity=cost)
            answers.append(answer)
            consumed = answer.get("ConsumedCapacity")
            if consumed:
                each = consumed if isinstance(consumed, list) else [consumed]
                told[name] = sum(one["CapacityUnits"] for one in each)
    expected = {name: units for name, (_, units) in COSTS.items()}
    assert dict(zip(COSTS, (call["capacity_units"] for call in calls.of("dynamodb")), strict=True)) == expected
    assert told == (expected if cost == "TOTAL" else {})


def test_without_the_module_a_large_item_costs_as_much_as_a_small_one(bare: RunningSandbox) -> None:
    client = _with_table(bare)
    answer = client.get_item(TableName=TABLE, Key=_key("c"), ReturnConsumedCapacity="TOTAL")
    assert answer["ConsumedCapacity"]["CapacityUnits"] == 0.5
    assert "ConsumedCapacity" not in batch(client, "a", ReturnConsumedCapacity="TOTAL")


def test_in_detail_the_capacity_is_the_tables(client: Any) -> None:
    single = query(client, ReturnConsumedCapacity="INDEXES")["ConsumedCapacity"]
    assert single == {"TableName": TABLE, "CapacityUnits": 1.5, "Table": {"CapacityUnits": 1.5}}
    (of_batch,) = batch(client, "c", ReturnConsumedCapacity="INDEXES")["ConsumedCapacity"]
    assert of_batch == {"TableName": TABLE, "CapacityUnits": 1.0, "Table": {"CapacityUnits": 1.0}}
