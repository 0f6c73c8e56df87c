"""Cognito user pools for machine-to-machine clients (`aws:cognito/userPool:UserPool`).

Deliberately without what only people who sign in need (attributes, messages, MFA, devices, passwords): giving one of
those inputs is an error.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final, cast

from sandbox.provider.resource_type import ApiShape, AutoName, CloudFormationShape, Operation, ResourceType
from sandbox.provider.resources.tagging import map_of, tag_changes
from sandbox.provider.values import Properties, object_of

SERVICE: Final = "cognito-idp"

_UPDATED_TOGETHER: Final = frozenset(
    {"adminCreateUserConfig", "deletionProtection", "lambdaConfig", "mfaConfiguration", "userPoolTier"}
)
_FOR_PEOPLE: Final = "the sandbox has user pools for machine-to-machine clients only"
_UNSUPPORTED: Final = (
    "accountRecoverySetting",
    "aliasAttributes",
    "autoVerifiedAttributes",
    "deviceConfiguration",
    "emailConfiguration",
    "emailMfaConfiguration",
    "emailVerificationMessage",
    "emailVerificationSubject",
    "passwordPolicy",
    "schemas",
    "signInPolicy",
    "smsAuthenticationMessage",
    "smsConfiguration",
    "smsVerificationMessage",
    "softwareTokenMfaConfiguration",
    "userAttributeUpdateSettings",
    "userPoolAddOns",
    "usernameAttributes",
    "usernameConfiguration",
    "verificationMessageTemplate",
    "webAuthnConfiguration",
)


def _settings(inputs: Mapping[str, Any]) -> dict[str, Any]:
    """What CreateUserPool and UpdateUserPool have in common. UpdateUserPool resets what it is not given."""
    settings: dict[str, Any] = {
        "DeletionProtection": inputs["deletionProtection"],
        "MfaConfiguration": inputs["mfaConfiguration"],
        "LambdaConfig": _lambda_config(object_of(inputs.get("lambdaConfig"))),
    }
    if "allowAdminCreateUserOnly" in (users := object_of(inputs.get("adminCreateUserConfig"))):
        settings["AdminCreateUserConfig"] = {"AllowAdminCreateUserOnly": users["allowAdminCreateUserOnly"]}
    if inputs.get("userPoolTier"):
        settings["UserPoolTier"] = inputs["userPoolTier"]
    return settings


def _lambda_config(triggers: Mapping[str, Any]) -> dict[str, Any]:
    trigger = object_of(triggers.get("preTokenGenerationConfig"))
    if not trigger:
        return {}
    config = {"LambdaArn": trigger["lambdaArn"], "LambdaVersion": trigger["lambdaVersion"]}
    return {"PreTokenGenerationConfig": config}


def _create(operation: Operation) -> str:
    request = _settings(operation.inputs)
    if operation.tags:
        request["UserPoolTags"] = dict(operation.tags)
    made = operation.client(SERVICE).create_user_pool(PoolName=operation.inputs["name"], **request)
    identifier = str(made["UserPool"]["Id"])
    operation.created(identifier)
    return identifier


def _read(operation: Operation) -> Properties | None:
    pool = operation.client(SERVICE).describe_user_pool(UserPoolId=operation.id)["UserPool"]
    clients = operation.clients
    return {
        "adminCreateUserConfig": {
            "allowAdminCreateUserOnly": bool(
                object_of(pool.get("AdminCreateUserConfig")).get("AllowAdminCreateUserOnly")
            ),
        },
        "arn": pool["Arn"],
        "creationDate": _date(pool["CreationDate"]),
        "customDomain": pool.get("CustomDomain") or "",
        "deletionProtection": pool.get("DeletionProtection", "INACTIVE"),
        "domain": pool.get("Domain") or "",
        "endpoint": f"cognito-idp.{clients.region}.{clients.dns_suffix}/{operation.id}",
        "estimatedNumberOfUsers": pool.get("EstimatedNumberOfUsers", 0),
        "lambdaConfig": _triggers(object_of(pool.get("LambdaConfig"))),
        "lastModifiedDate": _date(pool["LastModifiedDate"]),
        "mfaConfiguration": pool.get("MfaConfiguration", "OFF"),
        "name": pool["Name"],
        "tagsAll": dict(cast("Mapping[str, str]", pool.get("UserPoolTags") or {})),
        "userPoolTier": pool["UserPoolTier"],
    }


def _triggers(config: Mapping[str, Any]) -> Properties | None:
    trigger = object_of(config.get("PreTokenGenerationConfig"))
    if not trigger:
        return None
    return {
        "preTokenGenerationConfig": {"lambdaArn": trigger["LambdaArn"], "lambdaVersion": trigger["LambdaVersion"]},
    }


def _date(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


def _update(operation: Operation) -> None:
    client, identifier = operation.client(SERVICE), operation.id
    if operation.changed & _UPDATED_TOGETHER:
        client.update_user_pool(UserPoolId=identifier, UserPoolTags=dict(operation.tags), **_settings(operation.inputs))
    changes = tag_changes(operation)
    if changes.removed:
        client.untag_resource(ResourceArn=operation.state["arn"], TagKeys=changes.removed)
    if changes.added:
        client.tag_resource(ResourceArn=operation.state["arn"], Tags=changes.added)


def _delete(operation: Operation) -> None:
    operation.client(SERVICE).delete_user_pool(UserPoolId=operation.id)


def _with_tags_as_map(properties: dict[str, Any]) -> dict[str, Any]:
    # CloudFormation has the pool's tags as a map, unlike most types.
    if "Tags" in properties:
        properties["UserPoolTags"] = map_of(properties.pop("Tags"))
    return properties


RESOURCE_TYPES: Final = (
    ResourceType(
        token="aws:cognito/userPool:UserPool",  # noqa: S106 - a type token
        create=_create,
        read=_read,
        update=_update,
        delete=_delete,
        replaces=frozenset({"name"}),
        defaults={"deletionProtection": "INACTIVE", "mfaConfiguration": "OFF"},
        computed=frozenset({"adminCreateUserConfig", "userPoolTier"}),
        auto_name=AutoName(maximum_length=128),
        recomputed={
            "lastModifiedDate": _UPDATED_TOGETHER,
        },
        unsupported=dict.fromkeys(_UNSUPPORTED, _FOR_PEOPLE),
        cloudformation=CloudFormationShape(
            type_name="AWS::Cognito::UserPool",
            renames={
                "name": "UserPoolName",
                "lambdaConfig.customSmsSender": "CustomSMSSender",
                "lambdaConfig.kmsKeyId": "KMSKeyID",
            },
            adjust=_with_tags_as_map,
        ),
        api=ApiShape(service=SERVICE, operation="CreateUserPool", members={"name": "PoolName"}),
    ),
)
