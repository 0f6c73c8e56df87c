"""What a stolen tenant session can do, called directly: everything with its own rows, nothing with anybody else's.

The policy is the one that the program deploys. A refusal must be IAM's; a condition that was not met, or a row that is
not there, would mean that the request was let through to the rows.
"""

import json
import uuid
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from botocore.exceptions import ClientError

from aws_calls.errors import Denied
from components.tenant_role import DATA_ACTIONS, IDEMPOTENCY_ACTIONS
from tenant_data.operations import tenant_actions
from tests.functions.support import NOW, Clock
from tests.functions.tenant_data.emulator import TenantEmulator
from tests.functions.tenant_data.support import LOOK_ALIKES, TenantData

Attack = Callable[[Any, str, str, str], object]


def key(customer: str) -> dict[str, Any]:
    return {"customer_id": {"S": customer}, "data_id": {"S": "x"}}


def item(customer: str) -> dict[str, Any]:
    return {**key(customer), "secret": {"S": "stolen"}}


def query(client: Any, table: str, customer: str, **more: Any) -> object:
    return client.query(
        TableName=table,
        KeyConditionExpression="customer_id = :c",
        ExpressionAttributeValues={":c": {"S": customer}},
        **more,
    )


# What the role allows for own rows: (client, table, own customer, the customer attacked).
WITH_RIGHTS: dict[str, Attack] = {
    "GetItem": lambda c, t, _own, other: c.get_item(TableName=t, Key=key(other)),
    "PutItem": lambda c, t, _own, other: c.put_item(TableName=t, Item=item(other)),
    "DeleteItem": lambda c, t, _own, other: c.delete_item(TableName=t, Key=key(other)),
    "Query": lambda c, t, _own, other: query(c, t, other),
    "TransactWriteItems put": lambda c, t, _own, other: c.transact_write_items(
        TransactItems=[{"Put": {"TableName": t, "Item": item(other)}}]
    ),
    "TransactWriteItems delete": lambda c, t, _own, other: c.transact_write_items(
        TransactItems=[{"Delete": {"TableName": t, "Key": key(other)}}]
    ),
    "TransactGetItems": lambda c, t, _own, other: c.transact_get_items(
        TransactItems=[{"Get": {"TableName": t, "Key": key(other)}}]
    ),
}
# One own row and one of somebody else's in the same request.
MIXED: dict[str, Attack] = {
    "TransactWriteItems mixed": lambda c, t, own, other: c.transact_write_items(
        TransactItems=[
            {"Put": {"TableName": t, "Item": item(own)}},
            {"Put": {"TableName": t, "Item": item(other)}},
        ]
    ),
    "TransactGetItems mixed": lambda c, t, own, other: c.transact_get_items(
        TransactItems=[{"Get": {"TableName": t, "Key": key(own)}}, {"Get": {"TableName": t, "Key": key(other)}}]
    ),
    "Query from another's row": lambda c, t, own, other: query(c, t, other, ExclusiveStartKey=key(own)),
}
# What the role does not allow at all, for own rows neither.
WITHOUT_RIGHTS: dict[str, Attack] = {
    "UpdateItem": lambda c, t, _own, other: c.update_item(
        TableName=t,
        Key=key(other),
        UpdateExpression="SET secret = :s",
        ExpressionAttributeValues={":s": {"S": "stolen"}},
    ),
    "BatchGetItem": lambda c, t, own, other: c.batch_get_item(RequestItems={t: {"Keys": [key(own), key(other)]}}),
    "BatchWriteItem put": lambda c, t, own, other: c.batch_write_item(
        RequestItems={t: [{"PutRequest": {"Item": item(own)}}, {"PutRequest": {"Item": item(other)}}]}
    ),
    "BatchWriteItem delete": lambda c, t, _own, other: c.batch_write_item(
        RequestItems={t: [{"DeleteRequest": {"Key": key(other)}}]}
    ),
    "TransactWriteItems update": lambda c, t, _own, other: c.transact_write_items(
        TransactItems=[
            {
                "Update": {
                    "TableName": t,
                    "Key": key(other),
                    "UpdateExpression": "SET secret = :s",
                    "ExpressionAttributeValues": {":s": {"S": "stolen"}},
                }
            }
        ]
    ),
    "TransactWriteItems check": lambda c, t, _own, other: c.transact_write_items(
        TransactItems=[
            {
                "ConditionCheck": {
                    "TableName": t,
                    "Key": key(other),
                    "ConditionExpression": "attribute_exists(data_id)",
                }
            }
        ]
    ),
    "Scan": lambda c, t, _own, _other: c.scan(TableName=t),
    "Scan filtered": lambda c, t, own, _other: c.scan(
        TableName=t, FilterExpression="customer_id = :c", ExpressionAttributeValues={":c": {"S": own}}
    ),
    "ExecuteStatement": lambda c, t, _own, other: c.execute_statement(
        Statement=f"SELECT * FROM \"{t}\" WHERE customer_id = '{other}'"  # noqa: S608 -- the attack
    ),
    "BatchExecuteStatement": lambda c, t, _own, other: c.batch_execute_statement(
        Statements=[{"Statement": f"SELECT * FROM \"{t}\" WHERE customer_id = '{other}' AND data_id = 'x'"}]  # noqa: S608 -- the attack
    ),
    "ExecuteTransaction": lambda c, t, _own, other: c.execute_transaction(
        TransactStatements=[{"Statement": f"DELETE FROM \"{t}\" WHERE customer_id = '{other}' AND data_id = 'x'"}]  # noqa: S608 -- the attack
    ),
    "DescribeTable": lambda c, t, _own, _other: c.describe_table(TableName=t),
    "DeleteTable": lambda c, t, _own, _other: c.delete_table(TableName=t),
}


@pytest.fixture
def own() -> str:
    return f"acme-{uuid.uuid4().hex[:12]}"


def refused(attack: Attack, client: Any, table: str, own: str, other: str) -> None:
    with pytest.raises(ClientError) as caught:
        attack(client, table, own, other)
    assert caught.value.response["Error"]["Code"] in ("AccessDeniedException", "AccessDenied")


class Neighbours:
    """A tenant whose session is stolen, and tenants with a row each whose names look alike."""

    def __init__(self, emulator: TenantEmulator) -> None:
        self.own = own = f"acme-{uuid.uuid4().hex[:12]}"
        self.others = (
            f"{own}-1",
            own[:-1],
            own.upper(),
            f"{own}#1",
            f"{own} ",
            f" {own}",
            f"{own}\u0301",
            f"{own}*",
            "*",
        )
        self.client, self.table = emulator.tenant_client(own), emulator.tables.data
        self._root = emulator.sandbox.client("dynamodb")
        for other in self.others:
            self._root.put_item(TableName=self.table, Item={**key(other), "secret": {"S": "theirs"}})

    def secrets(self) -> dict[str, str]:
        """What is in the rows now, by customer; the stolen session's own has none."""
        keys = [key(customer) for customer in (self.own, *self.others)]
        found = self._root.batch_get_item(RequestItems={self.table: {"Keys": keys, "ConsistentRead": True}})
        assert not found["UnprocessedKeys"]
        return {row["customer_id"]["S"]: row["secret"]["S"] for row in found["Responses"][self.table]}


@pytest.fixture(scope="module")
def neighbours(emulator: TenantEmulator) -> Neighbours:
    return Neighbours(emulator)


@pytest.mark.parametrize("attack", [*WITH_RIGHTS.values(), *MIXED.values()], ids=[*WITH_RIGHTS, *MIXED])
def test_a_tenants_session_reaches_no_row_of_another_tenant(neighbours: Neighbours, attack: Attack) -> None:
    for other in neighbours.others:
        refused(attack, neighbours.client, neighbours.table, neighbours.own, other)
    assert neighbours.secrets() == dict.fromkeys(neighbours.others, "theirs")


@pytest.mark.parametrize("attack", WITHOUT_RIGHTS.values(), ids=WITHOUT_RIGHTS)
def test_a_tenants_session_can_do_nothing_that_no_operation_needs_not_even_with_its_own_rows(
    emulator: TenantEmulator, own: str, attack: Attack
) -> None:
    client, table = emulator.tenant_client(own), emulator.tables.data
    root = emulator.sandbox.client("dynamodb")
    root.put_item(TableName=table, Item={**key(own), "secret": {"S": "mine"}})
    for other in (own, f"{own}-1"):
        refused(attack, client, table, own, other)
    assert root.get_item(TableName=table, Key=key(own))["Item"]["secret"] == {"S": "mine"}


def test_the_same_calls_work_with_own_rows(emulator: TenantEmulator, own: str) -> None:
    """Else the refusals above would prove nothing."""
    client, table = emulator.tenant_client(own), emulator.tables.data
    for attack in (WITH_RIGHTS["PutItem"], *WITH_RIGHTS.values()):
        attack(client, table, own, own)


def test_idempotency_records_can_be_written_for_oneself_and_read_by_nobody(emulator: TenantEmulator, own: str) -> None:
    client, table = emulator.tenant_client(own), emulator.tables.idempotency
    record = {"customer_id": {"S": own}, "idempotency_key": {"S": "k"}}
    client.put_item(TableName=table, Item=record)
    calls: list[Callable[[], object]] = [
        lambda: client.put_item(TableName=table, Item={**record, "customer_id": {"S": f"{own}-1"}}),
        lambda: client.get_item(TableName=table, Key=record),
        lambda: client.delete_item(TableName=table, Key=record),
        lambda: query(client, table, own),
        lambda: client.scan(TableName=table),
    ]
    for call in calls:
        with pytest.raises(ClientError, match="AccessDenied"):
            call()


def test_a_tenants_session_reaches_no_other_table_and_begins_no_other_session(
    emulator: TenantEmulator, own: str
) -> None:
    client = emulator.tenant_client(own)
    usage = {"customer_id": {"S": own}, "day": {"S": "2026-01-01"}}
    with pytest.raises(ClientError, match="AccessDenied"):
        client.put_item(TableName=emulator.tables.usage, Item=usage)
    made = emulator.sessions().credentials(own)
    session = {
        "AccessKeyId": made.access_key_id,
        "SecretAccessKey": made.secret_access_key,
        "SessionToken": made.session_token or "",
    }
    with pytest.raises(ClientError, match="AccessDenied"):
        emulator.sandbox.client("sts", credentials=session).assume_role(
            RoleArn=emulator.tables.tenant_role_arn,
            RoleSessionName="other",
            Tags=[{"Key": "customer_id", "Value": f"{own}-1"}],
        )


@pytest.mark.parametrize(
    "tags",
    [
        [],
        [{"Key": "customer_id", "Value": ""}],
        [{"Key": "other", "Value": "acme"}],
        [{"Key": "customer_id", "Value": "acme"}, {"Key": "more", "Value": "x"}],
    ],
    ids=["no tag", "an empty tag", "another tag", "a tag more"],
)
def test_a_session_without_exactly_the_customers_tag_is_not_to_be_had(
    emulator: TenantEmulator, tags: list[dict[str, str]]
) -> None:
    sts = emulator.sandbox.client("sts", credentials=emulator.function_session)
    with pytest.raises(ClientError, match=r"AccessDenied|ValidationError"):
        sts.assume_role(RoleArn=emulator.tables.tenant_role_arn, RoleSessionName="tenant", Tags=tags)


def test_the_functions_own_role_reaches_no_row(emulator: TenantEmulator, own: str) -> None:
    client = emulator.sandbox.client("dynamodb", credentials=emulator.function_session)
    for attack in (*WITH_RIGHTS.values(), *WITHOUT_RIGHTS.values()):
        refused(attack, client, emulator.tables.data, own, own)


def test_a_repository_whose_sessions_are_mixed_up_is_refused_by_iam(emulator: TenantEmulator, own: str) -> None:
    """The defect that the session tag is there for: the code asks for one customer with the session of another."""
    rows = emulator.repository(Clock())
    sessions = emulator.sessions()
    wrong = sessions.credentials(f"{own}-1")
    sessions.credentials = lambda customer_id: wrong
    rows._sessions = sessions
    with pytest.raises(Denied):
        rows.page(own, limit=1, after=None)
    with pytest.raises(Denied):
        rows.row(own, "x")
    api = TenantData(repository=rows)
    answer = api("GET", customer=own)
    assert (answer.status, answer.body) == (403, {"message": "User is not authorized to perform this operation"})


def test_the_role_allows_the_actions_of_the_operations_and_no_others() -> None:
    assert tenant_actions() == {"data": DATA_ACTIONS, "idempotency": IDEMPOTENCY_ACTIONS}


def test_the_function_works_with_tenants_sessions_from_end_to_end(emulator: TenantEmulator, own: str) -> None:
    clock = Clock(NOW)
    api = TenantData(repository=emulator.repository(clock), usage=emulator.usage(clock, 1_000))
    numbers = ["100", "10.5", "10.0", "0.1", "1e3", "-0", "1e-130", "9.9e125", "1234567890.123456789012345678"]
    body = '{"numbers": [' + ", ".join(numbers) + '], "text": "\\u00e4\\u0000", "deep": {"a": [{"b": null}]}}'
    created = api("POST", customer=own, body=body)
    assert created.status == 201
    data_id = created.item["data_id"]
    read = api("GET", customer=own, data_id=data_id)
    assert read.text.partition('"item": ')[2] == created.text.partition('"item": ')[2]
    answered = json.loads(read.text, parse_float=Decimal)["item"]["numbers"]
    assert answered == [Decimal(number) for number in numbers]
    assert "[100, 10.5, 10, 0.1, 1000, 0, 1E-130, 9.9E+125, 1234567890.123456789012345678]" in read.text
    assert api("PUT", customer=own, data_id=data_id, body={"a": 1, "version": 1}).item["version"] == 2
    listed = api("GET", customer=own)
    assert [row["version"] for row in listed.body["data"]] == [2]
    for look_alike in (f"{own}-1", own[:-1], own.upper(), *LOOK_ALIKES):
        assert api("GET", customer=look_alike, data_id=data_id).status == 404
        assert api("DELETE", customer=look_alike, data_id=data_id).status == 404
    repeated = [api("POST", customer=own, body={"b": 1}, headers={"Idempotency-Key": "k"}) for _ in range(2)]
    assert repeated[0].body == repeated[1].body
    assert api("POST", customer=own, body={"b": 2}, headers={"Idempotency-Key": "k"}).status == 422
    assert api("DELETE", customer=own, data_id=data_id).status == 200
    assert api("GET", customer=own).body["count"] == 1
