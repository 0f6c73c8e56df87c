"""Throughput, stream, encryption, expiry and recovery of DynamoDB tables, between Pulumi's and AWS's forms. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from sandbox.provider.values import Properties, list_of, object_of

DEFAULT_RECOVERY_DAYS: Final = 35
# https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_SSESpecification.html
AWS_MANAGED_KEY: Final = ":alias/aws/dynamodb"


def attribute_definitions(inputs: Mapping[str, Any]) -> list[dict[str, str]]:
    """`AttributeDefinitions` of the inputs."""
    attributes = list_of(inputs.get("attributes"))
    return [{"AttributeName": each["name"], "AttributeType": each["type"]} for each in attributes]


def throughput(inputs: Mapping[str, Any]) -> dict[str, int]:
    """`ProvisionedThroughput` of the inputs."""
    return {
        "ReadCapacityUnits": inputs.get("readCapacity", 0),
        "WriteCapacityUnits": inputs.get("writeCapacity", 0),
    }


def stream(inputs: Mapping[str, Any]) -> dict[str, Any]:
    """`StreamSpecification` of the inputs."""
    if not inputs.get("streamEnabled"):
        return {"StreamEnabled": False}
    return {"StreamEnabled": True, "StreamViewType": inputs.get("streamViewType", "NEW_AND_OLD_IMAGES")}


def encryption(inputs: Mapping[str, Any]) -> dict[str, Any] | None:
    """`SSESpecification` of the inputs; `None` where they say nothing, which leaves it as it is."""
    given = object_of(inputs.get("serverSideEncryption"))
    if not given:
        return None
    if not given.get("enabled"):
        return {"Enabled": False}
    key = given.get("kmsKeyArn")
    return {"Enabled": True, "SSEType": "KMS"} | ({"KMSMasterKeyId": key} if key else {})


def described_encryption(description: Any) -> Properties | None:
    """The output for what `DescribeTable` tells of the encryption; `None` for DynamoDB's own keys."""
    if not description:
        return None
    if description["Status"] != "ENABLED":
        return {"enabled": False}
    # The emulator knows the account's own key by its alias only; AWS tells that key's ARN.
    key = description.get("KMSMasterKeyArn", "")
    return {"enabled": True} | ({} if key.endswith(AWS_MANAGED_KEY) else {"kmsKeyArn": key})


def described_expiry(description: Mapping[str, Any]) -> Properties:
    """The output for what `DescribeTimeToLive` tells."""
    enabled = description["TimeToLiveStatus"] in ("ENABLED", "ENABLING")
    # AWS forgets the attribute of an expiry that is off; the emulator keeps telling it.
    return {"attributeName": description.get("AttributeName", "") if enabled else "", "enabled": enabled}


def described_recovery(description: Mapping[str, Any]) -> Properties:
    """The output for what `DescribeContinuousBackups` tells."""
    if description["PointInTimeRecoveryStatus"] != "ENABLED":
        return {"enabled": False}
    return {"enabled": True, "recoveryPeriodInDays": description.get("RecoveryPeriodInDays", DEFAULT_RECOVERY_DAYS)}
