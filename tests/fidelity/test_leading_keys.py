"""The matrix: each operation on items, on own rows, on another tenant's and on both, with the module and without it."""

from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError

from sandbox.fidelity.iam.item_access import UNDETERMINED, Access, KeyKnowledge, accesses
from tests.fidelity.tenants import ITEM_ACTIONS, OWN_ROWS, TABLE, TABLE_ARN, Tenants, allow, code_of, key, row
from tests.support.sandbox import RunningSandbox

Call = Callable[[Any, str], Any]

QUERY = "customer_id = :tenant"
CALLS: dict[str, Call] = {
    "GetItem": lambda client, tenant: client.get_item(TableName=TABLE, Key=key(tenant)),
    "GetItem by the table's ARN": lambda client, tenant: client.get_item(TableName=TABLE_ARN, Key=key(tenant)),
    "PutItem": lambda client, tenant: client.put_item(TableName=TABLE, Item=row(tenant)),
    "UpdateItem": lambda client, tenant: client.update_item(
        TableName=TABLE, Key=key(tenant), UpdateExpression="REMOVE nothing"
    ),
    "DeleteItem": lambda client, tenant: client.delete_item(TableName=TABLE, Key=key(tenant, "none")),
    "Query": lambda client, tenant: client.query(
        TableName=TABLE, KeyConditionExpression=QUERY, ExpressionAttributeValues={":tenant": {"S": tenant}}
    ),
    "Query with names": lambda client, tenant: client.query(
        TableName=TABLE,
        KeyConditionExpression="begins_with(#d, :one) AND #c = :tenant",
        ExpressionAttributeNames={"#c": "customer_id", "#d": "data_id"},
        ExpressionAttributeValues={":tenant": {"S": tenant}, ":one": {"S": "1"}},
    ),
    "Query with key conditions": lambda client, tenant: client.query(
        TableName=TABLE,
        KeyConditions={"customer_id": {"ComparisonOperator": "EQ", "AttributeValueList": [{"S": tenant}]}},
    ),
    "Query of an index": lambda client, tenant: client.query(
        TableName=TABLE,
        IndexName="by-colour",
        KeyConditionExpression="colour = :tenant",
        ExpressionAttributeValues={":tenant": {"S": tenant}},
    ),
    "BatchGetItem": lambda client, tenant: client.batch_get_item(
        RequestItems={TABLE: {"Keys": [key("acme", "2"), key(tenant)]}}
    ),
    "BatchWriteItem put": lambda client, tenant: client.batch_write_item(
        RequestItems={TABLE: [{"PutRequest": {"Item": row("acme", "2")}}, {"PutRequest": {"Item": row(tenant)}}]}
    ),
    "BatchWriteItem delete": lambda client, tenant: client.batch_write_item(
        RequestItems={TABLE: [{"DeleteRequest": {"Key": key(tenant, "none")}}]}
    ),
    "TransactGetItems": lambda client, tenant: client.transact_get_items(
        TransactItems=[
            {"Get": {"TableName": TABLE, "Key": key("acme", "2")}},
            {"Get": {"TableName": TABLE, "Key": key(tenant)}},
        ]
    ),
    "TransactWriteItems put": lambda client, tenant: client.transact_write_items(
        TransactItems=[
            {"Put": {"TableName": TABLE, "Item": row("acme", "2")}},
            {"Put": {"TableName": TABLE, "Item": row(tenant)}},
        ]
    ),
    "TransactWriteItems update": lambda client, tenant: client.transact_write_items(
        TransactItems=[{"Update": {"TableName": TABLE, "Key": key(tenant), "UpdateExpression": "REMOVE nothing"}}]
    ),
    "TransactWriteItems delete": lambda client, tenant: client.transact_write_items(
        TransactItems=[{"Delete": {"TableName": TABLE, "Key": key(tenant, "none")}}]
    ),
    "TransactWriteItems check": lambda client, tenant: client.transact_write_items(
        TransactItems=[
            {"Put": {"TableName": TABLE, "Item": row("acme", "2")}},
            {
                "ConditionCheck": {
                    "TableName": TABLE,
                    "Key": key(tenant),
                    "ConditionExpression": "attribute_exists(customer_id)",
                }
            },
        ]
    ),
}


def statement(text: str) -> str:
    """A PartiQL statement on the table."""
    return text.replace("{table}", f'"{TABLE}"')


# What belongs to nobody's own rows alone, even where every action is allowed on own rows.
ON_ALL_ROWS: dict[str, Callable[[Any], Any]] = {
    "Scan": lambda client: client.scan(TableName=TABLE),
    "Scan of an index": lambda client: client.scan(TableName=TABLE, IndexName="by-colour"),
    "ExecuteStatement": lambda client: client.execute_statement(
        Statement=statement("SELECT * FROM {table} WHERE customer_id = 'acme'")
    ),
    "ExecuteStatement of another": lambda client: client.execute_statement(
        Statement=statement("SELECT * FROM {table} WHERE customer_id = 'beta'")
    ),
    "ExecuteStatement insert": lambda client: client.execute_statement(
        Statement=statement("INSERT INTO {table} VALUE {'customer_id': 'beta', 'data_id': '9'}")
    ),
    "BatchExecuteStatement": lambda client: client.batch_execute_statement(
        Statements=[{"Statement": statement("SELECT * FROM {table} WHERE customer_id = 'beta' AND data_id = '1'")}]
    ),
    "ExecuteTransaction": lambda client: client.execute_transaction(
        TransactStatements=[{"Statement": statement("DELETE FROM {table} WHERE customer_id='beta' AND data_id='1'")}]
    ),
}
LOOK_ALIKES = ("acme-1", "acme#1", "Acme", "ACME", "acm", "acme ", " acme", "acme\n", "acm\u0435", "acme*", "*", "?cme")


@pytest.fixture(scope="module")
def tenants(sandbox: RunningSandbox) -> Tenants:
    return Tenants(sandbox=sandbox).prepare()


@pytest.fixture(scope="module")
def bare_tenants(bare: RunningSandbox) -> Tenants:
    return Tenants(sandbox=bare).prepare()


@pytest.fixture(scope="module")
def acme(tenants: Tenants) -> Any:
    """A client of DynamoDB that may do everything, on acme's rows only."""
    statement = allow("dynamodb:*", [TABLE_ARN, f"{TABLE_ARN}/index/*"], {**OWN_ROWS, **HAS_KEYS})
    return tenants.dynamodb(tenants.session(tenants.role(statement), customer_id="acme"))


HAS_KEYS = {"Null": {"dynamodb:LeadingKeys": "false"}}
each_call = pytest.mark.parametrize("call", CALLS.values(), ids=CALLS)


@each_call
def test_own_rows_are_reached_and_no_others(acme: Any, call: Call) -> None:
    call(acme, "acme")
    with pytest.raises(ClientError) as error:
        call(acme, "beta")
    assert code_of(error.value) == "AccessDeniedException"


@pytest.mark.parametrize("call", ON_ALL_ROWS.values(), ids=ON_ALL_ROWS)
def test_what_is_not_about_own_rows_alone_is_denied(acme: Any, call: Callable[[Any], Any]) -> None:
    with pytest.raises(ClientError) as error:
        call(acme)
    assert code_of(error.value) == "AccessDeniedException"


@pytest.mark.parametrize("tenant", LOOK_ALIKES)
def test_names_that_look_alike_are_others(acme: Any, tenant: str) -> None:
    with pytest.raises(ClientError) as error:
        acme.get_item(TableName=TABLE, Key=key(tenant))
    assert code_of(error.value) == "AccessDeniedException"


def test_nothing_was_read_or_written_of_the_other_tenant(tenants: Tenants, acme: Any) -> None:
    found = tenants.sandbox.client("dynamodb").query(
        TableName=TABLE, KeyConditionExpression=QUERY, ExpressionAttributeValues={":tenant": {"S": "beta"}}
    )
    assert found["Items"] == [row("beta")]


def test_without_the_modules_every_row_is_reached(bare_tenants: Tenants) -> None:
    """The gap: the variable is plain text, and the condition holds because the key has no value."""
    role = bare_tenants.role(allow(ITEM_ACTIONS, [TABLE_ARN, f"{TABLE_ARN}/index/*"], OWN_ROWS))
    client = bare_tenants.dynamodb(bare_tenants.session(role, customer_id="acme"))
    for call in CALLS.values():
        call(client, "beta")


def test_with_the_modules_the_same_policy_denies_the_same_calls(tenants: Tenants) -> None:
    role = tenants.role(allow(ITEM_ACTIONS, [TABLE_ARN, f"{TABLE_ARN}/index/*"], OWN_ROWS))
    client = tenants.dynamodb(tenants.session(role, customer_id="acme"))
    for call in CALLS.values():
        call(client, "acme")
        with pytest.raises(ClientError) as error:
            call(client, "beta")
        assert code_of(error.value) == "AccessDeniedException"


def test_a_policy_without_a_look_at_the_keys_permits_scans_and_statements(tenants: Tenants) -> None:
    partiql = ["dynamodb:PartiQLSelect", "dynamodb:Scan"]
    client = tenants.dynamodb(tenants.session(tenants.role(allow(partiql, TABLE_ARN)), customer_id="acme"))
    assert client.scan(TableName=TABLE)["Count"] >= 2
    found = client.execute_statement(Statement=statement("SELECT * FROM {table} WHERE customer_id = 'beta'"))
    assert found["Items"] == [row("beta")]
    with pytest.raises(ClientError) as error:
        client.execute_statement(Statement=statement("DELETE FROM {table} WHERE customer_id='beta' AND data_id='1'"))
    assert code_of(error.value) == "AccessDeniedException"


def test_a_right_for_a_transaction_is_one_for_each_action_in_it(tenants: Tenants) -> None:
    role = tenants.role(allow("dynamodb:PutItem", TABLE_ARN, OWN_ROWS))
    client = tenants.dynamodb(tenants.session(role, customer_id="acme"))
    CALLS["TransactWriteItems put"](client, "acme")
    with pytest.raises(ClientError) as error:
        CALLS["TransactWriteItems check"](client, "acme")
    assert code_of(error.value) == "AccessDeniedException"


def test_a_table_named_beside_the_items_of_a_batch_is_not_looked_at(tenants: Tenants) -> None:
    """The request's author may write any member; only those of the operation count."""
    role = tenants.role(allow("dynamodb:BatchGetItem", f"{TABLE_ARN}-of-theirs"))
    client = tenants.dynamodb(tenants.session(role, customer_id="acme"))
    client.meta.events.register("before-call.dynamodb.BatchGetItem", _name_another_table)
    with pytest.raises(ClientError) as error:
        client.batch_get_item(RequestItems={TABLE: {"Keys": [key("acme")]}})
    assert code_of(error.value) == "AccessDeniedException"


def _name_another_table(params: dict[str, Any], **_: Any) -> None:
    name = f"{TABLE}-of-theirs"
    params["body"] = params["body"].replace(b"{", f'{{"TableName": "{name}", '.encode(), 1)


@pytest.mark.parametrize("operation", ["DeleteItem", "PutItem"])
def test_an_action_in_the_query_string_is_not_looked_at(tenants: Tenants, operation: str) -> None:
    role = tenants.role(allow("dynamodb:GetItem", TABLE_ARN, OWN_ROWS))
    client = tenants.dynamodb(tenants.session(role, customer_id="acme"))

    def another_action(params: dict[str, Any], **_: Any) -> None:
        params["query_string"] = {"Action": "GetItem"}
        params["url"] += "?Action=GetItem"

    client.meta.events.register(f"before-call.dynamodb.{operation}", another_action)
    with pytest.raises(ClientError) as error:
        CALLS[operation](client, "acme")
    assert code_of(error.value) == "AccessDeniedException"


KNOWLEDGE = KeyKnowledge(
    partition_key=lambda table, _index: "id" if table == "known" else None,
    queried_key=lambda document: document.get("asked"),
    statement_target=lambda statement, _: (statement.split()[0], "known", None) if "known" in statement else None,
)


@pytest.mark.parametrize(
    ("operation", "request_", "keys"),
    [
        ("GetItem", {"TableName": "known", "Key": {"id": {"S": "a"}}}, ["a"]),
        ("GetItem", {"TableName": "known", "Key": {"id": {"N": "1"}}, "Item": {"id": {"S": "b"}}}, ["1"]),
        ("GetItem", {"TableName": "known", "Key": {"id": {"S": "a", "N": "1"}}}, [UNDETERMINED]),
        ("GetItem", {"TableName": "known", "Key": {"id": {"S": ""}}}, [UNDETERMINED]),
        ("GetItem", {"TableName": "known", "Key": {"id": {"M": {}}}}, [UNDETERMINED]),
        ("GetItem", {"TableName": "known", "Key": "id"}, [UNDETERMINED]),
        ("GetItem", {"TableName": "known"}, [UNDETERMINED]),
        ("GetItem", {"TableName": "unknown", "Key": {"id": {"S": "a"}}}, [UNDETERMINED]),
        ("GetItem", {"Key": {"id": {"S": "a"}}}, []),
        ("Query", {"TableName": "known"}, [UNDETERMINED]),
        ("Query", {"TableName": "known", "asked": "a"}, ["a"]),
        ("Scan", {"TableName": "known", "Key": {"id": {"S": "a"}}}, [None]),
        ("BatchGetItem", {"RequestItems": {"known": {"Keys": []}}}, [UNDETERMINED]),
        ("BatchWriteItem", {"RequestItems": {"known": [{"PutRequest": None}]}}, [UNDETERMINED]),
        ("BatchWriteItem", {"RequestItems": ["known"]}, []),
        ("TransactWriteItems", {"TransactItems": [{"Put": {"TableName": "known"}}, None, "x"]}, [UNDETERMINED]),
        ("ExecuteStatement", {"Statement": "SELECT * FROM known"}, [UNDETERMINED]),
        ("BatchExecuteStatement", {"Statements": [{"Statement": "DELETE known"}, {}]}, [UNDETERMINED]),
    ],
)
def test_a_key_that_cannot_be_told_is_one_that_no_policy_names(
    operation: str, request_: dict[str, Any], keys: list[str | None]
) -> None:
    assert [access.key for access in accesses(operation, request_, KNOWLEDGE)] == keys


def test_an_item_of_a_transaction_with_two_actions_is_judged_for_both() -> None:
    both = {"Get": {"TableName": "known", "Key": {"id": {"S": "a"}}}, "Put": {"TableName": "known", "Item": {}}}
    assert accesses("TransactWriteItems", {"TransactItems": [both]}, KNOWLEDGE) == [
        Access(action="GetItem", table="known", key="a"),
        Access(action="PutItem", table="known", key=UNDETERMINED),
    ]


def test_an_index_is_part_of_what_is_judged(tenants: Tenants) -> None:
    role = tenants.role(allow("dynamodb:Query", TABLE_ARN, OWN_ROWS))
    client = tenants.dynamodb(tenants.session(role, customer_id="acme"))
    with pytest.raises(ClientError) as error:
        CALLS["Query of an index"](client, "acme")
    assert code_of(error.value) == "AccessDeniedException"
