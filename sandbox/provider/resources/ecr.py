"""Container registries: repositories and their lifecycle policies (`aws:ecr/...`)."""

from __future__ import annotations

import json
from collections.abc import Iterable
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
from sandbox.provider.resources.tagging import as_list, as_map, tag_changes
from sandbox.provider.values import Properties, list_of, object_of

_MISSING: Final = MISSING_CODES | {"RepositoryNotFoundException", "LifecyclePolicyNotFoundException"}


def _create_repository(operation: Operation) -> str:
    inputs = operation.inputs
    request: dict[str, Any] = {"imageTagMutability": inputs["imageTagMutability"]}
    if "imageScanningConfiguration" in inputs:
        request["imageScanningConfiguration"] = dict(object_of(inputs["imageScanningConfiguration"]))
    encryption = object_of(next(iter(list_of(inputs.get("encryptionConfigurations"))), None))
    if encryption:
        request["encryptionConfiguration"] = {name: value for name, value in encryption.items() if value}
    if operation.tags:
        request["tags"] = as_list(operation.tags)
    operation.client("ecr").create_repository(repositoryName=inputs["name"], **request)
    operation.created(str(inputs["name"]))
    return str(inputs["name"])


def _read_repository(operation: Operation) -> Properties | None:
    ecr = operation.client("ecr")
    repository = ecr.describe_repositories(repositoryNames=[operation.id])["repositories"][0]
    encryption = object_of(repository.get("encryptionConfiguration"))
    tags = ecr.list_tags_for_resource(resourceArn=repository["repositoryArn"])["tags"]
    return {
        "arn": repository["repositoryArn"],
        "encryptionConfigurations": [
            {"encryptionType": encryption.get("encryptionType", "AES256"), "kmsKey": encryption.get("kmsKey", "")}
        ],
        "imageScanningConfiguration": {
            "scanOnPush": bool(object_of(repository.get("imageScanningConfiguration")).get("scanOnPush")),
        },
        "imageTagMutability": repository["imageTagMutability"],
        "name": operation.id,
        "registryId": repository["registryId"],
        "repositoryUrl": repository["repositoryUri"],
        "tagsAll": as_map(tags),
    }


def _update_repository(operation: Operation) -> None:
    ecr, inputs = operation.client("ecr"), operation.inputs
    if "imageTagMutability" in operation.changed:
        ecr.put_image_tag_mutability(repositoryName=operation.id, imageTagMutability=inputs["imageTagMutability"])
    if "imageScanningConfiguration" in operation.changed:
        scan = bool(object_of(inputs.get("imageScanningConfiguration")).get("scanOnPush"))
        ecr.put_image_scanning_configuration(
            repositoryName=operation.id, imageScanningConfiguration={"scanOnPush": scan}
        )
    changes = tag_changes(operation)
    arn = str(operation.state["arn"])
    if changes.removed:
        ecr.untag_resource(resourceArn=arn, tagKeys=changes.removed)
    if changes.added:
        ecr.tag_resource(resourceArn=arn, tags=as_list(changes.added))


def _delete_repository(operation: Operation) -> None:
    operation.client("ecr").delete_repository(
        repositoryName=operation.id, force=bool(operation.inputs.get("forceDelete"))
    )


def _encryption_as_object(properties: dict[str, Any]) -> dict[str, Any]:
    # A list of at most one in the official provider.
    for given in list_of(properties.get("EncryptionConfiguration")):
        properties["EncryptionConfiguration"] = given
    return properties


def _check_repository(inputs: Properties) -> Iterable[Problem]:
    if len(list_of(inputs.get("encryptionConfigurations"))) > 1:
        yield Problem(path=("encryptionConfigurations",), message="give at most one")


def _put_policy(operation: Operation) -> str:
    name = str(operation.inputs["repository"])
    operation.client("ecr").put_lifecycle_policy(
        repositoryName=name, lifecyclePolicyText=str(operation.inputs["policy"])
    )
    operation.created(name)
    return name


def _read_policy(operation: Operation) -> Properties | None:
    found = operation.client("ecr").get_lifecycle_policy(repositoryName=operation.id)
    return {
        "policy": found["lifecyclePolicyText"],
        "registryId": found["registryId"],
        "repository": found["repositoryName"],
    }


def _delete_policy(operation: Operation) -> None:
    operation.client("ecr").delete_lifecycle_policy(repositoryName=operation.id)


_SELECTED_BY_TAG: Final = ("tagPrefixList", "tagPatternList")


def _check_policy(inputs: Properties) -> Iterable[Problem]:
    """What PutLifecyclePolicy refuses (ECR user guide, "Lifecycle policy properties"); no schema publishes it."""
    try:
        document: Any = json.loads(str(inputs["policy"]))
    except json.JSONDecodeError:
        return  # the frame says where
    rules = [object_of(each) for each in list_of(object_of(document).get("rules"))]
    if not rules:
        yield Problem(path=("policy",), message="has no rules")
    priorities = [rule.get("rulePriority") for rule in rules]
    if len(set(map(str, priorities))) != len(priorities):
        yield Problem(path=("policy",), message="has two rules of the same rulePriority")
    for index, rule in enumerate(rules):
        selection, action = object_of(rule.get("selection")), object_of(rule.get("action"))
        where = f"rules[{index}]"
        if not isinstance(rule.get("rulePriority"), int):
            yield Problem(path=("policy",), message=f"{where}.rulePriority must be a whole number")
        if action.get("type") != "expire":
            yield Problem(path=("policy",), message=f"{where}.action.type must be expire")
        if selection.get("tagStatus") not in ("tagged", "untagged", "any"):
            yield Problem(path=("policy",), message=f"{where}.selection.tagStatus must be tagged, untagged or any")
        if selection.get("countType") not in ("imageCountMoreThan", "sinceImagePushed"):
            allowed = "imageCountMoreThan or sinceImagePushed"
            yield Problem(path=("policy",), message=f"{where}.selection.countType must be {allowed}")
        if not isinstance(selection.get("countNumber"), int):
            yield Problem(path=("policy",), message=f"{where}.selection.countNumber must be a whole number")
        by_tag = any(selection.get(name) for name in _SELECTED_BY_TAG)
        if (selection.get("tagStatus") == "tagged") != by_tag:
            which = " or ".join(_SELECTED_BY_TAG)
            yield Problem(path=("policy",), message=f"{where}.selection: {which} belongs to tagStatus tagged")


RESOURCE_TYPES: Final = (
    ResourceType(
        token="aws:ecr/repository:Repository",  # noqa: S106 - a type token
        create=_create_repository,
        read=_read_repository,
        update=_update_repository,
        delete=_delete_repository,
        check=_check_repository,
        replaces=frozenset({"encryptionConfigurations", "name"}),
        defaults={"imageTagMutability": "MUTABLE"},
        computed=frozenset({"encryptionConfigurations", "imageScanningConfiguration"}),
        auto_name=AutoName(maximum_length=256),
        write_only=frozenset({"forceDelete"}),
        missing_codes=_MISSING,
        unsupported={"imageTagMutabilityExclusionFilters": "the emulator does not keep it"},
        cloudformation=CloudFormationShape(
            type_name="AWS::ECR::Repository",
            renames={"encryptionConfigurations": "EncryptionConfiguration", "name": "RepositoryName"},
            omits=frozenset({"forceDelete"}),
            adjust=_encryption_as_object,
        ),
    ),
    ResourceType(
        token="aws:ecr/lifecyclePolicy:LifecyclePolicy",  # noqa: S106 - a type token
        create=_put_policy,
        read=_read_policy,
        delete=_delete_policy,
        check=_check_policy,
        replaces=frozenset({"policy", "repository"}),
        json_properties=frozenset({"policy"}),
        delete_before_replace=True,
        missing_codes=_MISSING,
        api=ApiShape(
            service="ecr",
            operation="PutLifecyclePolicy",
            members={"policy": "lifecyclePolicyText", "repository": "repositoryName"},
        ),
    ),
)
