"""CloudWatch Logs: log groups (`aws:cloudwatch/logGroup:LogGroup`)."""

from __future__ import annotations

from typing import Any, Final

from sandbox.provider.resource_type import AutoName, CloudFormationShape, Operation, ResourceType
from sandbox.provider.resources.tagging import tag_changes
from sandbox.provider.values import Properties


def _create_log_group(operation: Operation) -> str:
    logs = operation.client("logs")
    inputs = operation.inputs
    name = str(inputs["name"])
    optional = {"kmsKeyId": inputs.get("kmsKeyId"), "logGroupClass": inputs.get("logGroupClass")}
    request: dict[str, Any] = {key: value for key, value in optional.items() if value}
    if operation.tags:
        request["tags"] = dict(operation.tags)
    logs.create_log_group(logGroupName=name, **request)
    operation.created(name)
    _put_retention(operation, name)
    if inputs.get("deletionProtectionEnabled"):
        logs.put_log_group_deletion_protection(logGroupIdentifier=name, deletionProtectionEnabled=True)
    return name


def _read_log_group(operation: Operation) -> Properties | None:
    logs = operation.client("logs")
    pages = logs.get_paginator("describe_log_groups").paginate(logGroupNamePrefix=operation.id)
    groups = (group for page in pages for group in page["logGroups"])
    group = next((group for group in groups if group["logGroupName"] == operation.id), None)
    if group is None:
        return None
    arn = str(group["arn"]).removesuffix(":*")
    return {
        "arn": arn,
        "deletionProtectionEnabled": group.get("deletionProtectionEnabled", False),
        "kmsKeyId": group.get("kmsKeyId", ""),
        "logGroupClass": group.get("logGroupClass", "STANDARD"),
        "name": operation.id,
        "retentionInDays": group.get("retentionInDays", 0),
        "tagsAll": logs.list_tags_for_resource(resourceArn=arn)["tags"],
    }


def _update_log_group(operation: Operation) -> None:
    logs = operation.client("logs")
    if "retentionInDays" in operation.changed:
        _put_retention(operation, operation.id)
    if "kmsKeyId" in operation.changed:
        key = operation.inputs.get("kmsKeyId")
        if key:
            logs.associate_kms_key(logGroupName=operation.id, kmsKeyId=key)
        else:
            logs.disassociate_kms_key(logGroupName=operation.id)
    if "deletionProtectionEnabled" in operation.changed:
        enabled = bool(operation.inputs.get("deletionProtectionEnabled"))
        logs.put_log_group_deletion_protection(logGroupIdentifier=operation.id, deletionProtectionEnabled=enabled)
    changes = tag_changes(operation)
    arn = str(operation.state["arn"])
    if changes.removed:
        logs.untag_resource(resourceArn=arn, tagKeys=changes.removed)
    if changes.added:
        logs.tag_resource(resourceArn=arn, tags=changes.added)


def _delete_log_group(operation: Operation) -> None:
    if not operation.inputs.get("skipDestroy"):
        operation.client("logs").delete_log_group(logGroupName=operation.id)


def _put_retention(operation: Operation, name: str) -> None:
    logs = operation.client("logs")
    days = operation.inputs.get("retentionInDays") or 0
    if days:
        logs.put_retention_policy(logGroupName=name, retentionInDays=days)
    elif operation.id:
        logs.delete_retention_policy(logGroupName=name)


def _without_endless_retention(properties: dict[str, Any]) -> dict[str, Any]:
    # 0 is the official provider's word for "never expires"; CloudFormation says it by leaving the property out.
    return {name: value for name, value in properties.items() if (name, value) != ("RetentionInDays", 0)}


RESOURCE_TYPES: Final = (
    ResourceType(
        token="aws:cloudwatch/logGroup:LogGroup",  # noqa: S106 - a type token
        create=_create_log_group,
        read=_read_log_group,
        update=_update_log_group,
        delete=_delete_log_group,
        replaces=frozenset({"name", "namePrefix", "logGroupClass"}),
        defaults={"skipDestroy": False, "retentionInDays": 0},
        computed=frozenset({"logGroupClass", "name", "namePrefix", "deletionProtectionEnabled"}),
        auto_name=AutoName(maximum_length=512),
        write_only=frozenset({"skipDestroy"}),
        cloudformation=CloudFormationShape(
            type_name="AWS::Logs::LogGroup",
            renames={"name": "LogGroupName"},
            omits=frozenset({"namePrefix", "skipDestroy"}),
            adjust=_without_endless_retention,
        ),
    ),
)
