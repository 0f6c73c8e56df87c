"""IAM policies: inline policies of a role, attachments of managed policies, and customer managed policies."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from sandbox.provider.resource_type import ApiShape, AutoName, CloudFormationShape, Imported, Operation, ResourceType
from sandbox.provider.resources.iam_role import document_text
from sandbox.provider.resources.tagging import as_list, as_map, tag_changes
from sandbox.provider.values import Properties

MOST_POLICY_VERSIONS: Final = 5
"""A managed policy has at most so many versions (IAM quotas, "Versions per managed policy")."""


def _put_role_policy(operation: Operation) -> str:
    role, name = operation.inputs["role"], operation.inputs["name"]
    operation.client("iam").put_role_policy(RoleName=role, PolicyName=name, PolicyDocument=operation.inputs["policy"])
    return f"{role}:{name}"


def _read_role_policy(operation: Operation) -> Properties | None:
    role, name = _role_and_policy(operation.id)
    found = operation.client("iam").get_role_policy(RoleName=role, PolicyName=name)
    return {"name": name, "policy": document_text(found["PolicyDocument"]), "role": role}


def _update_role_policy(operation: Operation) -> None:
    role, name = _role_and_policy(operation.id)
    operation.client("iam").put_role_policy(RoleName=role, PolicyName=name, PolicyDocument=operation.inputs["policy"])


def _delete_role_policy(operation: Operation) -> None:
    role, name = _role_and_policy(operation.id)
    operation.client("iam").delete_role_policy(RoleName=role, PolicyName=name)


def _role_and_policy(identifier: str) -> tuple[str, str]:
    role, separator, policy = identifier.partition(":")
    if not (role and separator and policy):
        raise ValueError(f"{identifier!r} must be <role name>:<policy name>")
    return role, policy


def _import_role_policy(identifier: str) -> Imported:
    role, name = _role_and_policy(identifier)
    return Imported(id=identifier, inputs={"role": role, "name": name})


def _attach(operation: Operation) -> str:
    role, arn = operation.inputs["role"], operation.inputs["policyArn"]
    operation.client("iam").attach_role_policy(RoleName=role, PolicyArn=arn)
    return f"{role}/{arn}"


def _read_attachment(operation: Operation) -> Properties | None:
    role, arn = _role_and_arn(operation.id)
    pages = operation.client("iam").get_paginator("list_attached_role_policies").paginate(RoleName=role)
    if not any(policy["PolicyArn"] == arn for page in pages for policy in page["AttachedPolicies"]):
        return None
    return {"policyArn": arn, "role": role}


def _detach(operation: Operation) -> None:
    role, arn = _role_and_arn(operation.id)
    operation.client("iam").detach_role_policy(RoleName=role, PolicyArn=arn)


def _role_and_arn(identifier: str) -> tuple[str, str]:
    role, separator, arn = identifier.partition("/")
    if not (role and separator and arn.startswith("arn:")):
        raise ValueError(f"{identifier!r} must be <role name>/<policy ARN>")
    return role, arn


def _import_attachment(identifier: str) -> Imported:
    role, arn = _role_and_arn(identifier)
    return Imported(id=identifier, inputs={"role": role, "policyArn": arn})


def _create_policy(operation: Operation) -> str:
    inputs = operation.inputs
    optional: Mapping[str, Any] = {"Description": inputs.get("description"), "Tags": as_list(operation.tags)}
    made = operation.client("iam").create_policy(
        PolicyName=inputs["name"],
        PolicyDocument=inputs["policy"],
        Path=inputs["path"],
        **{key: value for key, value in optional.items() if value},
    )
    return str(made["Policy"]["Arn"])


def _read_policy(operation: Operation) -> Properties | None:
    iam = operation.client("iam")
    policy = iam.get_policy(PolicyArn=operation.id)["Policy"]
    version = iam.get_policy_version(PolicyArn=operation.id, VersionId=policy["DefaultVersionId"])["PolicyVersion"]
    return {
        "arn": policy["Arn"],
        "attachmentCount": policy["AttachmentCount"],
        "description": policy.get("Description", ""),
        "name": policy["PolicyName"],
        "path": policy["Path"],
        "policy": document_text(version["Document"]),
        "policyId": policy["PolicyId"],
        "tagsAll": as_map(policy.get("Tags", [])),
    }


def _update_policy(operation: Operation) -> None:
    iam = operation.client("iam")
    if "policy" in operation.changed:
        versions = iam.list_policy_versions(PolicyArn=operation.id)["Versions"]
        if len(versions) >= MOST_POLICY_VERSIONS:
            oldest = min(
                (each for each in versions if not each["IsDefaultVersion"]), key=lambda each: each["CreateDate"]
            )
            iam.delete_policy_version(PolicyArn=operation.id, VersionId=oldest["VersionId"])
        iam.create_policy_version(PolicyArn=operation.id, PolicyDocument=operation.inputs["policy"], SetAsDefault=True)
    changes = tag_changes(operation)
    if changes.removed:
        iam.untag_policy(PolicyArn=operation.id, TagKeys=changes.removed)
    if changes.added:
        iam.tag_policy(PolicyArn=operation.id, Tags=as_list(changes.added))


def _delete_policy(operation: Operation) -> None:
    iam = operation.client("iam")
    for version in iam.list_policy_versions(PolicyArn=operation.id)["Versions"]:
        if not version["IsDefaultVersion"]:
            iam.delete_policy_version(PolicyArn=operation.id, VersionId=version["VersionId"])
    iam.delete_policy(PolicyArn=operation.id)


RESOURCE_TYPES: Final = (
    ResourceType(
        token="aws:iam/rolePolicy:RolePolicy",  # noqa: S106 - a type token
        create=_put_role_policy,
        read=_read_role_policy,
        update=_update_role_policy,
        delete=_delete_role_policy,
        replaces=frozenset({"name", "namePrefix", "role"}),
        computed=frozenset({"name", "namePrefix"}),
        auto_name=AutoName(maximum_length=128),
        json_properties=frozenset({"policy"}),
        locators=frozenset({"role", "name"}),
        import_id=_import_role_policy,
        cloudformation=CloudFormationShape(
            type_name="AWS::IAM::RolePolicy",
            renames={"name": "PolicyName", "role": "RoleName", "policy": "PolicyDocument"},
            omits=frozenset({"namePrefix"}),
        ),
        api=ApiShape(service="iam", operation="PutRolePolicy", members={"name": "PolicyName", "role": "RoleName"}),
    ),
    ResourceType(
        token="aws:iam/rolePolicyAttachment:RolePolicyAttachment",  # noqa: S106 - a type token
        create=_attach,
        read=_read_attachment,
        delete=_detach,
        replaces=frozenset({"role", "policyArn"}),
        locators=frozenset({"role", "policyArn"}),
        import_id=_import_attachment,
        api=ApiShape(
            service="iam", operation="AttachRolePolicy", members={"role": "RoleName", "policyArn": "PolicyArn"}
        ),
    ),
    ResourceType(
        token="aws:iam/policy:Policy",  # noqa: S106 - a type token
        create=_create_policy,
        read=_read_policy,
        update=_update_policy,
        delete=_delete_policy,
        replaces=frozenset({"name", "namePrefix", "path", "description"}),
        defaults={"path": "/"},
        computed=frozenset({"name", "namePrefix"}),
        auto_name=AutoName(maximum_length=128),
        json_properties=frozenset({"policy"}),
        write_only=frozenset({"delayAfterPolicyCreationInMs"}),
        cloudformation=CloudFormationShape(
            type_name="AWS::IAM::ManagedPolicy",
            renames={"name": "ManagedPolicyName", "policy": "PolicyDocument"},
            omits=frozenset({"namePrefix", "delayAfterPolicyCreationInMs", "tags"}),
        ),
        api=ApiShape(service="iam", operation="CreatePolicy", members={"name": "PolicyName", "path": "Path"}),
    ),
)
