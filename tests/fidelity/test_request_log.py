"""Every AWS API call is recorded: what, on what, by whom, with which outcome; and nothing of what it carried."""

import json
import urllib.error

import pytest
from botocore.exceptions import ClientError

from sandbox.fidelity.request_log import RequestLog, error_code, reads_only
from tests.support.request_log import counted_calls, read_calls
from tests.support.sandbox import ACCOUNT_ID, REGION, RunningSandbox

STRANGER = {"AccessKeyId": "AKIAOFNOACCOUNTATALL", "SecretAccessKey": "unknown"}
TABLE_ARN = f"arn:aws:dynamodb:{REGION}:{ACCOUNT_ID}:table/logged"


@pytest.fixture(scope="module")
def table(sandbox: RunningSandbox) -> str:
    """A table with a partition key only."""
    sandbox.client("dynamodb").create_table(
        TableName="logged",
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
    )
    return "logged"


def test_a_call_is_recorded_with_action_table_principal_and_outcome(sandbox: RunningSandbox, table: str) -> None:
    client = sandbox.client("dynamodb")
    with counted_calls(sandbox.url) as calls:
        client.put_item(TableName=table, Item={"id": {"S": "a-private-key"}, "note": {"S": "a-private-note"}})
        client.get_item(TableName=table, Key={"id": {"S": "a-private-key"}}, ConsistentRead=True)
        client.get_item(TableName=table, Key={"id": {"S": "a-private-key"}})
        sandbox.client("sts").get_caller_identity()
    assert calls.actions("dynamodb") == ["PutItem", "GetItem", "GetItem"]
    assert [call["consistent_read"] for call in calls.of("dynamodb")] == [None, True, False]
    assert calls.actions("sts") == ["GetCallerIdentity"]
    first = calls.of("dynamodb")[0]
    assert (first["resources"], first["status"], first["error"]) == ([TABLE_ARN], 200, None)
    assert first["principal"] == f"arn:aws:iam::{ACCOUNT_ID}:root"
    assert "a-private" not in json.dumps(calls.all)


def test_batches_and_transactions_name_every_table_and_are_consistent_where_any_part_is(
    sandbox: RunningSandbox, table: str
) -> None:
    client = sandbox.client("dynamodb")
    with counted_calls(sandbox.url) as calls:
        client.batch_get_item(RequestItems={table: {"Keys": [{"id": {"S": "x"}}], "ConsistentRead": True}})
        client.transact_get_items(TransactItems=[{"Get": {"TableName": table, "Key": {"id": {"S": "x"}}}}])
        client.transact_write_items(TransactItems=[{"Put": {"TableName": table, "Item": {"id": {"S": "x"}}}}])
    assert [call["resources"] for call in calls.all] == [[TABLE_ARN]] * 3
    assert [call["consistent_read"] for call in calls.all] == [True, True, None]


def test_a_refused_caller_is_recorded_without_a_name_and_with_the_errors_code(
    sandbox: RunningSandbox, table: str
) -> None:
    with counted_calls(sandbox.url) as calls, pytest.raises(ClientError):
        sandbox.client("dynamodb", credentials=STRANGER).get_item(TableName=table, Key={"id": {"S": "x"}})
    (call,) = calls.of("dynamodb", "GetItem")
    assert (call["principal"], call["status"], call["error"]) == (None, 400, "UnrecognizedClientException")


def test_the_log_is_read_by_filters_and_refuses_those_that_it_does_not_know(
    sandbox: RunningSandbox, table: str
) -> None:
    sandbox.client("dynamodb").describe_table(TableName=table)
    for resource in (table, TABLE_ARN):
        found = read_calls(sandbox.url, service="dynamodb", action="DescribeTable", resource=resource)["requests"]
        assert found
        assert {call["action"] for call in found} == {"DescribeTable"}
    assert read_calls(sandbox.url, resource="another")["requests"] == []
    with pytest.raises(urllib.error.HTTPError, match="400"):
        read_calls(sandbox.url, tables=table)


def test_the_log_is_bounded_and_tells_how_many_calls_a_reader_has_missed() -> None:
    log = RequestLog(most=2)
    facts = {"at": 0.0, "service": "s", "action": "a", "resources": (), "principal": None, "status": 200}
    for _ in range(5):
        log.add(**facts, error=None, consistent_read=None, capacity_units=None, milliseconds=1.0)
    document = log.document({"since": "1"})
    assert (document["last"], document["lost"]) == (5, 2)
    assert [call["number"] for call in document["requests"]] == [4, 5]
    assert log.document({"since": "3"})["lost"] == 0


@pytest.mark.parametrize(
    ("headers", "body", "code"),
    [
        ({}, b'{"__type":"com.amazonaws.dynamodb.v20120810#ThrottlingException","message":"m"}', "ThrottlingException"),
        ({}, b"<ErrorResponse><Error><Code>AccessDenied</Code></Error></ErrorResponse>", "AccessDenied"),
        ({"x-amzn-ErrorType": "BadRequestException:http://internal"}, b"{}", "BadRequestException"),
        ({}, b"", None),
    ],
)
def test_the_errors_code_is_found_in_every_protocol(headers: dict[str, str], body: bytes, code: str | None) -> None:
    assert error_code((400, headers, body)) == code


@pytest.mark.parametrize(
    ("service", "action", "expected"),
    [
        ("iam", "GetRole", True),
        ("apigateway", "GET", True),
        ("logs", "DescribeLogGroups", True),
        ("iam", "CreateRole", False),
        ("apigateway", "PATCH", False),
        ("dynamodb", "Query", False),
        ("secretsmanager", "GetSecretValue", False),
        ("execute-api", "GET", False),
        ("never-heard-of", "GetThing", False),
    ],
)
def test_only_calls_that_are_known_to_change_nothing_count_as_reading(
    service: str, action: str, *, expected: bool
) -> None:
    assert reads_only(service, action) is expected


def test_a_compressed_call_is_recorded_and_carried_out(sandbox: RunningSandbox) -> None:
    data = [{"MetricName": f"metric-{number}", "Value": 1.0} for number in range(900)]
    with counted_calls(sandbox.url) as calls:
        sandbox.client("cloudwatch").put_metric_data(Namespace="Compressed", MetricData=data)
    assert [(call["action"], call["status"]) for call in calls.of("cloudwatch")] == [("PutMetricData", 200)]
