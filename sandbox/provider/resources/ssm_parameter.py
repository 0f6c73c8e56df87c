"""Parameters of Systems Manager (`aws:ssm/parameter:Parameter`)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final

from sandbox.provider.resource_type import (
    MISSING_CODES,
    ApiShape,
    AutoName,
    CloudFormationShape,
    Operation,
    Problem,
    ResourceType,
)
from sandbox.provider.resources.tagging import as_list, as_map, map_of, tag_changes
from sandbox.provider.values import Properties

_MEMBERS: Final = {
    "allowedPattern": "AllowedPattern",
    "dataType": "DataType",
    "description": "Description",
    "keyId": "KeyId",
    "name": "Name",
    "tier": "Tier",
    "type": "Type",
    "value": "Value",
}
_REPLACED_TOGETHER: Final = frozenset(_MEMBERS) - {"name"}
_STORED_OPENLY: Final = "the sandbox keeps every parameter's value as a secret; give value"


def _request(inputs: Mapping[str, Any]) -> dict[str, Any]:
    return {member: inputs[name] for name, member in _MEMBERS.items() if inputs.get(name) not in (None, "")}


def _create(operation: Operation) -> str:
    ssm, inputs = operation.client("ssm"), operation.inputs
    name, overwrite = str(inputs["name"]), bool(inputs.get("overwrite"))
    request: dict[str, Any] = {**_request(inputs), "Overwrite": overwrite}
    if operation.tags and not overwrite:
        request["Tags"] = as_list(operation.tags)
    ssm.put_parameter(**request)
    operation.created(name)
    if operation.tags and overwrite:  # PutParameter takes no tags when it overwrites
        ssm.add_tags_to_resource(ResourceType="Parameter", ResourceId=name, Tags=as_list(operation.tags))
    return name


def _read(operation: Operation) -> Properties | None:
    ssm = operation.client("ssm")
    parameter = ssm.get_parameter(Name=operation.id, WithDecryption=True)["Parameter"]
    filters = [{"Key": "Name", "Option": "Equals", "Values": [operation.id]}]
    described = ssm.describe_parameters(ParameterFilters=filters)["Parameters"]
    if not described:
        return None
    details = described[0]
    tags = ssm.list_tags_for_resource(ResourceType="Parameter", ResourceId=operation.id)["TagList"]
    return {
        "allowedPattern": details.get("AllowedPattern", ""),
        "arn": parameter["ARN"],
        "dataType": details.get("DataType", "text"),
        "description": details.get("Description", ""),
        "keyId": details.get("KeyId", ""),
        "name": parameter["Name"],
        "tagsAll": as_map(tags),
        "tier": details.get("Tier", "Standard"),
        "type": parameter["Type"],
        "value": parameter["Value"],
        "version": parameter["Version"],
    }


def _update(operation: Operation) -> None:
    ssm = operation.client("ssm")
    if operation.changed & _REPLACED_TOGETHER:
        ssm.put_parameter(**{"Description": "", **_request(operation.inputs)}, Overwrite=True)
    changes = tag_changes(operation)
    if changes.removed:
        ssm.remove_tags_from_resource(ResourceType="Parameter", ResourceId=operation.id, TagKeys=changes.removed)
    if changes.added:
        added = as_list(changes.added)
        ssm.add_tags_to_resource(ResourceType="Parameter", ResourceId=operation.id, Tags=added)


def _delete(operation: Operation) -> None:
    operation.client("ssm").delete_parameter(Name=operation.id)


def _check(inputs: Properties) -> Iterable[Problem]:
    if "value" not in inputs:
        yield Problem(path=("value",), message="is required and has no value")
    if "keyId" in inputs and inputs["type"] in ("String", "StringList"):
        yield Problem(path=("keyId",), message="is for SecureString parameters only")


def _replaces(old: Mapping[str, Any], new: Mapping[str, Any]) -> frozenset[str]:
    # AWS does not make a standard parameter of an advanced one (API_PutParameter, `Tier`).
    downgraded = old.get("tier") == "Advanced" and new.get("tier") == "Standard"
    return frozenset({"tier"}) if downgraded else frozenset()


def _without_secure_type(properties: dict[str, Any]) -> dict[str, Any]:
    # CloudFormation cannot make SecureString parameters; everything else of its constraints holds for them too.
    if properties.get("Type") == "SecureString":
        properties["Type"] = "String"
    if "Tags" in properties:
        properties["Tags"] = map_of(properties["Tags"])
    return properties


RESOURCE_TYPES: Final = (
    ResourceType(
        token="aws:ssm/parameter:Parameter",  # noqa: S106 - a type token
        create=_create,
        read=_read,
        update=_update,
        delete=_delete,
        check=_check,
        replaces=frozenset({"dataType", "name"}),
        replaces_when=_replaces,
        computed=frozenset({"arn", "dataType", "keyId", "tier"}),
        auto_name=AutoName(maximum_length=2048),
        secret_properties=frozenset({"value"}),
        write_only=frozenset({"overwrite"}),
        recomputed={"version": _REPLACED_TOGETHER},
        missing_codes=MISSING_CODES | {"ParameterNotFound"},
        unsupported={
            "arn": "AWS makes the ARN",
            "insecureValue": _STORED_OPENLY,
            "valueWo": _STORED_OPENLY,
            "valueWoVersion": "it belongs to valueWo",
        },
        cloudformation=CloudFormationShape(
            type_name="AWS::SSM::Parameter",
            omits=frozenset({"keyId", "overwrite"}),
            adjust=_without_secure_type,
        ),
        api=ApiShape(service="ssm", operation="PutParameter", members=_MEMBERS),
    ),
)
