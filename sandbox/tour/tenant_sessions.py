"""The same attempts straight at DynamoDB, with the session that the data function has for a tenant: IAM must refuse.

A function of the tour's own, with the data function's role, begins the sessions and makes the calls, as code in that
function could if it had been taken over. It is deleted at the end. The calls on rows of its own show that the sessions
are good and that the refusals are about whose rows they are.
"""

import io
import json
import secrets
import time
import zipfile
from collections.abc import Iterator, Mapping
from typing import Any

from sandbox.tour.caller import Caller
from sandbox.tour.check import Check

DATA_FUNCTION = "tenant-data"
REFUSED = "AccessDeniedException"
PROBE = """
import boto3
from botocore.exceptions import ClientError

def handle(event, context):
    sts = boto3.client("sts")
    def session(tags):
        got = sts.assume_role(RoleArn=event["role"], RoleSessionName="tour", Tags=tags)["Credentials"]
        return dict(aws_access_key_id=got["AccessKeyId"], aws_secret_access_key=got["SecretAccessKey"],
                    aws_session_token=got["SessionToken"])
    def outcome(call):
        try:
            call()
        except ClientError as error:
            return error.response["Error"]["Code"]
        return "done"
    tag = [{"Key": "customer_id", "Value": event["customer"]}]
    found = {"sessions": [outcome(lambda: session(tags)) for tags in event["tags"]]}
    client = boto3.client("dynamodb", **session(tag))
    found["calls"] = [outcome(lambda: getattr(client, name)(**given)) for name, given in event["calls"]]
    return found
"""
Parameters = Mapping[str, Any]


def session_attacks(caller: Caller, *, victim: str, attacker: str, row: Mapping[str, Any]) -> Iterator[Check]:
    """Every item operation of DynamoDB on the victim's rows with the attacker's session, and sessions to be had."""
    live = caller.functions.get_function_configuration(FunctionName=DATA_FUNCTION)
    settings: dict[str, str] = live["Environment"]["Variables"]
    tables = [settings["CUSTOMER_DATA_TABLE"], settings["IDEMPOTENCY_TABLE"]]
    own = list(item_calls(tables[0], attacker, {"data_id": "a-row-of-its-own"}))[:2]
    foreign = [
        *item_calls(tables[0], victim, {"data_id": row["data_id"]}),
        *item_calls(tables[1], victim, {"idempotency_key": "key"}),
    ]
    tags = {
        "without a tag": [],
        "with an empty tag": [tag("customer_id", "")],
        "with a second tag": [tag("customer_id", attacker), tag("role", "admin")],
        "with a tag of another name": [tag("customer", attacker)],
    }
    calls = [*own, *foreign]
    event = {
        "role": settings["TENANT_ROLE_ARN"],
        "customer": attacker,
        "tags": list(tags.values()),
        "calls": [(name, given) for name, _, given in calls],
    }
    found = probe(caller, live, event)
    for what, outcome in zip(tags, found["sessions"], strict=True):
        refused = "refused" if outcome in ("AccessDenied", "ValidationError", "ParamValidationError") else outcome
        yield Check(sent=f"sts AssumeRole {what}", expected="refused", received=refused)
    outcomes = zip(calls, found["calls"], strict=True)
    for index, ((name, table, _), outcome) in enumerate(outcomes):
        whose, expected = (attacker, "done") if index < len(own) else (victim, REFUSED)
        yield Check(sent=f"dynamodb {name} of {whose} in {table}, as {attacker}", expected=expected, received=outcome)


def tag(name: str, value: str) -> dict[str, str]:
    """A session tag."""
    return {"Key": name, "Value": value}


def item_calls(table: str, customer: str, sort: Mapping[str, str]) -> Iterator[tuple[str, str, Parameters]]:
    """Every operation that names items: the method of the client, the table, its parameters."""
    key = {name: {"S": value} for name, value in {"customer_id": customer, **sort}.items()}
    values = {":c": {"S": customer}}
    update = {"UpdateExpression": "SET taken = :c", "ExpressionAttributeValues": values}
    mine = {"KeyConditionExpression": "customer_id = :c", "ExpressionAttributeValues": values}
    statement = f"SELECT * FROM \"{table}\" WHERE customer_id = '{customer}'"  # noqa: S608 - PartiQL, to be refused
    calls: list[tuple[str, Parameters]] = [
        ("query", {"TableName": table, **mine}),
        ("put_item", {"TableName": table, "Item": {**key, "taken": {"BOOL": True}}}),
        ("get_item", {"TableName": table, "Key": key}),
        ("update_item", {"TableName": table, "Key": key, **update}),
        ("delete_item", {"TableName": table, "Key": key}),
        ("scan", {"TableName": table}),
        ("batch_get_item", {"RequestItems": {table: {"Keys": [key]}}}),
        ("batch_write_item", {"RequestItems": {table: [{"DeleteRequest": {"Key": key}}]}}),
        ("transact_get_items", {"TransactItems": [{"Get": {"TableName": table, "Key": key}}]}),
        ("transact_write_items", {"TransactItems": [{"Delete": {"TableName": table, "Key": key}}]}),
        ("execute_statement", {"Statement": statement}),
        ("batch_execute_statement", {"Statements": [{"Statement": statement}]}),
    ]
    return ((name, table, given) for name, given in calls)


def probe(caller: Caller, live: Mapping[str, Any], event: Mapping[str, Any]) -> Any:
    """Runs the probe with the role of the data function and answers what it found. Raises RuntimeError if it failed."""
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as content:
        content.writestr("probe.py", PROBE)
    name = f"tour-{secrets.token_hex(6)}"
    created = caller.functions.create_function(
        FunctionName=name,
        Role=live["Role"],
        Runtime=live["Runtime"],
        Handler="probe.handle",
        Code={"ZipFile": archive.getvalue()},
        Timeout=60,
    )
    try:
        deadline = time.monotonic() + 30
        while created.get("State") != "Active" and time.monotonic() < deadline:
            time.sleep(0.1)
            created = caller.functions.get_function_configuration(FunctionName=name)
        answer = caller.functions.invoke(FunctionName=name, Payload=json.dumps(event).encode())
        found = json.loads(answer["Payload"].read())
    finally:
        caller.functions.delete_function(FunctionName=name)
    if "FunctionError" in answer:
        raise RuntimeError(f"the tour's probe failed: {found}")
    return found
