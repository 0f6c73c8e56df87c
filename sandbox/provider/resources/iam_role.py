"""IAM roles (`aws:iam/role:Role`), with the inline and managed policies that a role may list itself."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, Final, cast

from sandbox.provider.resource_type import AutoName, CloudFormationShape, Operation, ResourceType
from sandbox.provider.resources.tagging import as_list, as_map, tag_changes
from sandbox.provider.values import Properties


def _create(operation: Operation) -> str:
    iam, inputs = operation.client("iam"), operation.inputs
    name = str(inputs["name"])
    optional = {
        "Description": inputs.get("description"),
        "PermissionsBoundary": inputs.get("permissionsBoundary"),
        "Tags": as_list(operation.tags),
    }
    iam.create_role(
        RoleName=name,
        AssumeRolePolicyDocument=inputs["assumeRolePolicy"],
        MaxSessionDuration=inputs["maxSessionDuration"],
        Path=inputs["path"],
        **{key: value for key, value in optional.items() if value},
    )
    operation.created(name)
    _align_inline_policies(operation, name)
    _align_managed_policies(operation, name)
    return name


def _read(operation: Operation) -> Properties | None:
    iam, name = operation.client("iam"), operation.id
    role = iam.get_role(RoleName=name)["Role"]
    inline = [
        {
            "name": policy,
            "policy": document_text(iam.get_role_policy(RoleName=name, PolicyName=policy)["PolicyDocument"]),
        }
        for policy in sorted(_inline_policy_names(operation, name))
    ]
    return {
        "arn": role["Arn"],
        "assumeRolePolicy": document_text(role["AssumeRolePolicyDocument"]),
        "createDate": role["CreateDate"].strftime("%Y-%m-%dT%H:%M:%SZ"),
        "description": role.get("Description", ""),
        "inlinePolicies": inline,
        "managedPolicyArns": sorted(_managed_policy_arns(operation, name)),
        "maxSessionDuration": role.get("MaxSessionDuration", 3600),
        "name": role["RoleName"],
        "path": role["Path"],
        "permissionsBoundary": role.get("PermissionsBoundary", {}).get("PermissionsBoundaryArn", ""),
        "tagsAll": as_map(role.get("Tags", [])),
        "uniqueId": role["RoleId"],
    }


def _update(operation: Operation) -> None:
    iam, inputs, name = operation.client("iam"), operation.inputs, operation.id
    if "assumeRolePolicy" in operation.changed:
        iam.update_assume_role_policy(RoleName=name, PolicyDocument=inputs["assumeRolePolicy"])
    if "description" in operation.changed:
        iam.update_role_description(RoleName=name, Description=inputs.get("description", ""))
    if "maxSessionDuration" in operation.changed:
        iam.update_role(RoleName=name, MaxSessionDuration=inputs["maxSessionDuration"])
    if "permissionsBoundary" in operation.changed:
        boundary = inputs.get("permissionsBoundary")
        if boundary:
            iam.put_role_permissions_boundary(RoleName=name, PermissionsBoundary=boundary)
        elif operation.state.get("permissionsBoundary"):
            iam.delete_role_permissions_boundary(RoleName=name)
    if "inlinePolicies" in operation.changed:
        _align_inline_policies(operation, name)
    if "managedPolicyArns" in operation.changed:
        _align_managed_policies(operation, name)
    changes = tag_changes(operation)
    if changes.removed:
        iam.untag_role(RoleName=name, TagKeys=changes.removed)
    if changes.added:
        iam.tag_role(RoleName=name, Tags=as_list(changes.added))


def _delete(operation: Operation) -> None:
    iam, name = operation.client("iam"), operation.id
    forced = bool(operation.inputs.get("forceDetachPolicies"))
    if forced or "managedPolicyArns" in operation.inputs:
        for arn in _managed_policy_arns(operation, name):
            iam.detach_role_policy(RoleName=name, PolicyArn=arn)
    if forced or "inlinePolicies" in operation.inputs:
        for policy in _inline_policy_names(operation, name):
            iam.delete_role_policy(RoleName=name, PolicyName=policy)
    iam.delete_role(RoleName=name)


def _align_inline_policies(operation: Operation, name: str) -> None:
    """Make the role's inline policies exactly those that are listed; without a list they are none of this resource's
    business.
    """
    listed = cast("list[Mapping[str, str]] | None", operation.inputs.get("inlinePolicies"))
    if listed is None:
        return
    iam = operation.client("iam")
    # An entry without a name means "none at all" (official provider: an empty block).
    wanted = {each["name"]: each["policy"] for each in listed if each.get("name")}
    for policy in set(_inline_policy_names(operation, name)) - wanted.keys():
        iam.delete_role_policy(RoleName=name, PolicyName=policy)
    for policy, document in wanted.items():
        iam.put_role_policy(RoleName=name, PolicyName=policy, PolicyDocument=document)


def _align_managed_policies(operation: Operation, name: str) -> None:
    listed = cast("list[str] | None", operation.inputs.get("managedPolicyArns"))
    if listed is None:
        return
    iam = operation.client("iam")
    attached = set(_managed_policy_arns(operation, name))
    for arn in attached - set(listed):
        iam.detach_role_policy(RoleName=name, PolicyArn=arn)
    for arn in set(listed) - attached:
        iam.attach_role_policy(RoleName=name, PolicyArn=arn)


def _inline_policy_names(operation: Operation, name: str) -> list[str]:
    pages = operation.client("iam").get_paginator("list_role_policies").paginate(RoleName=name)
    return [str(policy) for page in pages for policy in page["PolicyNames"]]


def _managed_policy_arns(operation: Operation, name: str) -> list[str]:
    pages = operation.client("iam").get_paginator("list_attached_role_policies").paginate(RoleName=name)
    return [str(policy["PolicyArn"]) for page in pages for policy in page["AttachedPolicies"]]


def document_text(document: Any) -> str:
    """A policy document as text; botocore has already parsed what IAM sends URL-encoded."""
    return document if isinstance(document, str) else json.dumps(document, separators=(",", ":"))


def _translated_inline_policies(properties: dict[str, Any]) -> dict[str, Any]:
    policies = properties.get("Policies")
    if isinstance(policies, list):
        named = [each for each in cast("list[dict[str, Any]]", policies) if each]
        return {**properties, "Policies": named}
    return properties


RESOURCE_TYPES: Final = (
    ResourceType(
        token="aws:iam/role:Role",  # noqa: S106 - a type token
        create=_create,
        read=_read,
        update=_update,
        delete=_delete,
        replaces=frozenset({"name", "namePrefix", "path"}),
        defaults={"forceDetachPolicies": False, "maxSessionDuration": 3600, "path": "/"},
        computed=frozenset({"inlinePolicies", "managedPolicyArns", "name", "namePrefix"}),
        auto_name=AutoName(maximum_length=64),
        json_properties=frozenset({"assumeRolePolicy", "inlinePolicies.policy"}),
        unordered=frozenset({"inlinePolicies", "managedPolicyArns"}),
        write_only=frozenset({"forceDetachPolicies"}),
        cloudformation=CloudFormationShape(
            type_name="AWS::IAM::Role",
            renames={
                "name": "RoleName",
                "assumeRolePolicy": "AssumeRolePolicyDocument",
                "inlinePolicies": "Policies",
                "inlinePolicies.name": "PolicyName",
                "inlinePolicies.policy": "PolicyDocument",
            },
            omits=frozenset({"namePrefix", "forceDetachPolicies"}),
            adjust=_translated_inline_policies,
        ),
    ),
)
