"""Rotation of a secret by a function (`aws:secretsmanager/secretRotation:SecretRotation`)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final, cast

from sandbox.provider.resource_type import (
    ApiShape,
    CloudFormationShape,
    Imported,
    Operation,
    Problem,
    ResourceType,
)
from sandbox.provider.values import Properties, object_of

_RULES: Final = {
    "automaticallyAfterDays": "AutomaticallyAfterDays",
    "duration": "Duration",
    "scheduleExpression": "ScheduleExpression",
}


def _rotate(operation: Operation) -> str:
    secret_id = str(operation.inputs["secretId"])
    _configure(operation, secret_id)
    return secret_id


def _configure(operation: Operation, secret_id: str) -> None:
    client, inputs = operation.client("secretsmanager"), operation.inputs
    if inputs.get("rotationEnabled") is False:
        client.cancel_rotate_secret(SecretId=secret_id)
        return
    rules = object_of(inputs.get("rotationRules"))
    request: dict[str, Any] = {
        "RotationRules": {member: rules[name] for name, member in _RULES.items() if rules.get(name)},
        "RotateImmediately": inputs["rotateImmediately"],
    }
    if inputs.get("rotationLambdaArn"):
        request["RotationLambdaARN"] = inputs["rotationLambdaArn"]
    client.rotate_secret(SecretId=secret_id, **{name: value for name, value in request.items() if value != {}})


def _read(operation: Operation) -> Properties | None:
    secret = operation.client("secretsmanager").describe_secret(SecretId=operation.id)
    if secret.get("DeletedDate"):
        return None
    enabled = bool(secret.get("RotationEnabled"))
    if not enabled and operation.inputs.get("rotationEnabled") is not False:
        return None  # somebody cancelled it
    rules = object_of(secret.get("RotationRules"))
    return {
        "rotateImmediately": operation.inputs.get("rotateImmediately", True),
        "rotationEnabled": enabled,
        "rotationLambdaArn": secret.get("RotationLambdaARN", ""),
        "rotationRules": {
            "automaticallyAfterDays": _asked_days(operation, rules),
            "duration": rules.get("Duration", ""),
            "scheduleExpression": rules.get("ScheduleExpression", ""),
        },
        "secretId": operation.id,
    }


def _asked_days(operation: Operation, rules: Mapping[str, Any]) -> int:
    # With a schedule, AWS also answers the number of days that it works out to; that is not the user's word.
    if rules.get("ScheduleExpression"):
        return int(object_of(operation.inputs.get("rotationRules")).get("automaticallyAfterDays", 0))
    return int(rules.get("AutomaticallyAfterDays", 0))


def _update(operation: Operation) -> None:
    # A changed `rotateImmediately` alone says something about the next change, not about the secret.
    if operation.changed & {"rotationEnabled", "rotationLambdaArn", "rotationRules"}:
        _configure(operation, operation.id)


def _cancel(operation: Operation) -> None:
    operation.client("secretsmanager").cancel_rotate_secret(SecretId=operation.id)


def _check(inputs: Properties) -> Iterable[Problem]:
    rules = inputs.get("rotationRules")
    if isinstance(rules, Mapping):
        given = {"automaticallyAfterDays", "scheduleExpression"} & object_of(cast("Any", rules)).keys()
        if len(given) != 1:
            yield Problem(
                path=("rotationRules",), message="give exactly one of automaticallyAfterDays and scheduleExpression"
            )
    elif rules is None and inputs.get("rotationEnabled") is not False:
        yield Problem(path=("rotationRules",), message="is required: say how often the secret is rotated")
    if "rotationLambdaArn" not in inputs and inputs.get("rotationEnabled") is not False:
        yield Problem(
            path=("rotationLambdaArn",), message="is required: only secrets of AWS's own services rotate without"
        )


_PARTNERS: Final = "managed external secrets need AWS's partners"

RESOURCE_TYPES: Final = (
    ResourceType(
        token="aws:secretsmanager/secretRotation:SecretRotation",  # noqa: S106 - a type token
        create=_rotate,
        read=_read,
        update=_update,
        delete=_cancel,
        check=_check,
        replaces=frozenset({"secretId"}),
        defaults={"rotateImmediately": True},
        computed=frozenset({"rotationEnabled"}),
        write_only=frozenset({"rotateImmediately"}),
        locators=frozenset({"secretId"}),
        import_id=lambda identifier: Imported(id=identifier, inputs={"secretId": identifier}),
        unsupported={"externalSecretRotationMetadatas": _PARTNERS, "externalSecretRotationRoleArn": _PARTNERS},
        cloudformation=CloudFormationShape(
            type_name="AWS::SecretsManager::RotationSchedule",
            renames={"rotateImmediately": "RotateImmediatelyOnUpdate", "rotationLambdaArn": "RotationLambdaARN"},
            omits=frozenset({"rotationEnabled"}),
        ),
        api=ApiShape(
            service="secretsmanager",
            operation="RotateSecret",
            members={
                "secretId": "SecretId",
                "rotationLambdaArn": "RotationLambdaARN",
                **{f"rotationRules.{name}": f"RotationRules.{member}" for name, member in _RULES.items()},
            },
        ),
    ),
)
