"""DynamoDB tables (`aws:dynamodb/table:Table`) with their indexes, expiry, recovery and encryption.

Deliberately no restored, imported or replicated tables and no throughput of a table in advance: the emulator has none.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any, Final, cast

from sandbox.provider.resource_type import AutoName, CloudFormationShape, Operation, Problem, ResourceType
from sandbox.provider.resources.dynamodb_indexes import (
    attribute_problems,
    described_global_index,
    described_local_index,
    global_index,
    index_changes,
    index_problems,
    key_schema,
    keys_of,
    local_index,
    translated_keys,
)
from sandbox.provider.resources.dynamodb_settings import (
    DEFAULT_RECOVERY_DAYS,
    attribute_definitions,
    described_encryption,
    described_expiry,
    described_recovery,
    encryption,
    stream,
    throughput,
)
from sandbox.provider.resources.tagging import as_list, as_map, tag_changes
from sandbox.provider.values import UNKNOWN, Properties, list_of, object_of

PROVISIONED: Final = "PROVISIONED"
# Not in CloudFormation's schema:
# https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/HowItWorks.NamingRulesDataTypes.html
TABLE_NAME: Final = re.compile(r"[a-zA-Z0-9_.-]{3,255}")
_NO_RESTORE: Final = "the emulator has no backups to restore a table from"
_NOT_KEPT: Final = "the emulator does not keep it"


def _create(operation: Operation) -> str:
    client, inputs = operation.client("dynamodb"), operation.inputs
    name, provisioned = str(inputs["name"]), inputs["billingMode"] == PROVISIONED
    request: dict[str, Any] = {
        "AttributeDefinitions": attribute_definitions(inputs),
        "BillingMode": inputs["billingMode"],
        "DeletionProtectionEnabled": bool(inputs.get("deletionProtectionEnabled")),
        "GlobalSecondaryIndexes": [
            global_index(index, provisioned=provisioned) for index in list_of(inputs.get("globalSecondaryIndexes"))
        ],
        "KeySchema": key_schema(inputs["hashKey"], inputs.get("rangeKey")),
        "LocalSecondaryIndexes": [
            local_index(index, inputs["hashKey"]) for index in list_of(inputs.get("localSecondaryIndexes"))
        ],
        "ProvisionedThroughput": throughput(inputs) if provisioned else None,
        "SSESpecification": encryption(inputs),
        "StreamSpecification": stream(inputs) if inputs.get("streamEnabled") else None,
        "TableClass": inputs["tableClass"],
        "Tags": as_list(operation.tags),
    }
    client.create_table(TableName=name, **{key: value for key, value in request.items() if value not in (None, [])})
    operation.created(name)
    if object_of(inputs.get("ttl")).get("enabled"):
        _put_expiry(operation, name)
    if object_of(inputs.get("pointInTimeRecovery")).get("enabled"):
        _put_recovery(operation, name)
    return name


def _read(operation: Operation) -> Properties | None:
    client, name = operation.client("dynamodb"), operation.id
    table = client.describe_table(TableName=name)["Table"]
    keys, units = keys_of(table), table["ProvisionedThroughput"]
    streaming = object_of(table.get("StreamSpecification"))
    recovery = client.describe_continuous_backups(TableName=name)["ContinuousBackupsDescription"]
    return {
        "arn": table["TableArn"],
        "attributes": [
            {"name": each["AttributeName"], "type": each["AttributeType"]} for each in table["AttributeDefinitions"]
        ],
        "billingMode": object_of(table.get("BillingModeSummary")).get("BillingMode", PROVISIONED),
        "deletionProtectionEnabled": table.get("DeletionProtectionEnabled", False),
        "globalSecondaryIndexes": [
            described_global_index(index) for index in list_of(table.get("GlobalSecondaryIndexes"))
        ],
        "hashKey": keys["HASH"],
        "localSecondaryIndexes": [
            described_local_index(index) for index in list_of(table.get("LocalSecondaryIndexes"))
        ],
        "name": table["TableName"],
        "pointInTimeRecovery": described_recovery(recovery["PointInTimeRecoveryDescription"]),
        "rangeKey": keys.get("RANGE", ""),
        "readCapacity": units["ReadCapacityUnits"],
        "serverSideEncryption": described_encryption(table.get("SSEDescription")),
        "streamArn": table.get("LatestStreamArn", ""),
        "streamEnabled": streaming.get("StreamEnabled", False),
        "streamLabel": table.get("LatestStreamLabel", ""),
        "streamViewType": streaming.get("StreamViewType", ""),
        "tableClass": object_of(table.get("TableClassSummary")).get("TableClass", "STANDARD"),
        "tagsAll": as_map(_tags(client, table["TableArn"])),
        "ttl": described_expiry(client.describe_time_to_live(TableName=name)["TimeToLiveDescription"]),
        "writeCapacity": units["WriteCapacityUnits"],
    }


def _update(operation: Operation) -> None:
    client, inputs, name = operation.client("dynamodb"), operation.inputs, operation.id
    table = client.describe_table(TableName=name)["Table"]
    wanted = list_of(inputs.get("globalSecondaryIndexes"))
    provisioned = inputs["billingMode"] == PROVISIONED
    deleted, updated, created = index_changes(
        list_of(table.get("GlobalSecondaryIndexes")), wanted, provisioned=provisioned
    )
    # As AWS wants it: indexes go before, and come after everything else, one per call.
    for index in deleted:
        client.update_table(TableName=name, GlobalSecondaryIndexUpdates=[{"Delete": {"IndexName": index}}])
    request = _table_changes(operation, table)
    if updated:
        request["GlobalSecondaryIndexUpdates"] = [{"Update": each} for each in updated]
    if request:
        client.update_table(TableName=name, **request)
    for index in created:
        client.update_table(
            TableName=name,
            AttributeDefinitions=attribute_definitions(inputs),
            GlobalSecondaryIndexUpdates=[{"Create": index}],
        )
    encrypted = encryption(inputs)
    if "serverSideEncryption" in operation.changed and encrypted is not None:
        client.update_table(TableName=name, SSESpecification=encrypted)  # AWS takes it alone only
    expiry = object_of(inputs.get("ttl"))
    known = described_expiry(client.describe_time_to_live(TableName=name)["TimeToLiveDescription"])
    if "ttl" in operation.changed and expiry and (expiry.get("enabled") or known["enabled"]):
        _put_expiry(operation, name)
    if "pointInTimeRecovery" in operation.changed and inputs.get("pointInTimeRecovery"):
        _put_recovery(operation, name)
    changes = tag_changes(operation)
    if changes.removed:
        client.untag_resource(ResourceArn=table["TableArn"], TagKeys=changes.removed)
    if changes.added:
        client.tag_resource(ResourceArn=table["TableArn"], Tags=as_list(changes.added))


def _table_changes(operation: Operation, table: Mapping[str, Any]) -> dict[str, Any]:
    """What one `UpdateTable` says; AWS refuses a throughput that is the same as before."""
    inputs, request = operation.inputs, dict[str, Any]()
    mode = object_of(table.get("BillingModeSummary")).get("BillingMode", PROVISIONED)
    if inputs["billingMode"] == PROVISIONED:
        live = {unit: table["ProvisionedThroughput"][unit] for unit in ("ReadCapacityUnits", "WriteCapacityUnits")}
        if mode != PROVISIONED or live != throughput(inputs):
            request |= {"BillingMode": PROVISIONED, "ProvisionedThroughput": throughput(inputs)}
    elif mode != inputs["billingMode"]:
        request["BillingMode"] = inputs["billingMode"]
    if not operation.changed.isdisjoint({"streamEnabled", "streamViewType"}):
        request["StreamSpecification"] = stream(inputs)
    if "deletionProtectionEnabled" in operation.changed:
        request["DeletionProtectionEnabled"] = bool(inputs.get("deletionProtectionEnabled"))
    if "tableClass" in operation.changed:
        request["TableClass"] = inputs["tableClass"]
    return request


def _delete(operation: Operation) -> None:
    operation.client("dynamodb").delete_table(TableName=operation.id)


def _put_expiry(operation: Operation, name: str) -> None:
    given = object_of(operation.inputs["ttl"])
    attribute = given.get("attributeName") or object_of(operation.state.get("ttl")).get("attributeName", "")
    operation.client("dynamodb").update_time_to_live(
        TableName=name,
        TimeToLiveSpecification={"Enabled": bool(given.get("enabled")), "AttributeName": attribute},
    )


def _put_recovery(operation: Operation, name: str) -> None:
    enabled = bool(object_of(operation.inputs["pointInTimeRecovery"]).get("enabled"))
    operation.client("dynamodb").update_continuous_backups(
        TableName=name, PointInTimeRecoverySpecification={"PointInTimeRecoveryEnabled": enabled}
    )


def _tags(client: Any, arn: str) -> list[dict[str, str]]:
    pages = client.get_paginator("list_tags_of_resource").paginate(ResourceArn=arn)
    return [tag for page in pages for tag in page.get("Tags", [])]


def _completed(properties: Properties) -> Properties:
    completed = {"deletionProtectionEnabled": False, "streamEnabled": False, **properties}
    recovery = properties.get("pointInTimeRecovery")
    if isinstance(recovery, Mapping) and object_of(cast("Any", recovery)).get("enabled") is True:
        completed["pointInTimeRecovery"] = {
            "recoveryPeriodInDays": DEFAULT_RECOVERY_DAYS,
            **object_of(cast("Any", recovery)),
        }
    if properties.get("globalSecondaryIndexes") not in (None, UNKNOWN):
        indexes = list_of(properties["globalSecondaryIndexes"])
        none = {"readCapacity": 0, "writeCapacity": 0}
        completed["globalSecondaryIndexes"] = [
            {**none, **object_of(index)} if isinstance(index, Mapping) else index for index in indexes
        ]
    return completed


def _problems(inputs: Properties) -> Iterator[Problem]:
    if not inputs.get("hashKey"):
        yield Problem(path=("hashKey",), message="is required for a table that is not restored from another")
    name = inputs.get("name")
    if isinstance(name, str) and not TABLE_NAME.fullmatch(name):
        message = f"{name!r} is no table name: 3 to 255 letters, digits, underscores, hyphens and dots"
        yield Problem(path=("name",), message=message)
    days = object_of(inputs.get("pointInTimeRecovery")).get("recoveryPeriodInDays")
    if days not in (None, UNKNOWN, DEFAULT_RECOVERY_DAYS):
        message = f"the sandbox keeps no other than {DEFAULT_RECOVERY_DAYS} days: {_NOT_KEPT}"
        yield Problem(path=("pointInTimeRecovery", "recoveryPeriodInDays"), message=message)
    if inputs.get("billingMode") == PROVISIONED:
        for name in ("readCapacity", "writeCapacity"):
            if not inputs.get(name):
                yield Problem(path=(name,), message="must be at least 1 when billingMode is PROVISIONED")
    elif inputs.get("streamEnabled") and not inputs.get("streamViewType"):
        yield Problem(path=("streamViewType",), message="is required when streamEnabled is true")
    yield from index_problems(inputs)
    yield from attribute_problems(inputs)


def _cloudformation_table(properties: dict[str, Any]) -> dict[str, Any]:
    encrypted = properties.get("SSESpecification")
    if isinstance(encrypted, dict) and "KMSMasterKeyId" in encrypted:
        properties["SSESpecification"] = {"SSEType": "KMS", **object_of(cast("Any", encrypted))}
    return translated_keys(properties)


RESOURCE_TYPES: Final = (
    ResourceType(
        token="aws:dynamodb/table:Table",  # noqa: S106 - a type token
        create=_create,
        read=_read,
        update=_update,
        delete=_delete,
        replaces=frozenset({"name", "hashKey", "rangeKey", "localSecondaryIndexes"}),
        defaults={"billingMode": PROVISIONED, "tableClass": "STANDARD"},
        computed=frozenset(
            {
                "name",
                "pointInTimeRecovery",
                "readCapacity",
                "serverSideEncryption",
                "streamViewType",
                "ttl",
                "writeCapacity",
            }
        ),
        auto_name=AutoName(maximum_length=255),
        unordered=frozenset(
            {
                "attributes",
                "globalSecondaryIndexes",
                "globalSecondaryIndexes.nonKeyAttributes",
                "localSecondaryIndexes",
            }
        ),
        recomputed={
            "streamArn": frozenset({"streamEnabled"}),
            "streamLabel": frozenset({"streamEnabled"}),
            "readCapacity": frozenset({"billingMode"}),
            "writeCapacity": frozenset({"billingMode"}),
        },
        completes=_completed,
        check=_problems,
        unsupported={
            "globalTableWitness": "the emulator has one region's table only",
            "importTable": _NO_RESTORE,
            "onDemandThroughput": _NOT_KEPT,
            "replicas": "the emulator has one region's table only",
            "restoreBackupArn": _NO_RESTORE,
            "restoreDateTime": _NO_RESTORE,
            "restoreSourceName": _NO_RESTORE,
            "restoreSourceTableArn": _NO_RESTORE,
            "restoreToLatestTime": _NO_RESTORE,
            "warmThroughput": _NOT_KEPT,
        },
        cloudformation=CloudFormationShape(
            type_name="AWS::DynamoDB::Table",
            renames={
                "name": "TableName",
                "attributes": "AttributeDefinitions",
                "attributes.name": "AttributeName",
                "attributes.type": "AttributeType",
                "globalSecondaryIndexes.name": "IndexName",
                "localSecondaryIndexes.name": "IndexName",
                "pointInTimeRecovery": "PointInTimeRecoverySpecification",
                "pointInTimeRecovery.enabled": "PointInTimeRecoveryEnabled",
                "readCapacity": "ProvisionedThroughput.ReadCapacityUnits",
                "serverSideEncryption": "SSESpecification",
                "serverSideEncryption.enabled": "SSEEnabled",
                "serverSideEncryption.kmsKeyArn": "KMSMasterKeyId",
                "streamViewType": "StreamSpecification.StreamViewType",
                "ttl": "TimeToLiveSpecification",
                "writeCapacity": "ProvisionedThroughput.WriteCapacityUnits",
            },
            omits=frozenset({"streamEnabled"}),
            adjust=_cloudformation_table,
        ),
    ),
)
