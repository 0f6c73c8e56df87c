"""What the tables cannot say about DynamoDB tables."""

import grpc
import pytest

from sandbox.provider.aws_clients import AwsClients
from sandbox.provider.resources.dynamodb_table import RESOURCE_TYPES
from tests.provider.driver import Known, ProviderDriver, RefusedError

TABLE = "aws:dynamodb/table:Table"
ATTRIBUTES = [{"name": "id", "type": "S"}]
INPUTS = {"billingMode": "PAY_PER_REQUEST", "hashKey": "id", "attributes": ATTRIBUTES}


def changed(aws: ProviderDriver, known: Known, **inputs: object) -> Known:
    checked = aws.check(TABLE, {**INPUTS, **inputs}, old=known.inputs).values
    return aws.update(known, checked)


def test_a_protected_table_refuses_to_be_destroyed_and_says_what_to_do(
    aws: ProviderDriver, clients: AwsClients
) -> None:
    made = aws.deploy(TABLE, {**INPUTS, "deletionProtectionEnabled": True})
    with pytest.raises(grpc.RpcError) as failed:
        aws.delete(made)
    message = str(failed.value.details())
    assert "protected against deletion" in message
    assert "isable deletion protection" in message
    assert "\n" not in message
    assert clients.client("dynamodb").describe_table(TableName=made.id)["Table"]["TableStatus"] == "ACTIVE"
    # Left out again is not protected, as with the official provider.
    assert aws.diff(made, aws.check(TABLE, INPUTS, old=made.inputs).values).changed == {"deletionProtectionEnabled"}
    unprotected = changed(aws, made)
    assert unprotected.state["deletionProtectionEnabled"] is False
    aws.delete(unprotected)


def test_rows_outlive_changes_of_a_table(aws: ProviderDriver, clients: AwsClients) -> None:
    made = aws.deploy(TABLE, INPUTS)
    client = clients.client("dynamodb")
    client.put_item(TableName=made.id, Item={"id": {"S": "kept"}, "colour": {"S": "red"}})
    index = {"name": "by-colour", "hashKey": "colour", "projectionType": "ALL"}
    attributes = [*ATTRIBUTES, {"name": "colour", "type": "S"}]
    made = changed(aws, made, attributes=attributes, globalSecondaryIndexes=[index], tags={"Team": "platform"})
    found = client.query(
        TableName=made.id,
        IndexName="by-colour",
        KeyConditionExpression="colour = :colour",
        ExpressionAttributeValues={":colour": {"S": "red"}},
    )
    assert [item["id"]["S"] for item in found["Items"]] == ["kept"]
    made = changed(aws, made, ttl={"attributeName": "expires_at", "enabled": True})
    assert made.state["globalSecondaryIndexes"] == []
    assert client.get_item(TableName=made.id, Key={"id": {"S": "kept"}})["Item"]["colour"] == {"S": "red"}
    aws.delete(made)


def test_expiry_recovery_and_encryption_that_are_left_out_stay_as_they_are(aws: ProviderDriver) -> None:
    given = {
        "pointInTimeRecovery": {"enabled": True},
        "serverSideEncryption": {"enabled": True},
        "ttl": {"attributeName": "expires_at", "enabled": True},
    }
    made = aws.deploy(TABLE, {**INPUTS, **given})
    assert made.state["pointInTimeRecovery"] == {"enabled": True, "recoveryPeriodInDays": 35}
    assert not aws.diff(made, aws.check(TABLE, INPUTS, old=made.inputs).values).changed
    aws.delete(made)


@pytest.mark.parametrize("name", sorted(RESOURCE_TYPES[0].unsupported))
def test_what_the_sandbox_cannot_honour_is_refused_and_never_ignored(aws: ProviderDriver, name: str) -> None:
    given: dict[str, object] = {
        "replicas": [{"regionName": "eu-west-1"}],
        "restoreToLatestTime": True,
        "globalTableWitness": {"regionName": "eu-west-1"},
        "importTable": {"inputFormat": "CSV", "s3BucketSource": {"bucket": "rows"}},
        "onDemandThroughput": {"maxReadRequestUnits": 1},
        "warmThroughput": {"readUnitsPerSecond": 20_000},
    }
    with pytest.raises(RefusedError, match=f"{name}: "):
        aws.check(TABLE, {**INPUTS, name: given.get(name, "arn:aws:dynamodb:eu-west-1:111122223333:table/other")})


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("keySchemas", [{"attributeName": "id", "keyType": "HASH"}]),
        ("onDemandThroughput", {"maxReadRequestUnits": 1}),
        ("warmThroughput", {"readUnitsPerSecond": 12_000}),
    ],
)
def test_what_the_sandbox_cannot_honour_of_an_index_is_refused(aws: ProviderDriver, name: str, value: object) -> None:
    index = {"name": "index", "hashKey": "id", "projectionType": "ALL", name: value}
    with pytest.raises(RefusedError, match=rf"globalSecondaryIndexes\[0\]\.{name}: "):
        aws.check(TABLE, {**INPUTS, "globalSecondaryIndexes": [index]})


def test_attributes_are_exactly_those_of_the_keys(aws: ProviderDriver) -> None:
    colour = {"name": "colour", "type": "S"}
    with pytest.raises(RefusedError, match="attributes: has 'colour', which is no key"):
        aws.check(TABLE, {**INPUTS, "attributes": [*ATTRIBUTES, colour]})
    with pytest.raises(RefusedError, match="attributes: lacks 'id', which is a key"):
        aws.check(TABLE, {**INPUTS, "attributes": [colour]})
