"""DynamoDB."""

from typing import Any

from tests.provider.cases.case import Case, Refusal, World
from tests.provider.driver import Known

_KEY = "arn:aws:kms:ap-southeast-3:111122223333:key/00000000-0000-0000-0000-000000000000"
_UNKEPT = "refused, see test_dynamodb.py: the emulator does not keep it"


def _base(world: World) -> dict[str, Any]:
    names = ("customer_id", "data_id", "colour")
    return {
        "name": world.name,
        "billingMode": "PAY_PER_REQUEST",
        "hashKey": "customer_id",
        "rangeKey": "data_id",
        "attributes": [{"name": name, "type": "S"} for name in names],
        "globalSecondaryIndexes": [_index("by-colour", "KEYS_ONLY")],
        "localSecondaryIndexes": [{"name": "local", "rangeKey": "colour", "projectionType": "ALL"}],
        "pointInTimeRecovery": {"enabled": True},
        "serverSideEncryption": {"enabled": True},
        "ttl": {"attributeName": "expires_at", "enabled": True},
    }


def _index(name: str, projection: str, **fields: Any) -> dict[str, Any]:
    return {"name": name, "hashKey": "colour", "rangeKey": "data_id", "projectionType": projection, **fields}


def _drift(world: World, known: Known) -> str:
    world.clients.client("dynamodb").update_continuous_backups(
        TableName=known.id, PointInTimeRecoverySpecification={"PointInTimeRecoveryEnabled": False}
    )
    return "pointInTimeRecovery"


CASES = (
    Case(
        token="aws:dynamodb/table:Table",
        base=_base,
        changes={
            "deletionProtectionEnabled": True,
            "globalSecondaryIndexes": [
                _index("by-colour", "INCLUDE", nonKeyAttributes=["size"]),
                _index("another", "ALL"),
            ],
            "pointInTimeRecovery": {"enabled": False},
            "serverSideEncryption": {"enabled": True, "kmsKeyArn": _KEY},
            "streamEnabled": True,
            "tableClass": "STANDARD_INFREQUENT_ACCESS",
            "tags": {"Team": "platform"},
            "ttl": {"attributeName": "", "enabled": False},
            "attributes": [{"name": name, "type": "S"} for name in ("customer_id", "data_id", "colour", "shape")],
            "billingMode": "PROVISIONED",
        },
        with_changes={
            "streamEnabled": {"streamViewType": "KEYS_ONLY"},
            "hashKey": {
                "localSecondaryIndexes": [{"name": "local", "rangeKey": "customer_id", "projectionType": "ALL"}]
            },
            "attributes": {
                "globalSecondaryIndexes": [{"name": "by-shape", "hashKey": "shape", "projectionType": "KEYS_ONLY"}]
            },
            "billingMode": {
                "readCapacity": 2,
                "writeCapacity": 3,
                "globalSecondaryIndexes": [
                    {
                        "name": "by-shape",
                        "hashKey": "shape",
                        "projectionType": "KEYS_ONLY",
                        "readCapacity": 4,
                        "writeCapacity": 5,
                    }
                ],
            },
        },
        replaces={
            "name": "another",
            "hashKey": "colour",
            "rangeKey": "colour",
            "localSecondaryIndexes": [{"name": "local", "rangeKey": "colour", "projectionType": "KEYS_ONLY"}],
            "region": "eu-west-1",
        },
        untested={
            "globalTableWitness": _UNKEPT,
            "importTable": _UNKEPT,
            "onDemandThroughput": _UNKEPT,
            "readCapacity": "changes with billingMode",
            "replicas": _UNKEPT,
            "restoreBackupArn": _UNKEPT,
            "restoreDateTime": _UNKEPT,
            "restoreSourceName": _UNKEPT,
            "restoreSourceTableArn": _UNKEPT,
            "restoreToLatestTime": _UNKEPT,
            "streamViewType": "changes with streamEnabled",
            "warmThroughput": _UNKEPT,
            "writeCapacity": "changes with billingMode",
        },
        absent=frozenset(
            {
                "globalTableWitness",
                "importTable",
                "onDemandThroughput",
                "replicas",
                "restoreBackupArn",
                "restoreDateTime",
                "restoreSourceName",
                "restoreSourceTableArn",
                "restoreToLatestTime",
                "warmThroughput",
            }
        ),
        volatile=frozenset({"streamArn", "streamLabel"}),
        not_imported=frozenset({"pointInTimeRecovery", "serverSideEncryption", "ttl"}),
        drift=_drift,
        remove=lambda world, known: world.clients.client("dynamodb").delete_table(TableName=known.id),
        refused=(
            Refusal(change={"billingMode": "FREE"}, message="billingMode: 'FREE' is not one of"),
            Refusal(change={"hashKey": None}, message="hashKey: is required"),
            Refusal(change={"name": "a b"}, message="name: 'a b' is no table name"),
            Refusal(
                change={"attributes": [{"name": name, "type": "X"} for name in ("customer_id", "data_id", "colour")]},
                message="'X' is not one of",
            ),
            Refusal(change={"billingMode": "PROVISIONED"}, message="readCapacity: must be at least 1"),
            Refusal(change={"streamEnabled": True}, message="streamViewType: is required"),
            Refusal(change={"ttl": {"enabled": "yes"}}, message="ttl.enabled: must be a boolean"),
            Refusal(
                change={"pointInTimeRecovery": {"enabled": True, "recoveryPeriodInDays": 7}},
                message="pointInTimeRecovery.recoveryPeriodInDays: the sandbox keeps no other than 35 days",
            ),
            Refusal(
                change={"replicas": [{"regionName": "eu-west-1"}]},
                message="replicas: ",
            ),
        ),
    ),
)
