"""AWS fails where and as often as it is told to, before or after it has carried out the call."""

import threading
import urllib.error
from typing import Any

import pytest
from botocore.exceptions import BotoCoreError, ClientError

from tests.fidelity.tenants import Tenants, allow, code_of
from tests.support.faults import expire_credentials, fault, inject, kill_function, throttled, waiting_faults
from tests.support.functions import DeployedFunction, deploy
from tests.support.request_log import counted_calls
from tests.support.sandbox import RunningSandbox, wait_until

TABLE = "failing"
ITEM = {"id": {"S": "row"}}
SERVICE = {"service": "dynamodb", "action": "PutItem"}


@pytest.fixture(scope="module")
def client(sandbox: RunningSandbox) -> Any:
    made = sandbox.client("dynamodb")
    for name in (TABLE, f"{TABLE}-not"):
        made.create_table(
            TableName=name,
            KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
            AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
            BillingMode="PAY_PER_REQUEST",
        )
    return made


def has_row(client: Any) -> bool:
    return "Item" in client.get_item(TableName=TABLE, Key=ITEM)


def put(client: Any) -> None:
    client.put_item(TableName=TABLE, Item=ITEM)


@pytest.fixture(autouse=True)
def without_row(client: Any) -> None:
    client.delete_item(TableName=TABLE, Key=ITEM)


def test_a_throttled_call_fails_as_often_as_it_was_said_and_is_not_carried_out(
    sandbox: RunningSandbox, client: Any
) -> None:
    with counted_calls(sandbox.url) as calls, throttled(sandbox.url, "PutItem", times=2):
        for _ in range(2):
            with pytest.raises(client.exceptions.ProvisionedThroughputExceededException):
                put(client)
        assert not has_row(client)
        put(client)
    failed = calls.of("dynamodb", "PutItem", error="ProvisionedThroughputExceededException")
    assert len(failed) == 2
    assert has_row(client)


def test_a_fault_strikes_only_the_calls_that_it_is_about(sandbox: RunningSandbox, client: Any) -> None:
    with throttled(sandbox.url, "PutItem", resource=TABLE):
        client.put_item(TableName=f"{TABLE}-not", Item=ITEM)
        assert not has_row(client)
        with pytest.raises(ClientError):
            put(client)


def test_a_call_may_fail_after_it_was_carried_out(sandbox: RunningSandbox, client: Any) -> None:
    error = {"code": "InternalServerError"}
    with fault(sandbox.url, kind="error", **SERVICE, when="after", error=error), pytest.raises(ClientError) as failed:
        put(client)
    assert failed.value.response["ResponseMetadata"]["HTTPStatusCode"] == 500
    assert has_row(client)


@pytest.mark.parametrize(("when", "carried_out"), [("before", False), ("after", True)])
def test_a_connection_breaks_off_within_the_answer(
    sandbox: RunningSandbox, client: Any, when: str, carried_out: bool
) -> None:
    with fault(sandbox.url, kind="cut", **SERVICE, when=when), pytest.raises(BotoCoreError):
        put(client)
    assert has_row(client) is carried_out


def test_reasons_of_a_cancelled_transaction_are_injected_too(sandbox: RunningSandbox, client: Any) -> None:
    reasons = [{"Code": "TransactionConflict", "Message": "Transaction is ongoing for the item"}]
    error = {"code": "TransactionCanceledException", "extra": {"CancellationReasons": reasons}}
    asked = {"kind": "error", "service": "dynamodb", "action": "TransactWriteItems", "error": error}
    with (
        fault(sandbox.url, **asked),
        pytest.raises(client.exceptions.TransactionCanceledException) as cancelled,
    ):
        client.transact_write_items(TransactItems=[{"Put": {"TableName": TABLE, "Item": ITEM}}])
    assert cancelled.value.response["CancellationReasons"] == reasons


def test_errors_have_the_protocol_of_the_service(sandbox: RunningSandbox) -> None:
    error = {"code": "Throttling", "message": "Rate exceeded & more", "status": 400}
    asked = {"kind": "error", "service": "sts", "action": "GetCallerIdentity", "error": error}
    with fault(sandbox.url, **asked), pytest.raises(ClientError, match="Rate exceeded & more") as failed:
        sandbox.client("sts").get_caller_identity()
    assert code_of(failed.value) == "Throttling"


WRITES = """
import boto3


def handler(event, context):
    client = boto3.client("dynamodb")
    client.put_item(TableName="failing", Item={"id": {"S": "row"}})
    return "written"
"""


@pytest.fixture(scope="module")
def function(sandbox: RunningSandbox) -> DeployedFunction:
    statements = [allow("dynamodb:PutItem", "*")]
    return deploy(sandbox, "writes-a-row", WRITES, statements=statements)


@pytest.mark.parametrize("when", ["before", "after"])
def test_a_functions_process_ends_within_a_call_that_is_carried_out_all_the_same(
    sandbox: RunningSandbox, client: Any, function: DeployedFunction, when: str
) -> None:
    role = sandbox.client("iam").get_role(RoleName=f"{function.name}-role")["Role"]["Arn"]
    asked = {"kind": "kill", "function": function.name, "resource": TABLE, "when": when, **SERVICE}
    with fault(sandbox.url, **asked, principal=role):
        ended = function()
    assert ended.error == "Unhandled"
    assert ended.payload["errorType"] == "Runtime.ExitError"
    # AWS carries out what has reached it, whether or not the caller still lives.
    wait_until(lambda: has_row(client), what="the call that was on its way is carried out")
    assert function().payload == "written"


def test_a_fault_of_another_principal_does_not_strike_and_that_is_noticed(sandbox: RunningSandbox, client: Any) -> None:
    other = "arn:aws:iam::111122223333:role/other"
    with pytest.raises(AssertionError, match="did not strike"), throttled(sandbox.url, "PutItem", principal=other):
        put(client)
    assert has_row(client)


SLEEPS = """
import time


def handler(event, context):
    time.sleep(30)
"""


def test_a_functions_process_ends_within_an_invocation(sandbox: RunningSandbox) -> None:
    function = deploy(sandbox, "sleeps", SLEEPS)
    ended: list[Any] = []
    caller = threading.Thread(target=lambda: ended.append(function()))
    caller.start()
    wait_until(lambda: kill_function(sandbox.url, function.name) == 1, what="the function runs and was killed")
    caller.join(timeout=30)
    assert [invocation.payload["errorType"] for invocation in ended] == ["Runtime.ExitError"]
    assert kill_function(sandbox.url, function.name) == 0


def test_credentials_end_and_are_expired_even_after_others_begin(sandbox: RunningSandbox, bare: RunningSandbox) -> None:
    for running, code in ((sandbox, "ExpiredTokenException"), (bare, "UnrecognizedClientException")):
        tenants = Tenants(sandbox=running, user={"AccessKeyId": "test", "SecretAccessKey": "test"})
        role = tenants.role(allow("dynamodb:ListTables", "*"))
        session = tenants.session(role)
        assert tenants.dynamodb(session).list_tables()
        assert expire_credentials(running.url, role) == 1
        tenants.session(role)
        with pytest.raises(ClientError) as error:
            tenants.dynamodb(session).list_tables()
        assert code_of(error.value) == code


@pytest.mark.parametrize(
    ("asked", "message"),
    [
        ({}, "kind must be one of cut, delay, error, kill"),
        ({"kind": "error", "service": "dynamodb"}, "error must be an object with a code"),
        ({"kind": "kill", "service": "dynamodb"}, "function is missing"),
        ({"kind": "cut"}, "service is missing"),
        ({"kind": "cut", "service": "dynamodb", "times": 0}, "times must be a whole number from 1"),
        ({"kind": "delay", "service": "dynamodb", "milliseconds": 10**9}, "milliseconds must be a whole number"),
        ({"kind": "cut", "service": "dynamodb", "when": "later"}, "when must be before or after"),
        ({"kind": "cut", "service": "dynamodb", "table": "x"}, "a fault has no table"),
    ],
)
def test_a_fault_that_is_none_is_refused(sandbox: RunningSandbox, asked: dict[str, Any], message: str) -> None:
    with pytest.raises(urllib.error.HTTPError) as refused:
        inject(sandbox.url, **asked)
    assert refused.value.code == 400
    assert message in refused.value.read().decode()
    assert waiting_faults(sandbox.url) == []
