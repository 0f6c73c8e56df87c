"""Secrets and their versions (`aws:secretsmanager/secret:Secret`, `.../secretVersion:SecretVersion`)."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterable, Mapping
from typing import Any, Final

from sandbox.provider.resource_type import (
    ApiShape,
    AutoName,
    CloudFormationShape,
    Imported,
    Operation,
    Problem,
    ResourceType,
)
from sandbox.provider.resources.resource_policies import resource_policy
from sandbox.provider.resources.tagging import as_list, as_map, tag_changes
from sandbox.provider.values import UNKNOWN, Properties

CURRENT: Final = "AWSCURRENT"
DEFAULT_RECOVERY_DAYS: Final = 30
RECOVERY_DAYS: Final = range(7, 31)
"""Besides 0, which deletes at once (API_DeleteSecret, `RecoveryWindowInDays`)."""


def _create_secret(operation: Operation) -> str:
    client, inputs = operation.client("secretsmanager"), operation.inputs
    optional: dict[str, Any] = {
        "Description": inputs.get("description"),
        "KmsKeyId": inputs.get("kmsKeyId"),
        "Tags": as_list(operation.tags),
    }
    request = {name: value for name, value in optional.items() if value not in (None, "", [])}
    arn = str(client.create_secret(Name=inputs["name"], **request)["ARN"])
    operation.created(arn)
    if inputs.get("policy"):
        client.put_resource_policy(SecretId=arn, ResourcePolicy=inputs["policy"])
    return arn


def _read_secret(operation: Operation) -> Properties | None:
    client = operation.client("secretsmanager")
    secret = client.describe_secret(SecretId=operation.id)
    if secret.get("DeletedDate"):
        return None  # waiting for its recovery window to end
    return {
        "arn": secret["ARN"],
        "description": secret.get("Description", ""),
        "kmsKeyId": secret.get("KmsKeyId", ""),
        "name": secret["Name"],
        "policy": client.get_resource_policy(SecretId=operation.id).get("ResourcePolicy", ""),
        "replicas": [_replica(each) for each in secret.get("ReplicationStatus", [])],
        "tagsAll": as_map(secret.get("Tags", [])),
    }


def _update_secret(operation: Operation) -> None:
    client, inputs, arn = operation.client("secretsmanager"), operation.inputs, operation.id
    if operation.changed & {"description", "kmsKeyId"}:
        # An empty key means the account's own (API_UpdateSecret, `KmsKeyId`).
        client.update_secret(
            SecretId=arn, Description=inputs.get("description", ""), KmsKeyId=inputs.get("kmsKeyId", "")
        )
    if "policy" in operation.changed and inputs.get("policy"):
        client.put_resource_policy(SecretId=arn, ResourcePolicy=inputs["policy"])
    changes = tag_changes(operation)
    if changes.removed:
        client.untag_resource(SecretId=arn, TagKeys=changes.removed)
    if changes.added:
        client.tag_resource(SecretId=arn, Tags=as_list(changes.added))


def _delete_secret(operation: Operation) -> None:
    client = operation.client("secretsmanager")
    # What an interrupted update left behind comes without inputs: nobody has used it, and its name is needed again.
    days = operation.inputs.get("recoveryWindowInDays", 0)
    if days:
        client.delete_secret(SecretId=operation.id, RecoveryWindowInDays=days)
    else:
        client.delete_secret(SecretId=operation.id, ForceDeleteWithoutRecovery=True)


def _replica(status: Mapping[str, Any]) -> Properties:
    accessed = status.get("LastAccessedDate")
    return {
        "kmsKeyId": status.get("KmsKeyId", ""),
        "lastAccessedDate": accessed.strftime("%Y-%m-%dT%H:%M:%SZ") if accessed else "",
        "region": status["Region"],
        "status": status.get("Status", ""),
        "statusMessage": status.get("StatusMessage", ""),
    }


def _check_secret(inputs: Properties) -> Iterable[Problem]:
    days = inputs["recoveryWindowInDays"]
    if days is not UNKNOWN and days != 0 and days not in RECOVERY_DAYS:
        allowed = f"between {RECOVERY_DAYS.start} and {RECOVERY_DAYS.stop - 1}"
        message = f"{days} is neither 0 (delete at once) nor {allowed}"
        yield Problem(path=("recoveryWindowInDays",), message=message)


def _put_version(operation: Operation) -> str:
    inputs = operation.inputs
    value: dict[str, Any] = {}
    if "secretString" in inputs:
        value["SecretString"] = inputs["secretString"]
    else:
        value["SecretBinary"] = base64.b64decode(str(inputs["secretBinary"]))
    if inputs.get("versionStages"):
        value["VersionStages"] = inputs["versionStages"]
    made = operation.client("secretsmanager").put_secret_value(SecretId=inputs["secretId"], **value)
    return f"{inputs['secretId']}|{made['VersionId']}"


def _read_version(operation: Operation) -> Properties | None:
    client = operation.client("secretsmanager")
    secret_id, version_id = _secret_and_version(operation.id)
    secret = client.describe_secret(SecretId=secret_id)
    if secret.get("DeletedDate"):
        return None
    found = client.get_secret_value(SecretId=secret_id, VersionId=version_id)
    binary = found.get("SecretBinary")
    return {
        "arn": found["ARN"],
        "hasSecretStringWo": False,
        "secretArn": found["ARN"],
        "secretBinary": base64.b64encode(binary).decode() if binary else "",
        "secretId": secret_id,
        "secretString": found.get("SecretString", ""),
        "versionId": version_id,
        "versionStages": sorted(found.get("VersionStages", [])),
    }


def _update_version(operation: Operation) -> None:
    wanted = operation.inputs.get("versionStages")
    if wanted is None:
        return
    secret_id, version_id = _secret_and_version(operation.id)
    for stage in sorted(set(wanted) - _stages(operation).get(version_id, set())):
        holder = next((each for each, held in _stages(operation).items() if stage in held), None)
        request = {"RemoveFromVersionId": holder} if holder else {}
        operation.client("secretsmanager").update_secret_version_stage(
            SecretId=secret_id, VersionStage=stage, MoveToVersionId=version_id, **request
        )
    # Asked for anew: moving AWSCURRENT has moved AWSPREVIOUS.
    _take_away(operation, _stages(operation).get(version_id, set()) - set(wanted))


def _stages(operation: Operation) -> dict[str, set[str]]:
    secret_id, _ = _secret_and_version(operation.id)
    secret = operation.client("secretsmanager").describe_secret(SecretId=secret_id)
    return {str(version): set(held) for version, held in secret.get("VersionIdsToStages", {}).items()}


def _take_away(operation: Operation, stages: set[str]) -> None:
    # AWSCURRENT can only be moved to another version, never taken away (API_UpdateSecretVersionStage).
    secret_id, version_id = _secret_and_version(operation.id)
    for stage in sorted(stages - {CURRENT}):
        operation.client("secretsmanager").update_secret_version_stage(
            SecretId=secret_id, VersionStage=stage, RemoveFromVersionId=version_id
        )


def _delete_version(operation: Operation) -> None:
    """A version cannot be deleted: it loses its labels, and AWS removes it later. The current one stays."""
    secret_id, version_id = _secret_and_version(operation.id)
    if not operation.client("secretsmanager").describe_secret(SecretId=secret_id).get("DeletedDate"):
        _take_away(operation, _stages(operation).get(version_id, set()))


def _secret_and_version(identifier: str) -> tuple[str, str]:
    secret, separator, version = identifier.rpartition("|")
    if not (secret and separator and version):
        raise ValueError("the id must be <secret ARN or name>|<version id>")
    return secret, version


def _import_version(identifier: str) -> Imported:
    secret, _ = _secret_and_version(identifier)
    return Imported(id=identifier, inputs={"secretId": secret})


def _check_version(inputs: Properties) -> Iterable[Problem]:
    if ("secretString" in inputs) == ("secretBinary" in inputs):
        yield Problem(path=("secretString",), message="give exactly one of secretString and secretBinary")
    binary = inputs.get("secretBinary")
    if isinstance(binary, str):
        try:
            base64.b64decode(binary, validate=True)
        except binascii.Error as error:
            yield Problem(path=("secretBinary",), message=f"is not valid base64: {error}")


RESOURCE_TYPES: Final = (
    ResourceType(
        token="aws:secretsmanager/secret:Secret",  # noqa: S106 - a type token
        create=_create_secret,
        read=_read_secret,
        update=_update_secret,
        delete=_delete_secret,
        check=_check_secret,
        replaces=frozenset({"name", "namePrefix"}),
        defaults={"forceOverwriteReplicaSecret": False, "recoveryWindowInDays": DEFAULT_RECOVERY_DAYS},
        computed=frozenset({"name", "namePrefix", "policy", "replicas"}),
        auto_name=AutoName(maximum_length=512),
        json_properties=frozenset({"policy"}),
        write_only=frozenset({"forceOverwriteReplicaSecret", "recoveryWindowInDays"}),
        unsupported={
            "replicas": "the emulator cannot take a replica away again",
            "type": "managed external secrets need AWS's partners",
        },
        cloudformation=CloudFormationShape(
            type_name="AWS::SecretsManager::Secret",
            omits=frozenset(
                {
                    "forceOverwriteReplicaSecret",
                    "namePrefix",
                    "policy",
                    "recoveryWindowInDays",
                }
            ),
        ),
        further_cloudformation=(resource_policy("policy"),),
        api=ApiShape(
            service="secretsmanager",
            operation="CreateSecret",
            members={"name": "Name", "kmsKeyId": "KmsKeyId"},
        ),
    ),
    ResourceType(
        token="aws:secretsmanager/secretVersion:SecretVersion",  # noqa: S106 - a type token
        create=_put_version,
        read=_read_version,
        update=_update_version,
        delete=_delete_version,
        check=_check_version,
        replaces=frozenset({"secretBinary", "secretId", "secretString"}),
        computed=frozenset({"versionStages"}),
        unordered=frozenset({"versionStages"}),
        secret_properties=frozenset({"secretBinary", "secretString"}),
        locators=frozenset({"secretId"}),
        import_id=_import_version,
        unsupported={
            "secretStringWo": "the state would not know whether the value is there; let the rotation function make it",
            "secretStringWoVersion": "it belongs to secretStringWo",
        },
        api=ApiShape(
            service="secretsmanager",
            operation="PutSecretValue",
            members={
                "secretId": "SecretId",
                "secretString": "SecretString",
                "versionStages": "VersionStages",
            },
        ),
    ),
)
