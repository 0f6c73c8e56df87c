"""API Gateway: the role that it writes logs with, one per account and region (`aws:apigateway/account:Account`).

Deleting the resource takes the role away again, as the official provider does since its version 7: AWS has no account
to delete.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, Final

from sandbox.provider.resource_type import CloudFormationShape, Operation, Problem, ResourceType
from sandbox.provider.resources.apigateway_names import matching
from sandbox.provider.resources.apigateway_patches import replace_patch
from sandbox.provider.values import Properties

ROLE_ARN: Final = re.compile(r"(?:arn:[a-z0-9-]+:iam::\d{12}:role/\S+)?")
"""An IAM role's, or nothing at all."""


def _put_role(operation: Operation) -> str:
    # Without a value AWS sets it to nothing; an empty text is no role's ARN to it.
    _set_role(operation, operation.inputs.get("cloudwatchRoleArn") or None)
    return operation.clients.account_id


def _set_role(operation: Operation, arn: str | None) -> None:
    operation.client("apigateway").update_account(patchOperations=[replace_patch("/cloudwatchRoleArn", arn)])


def _update(operation: Operation) -> None:
    _put_role(operation)


def _read(operation: Operation) -> Properties | None:
    live = operation.client("apigateway").get_account()
    return {
        "apiKeyVersion": live.get("apiKeyVersion", ""),
        "cloudwatchRoleArn": live.get("cloudwatchRoleArn", ""),
        "features": live.get("features", []),
        "throttleSettings": [dict(live["throttleSettings"])],
    }


def _delete(operation: Operation) -> None:
    _set_role(operation, None)


def _check(inputs: Properties) -> Iterator[Problem]:
    yield from matching(inputs, "cloudwatchRoleArn", ROLE_ARN, "the ARN of an IAM role")


def _without_empty_role(properties: dict[str, Any]) -> dict[str, Any]:
    # The official provider's word for "no role"; CloudFormation says it by leaving the property out.
    return {name: value for name, value in properties.items() if value != ""}


RESOURCE_TYPES: Final = (
    ResourceType(
        token="aws:apigateway/account:Account",  # noqa: S106 - a type token
        create=_put_role,
        read=_read,
        update=_update,
        delete=_delete,
        defaults={"cloudwatchRoleArn": ""},
        check=_check,
        cloudformation=CloudFormationShape(
            type_name="AWS::ApiGateway::Account",
            renames={"cloudwatchRoleArn": "CloudWatchRoleArn"},
            adjust=_without_empty_role,
        ),
    ),
)
