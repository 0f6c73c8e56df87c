"""Who may invoke a function: statements of its resource policy (`aws:lambda/permission:Permission`)."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, Final

from sandbox.provider.resource_type import (
    ApiShape,
    AutoName,
    CloudFormationShape,
    Imported,
    Operation,
    ResourceType,
)
from sandbox.provider.values import Properties

_MEMBERS: Final = {
    "action": "Action",
    "eventSourceToken": "EventSourceToken",
    "functionUrlAuthType": "FunctionUrlAuthType",
    "invokedViaFunctionUrl": "InvokedViaFunctionUrl",
    "principal": "Principal",
    "principalOrgId": "PrincipalOrgID",
    "qualifier": "Qualifier",
    "sourceAccount": "SourceAccount",
    "sourceArn": "SourceArn",
}


def _add(operation: Operation) -> str:
    inputs = operation.inputs
    identifier = str(inputs["statementId"])
    request = {member: inputs[name] for name, member in _MEMBERS.items() if inputs.get(name) not in (None, "")}
    operation.client("lambda").add_permission(FunctionName=inputs["function"], StatementId=identifier, **request)
    return identifier


def _read(operation: Operation) -> Properties | None:
    function, qualifier = _where(operation)
    request = {"Qualifier": qualifier} if qualifier else {}
    policy = json.loads(operation.client("lambda").get_policy(FunctionName=function, **request)["Policy"])
    statement = next((each for each in policy["Statement"] if each["Sid"] == operation.id), None)
    if statement is None:
        return None
    conditions = _conditions(statement)
    return {
        "action": statement["Action"],
        "eventSourceToken": conditions.get("lambda:EventSourceToken"),
        "function": function,
        "functionUrlAuthType": conditions.get("lambda:FunctionUrlAuthType"),
        "invokedViaFunctionUrl": conditions.get("lambda:InvokedViaFunctionUrl") in (True, "true") or None,
        "principal": _principal(statement["Principal"]),
        "principalOrgId": conditions.get("aws:PrincipalOrgID"),
        "qualifier": qualifier or "",
        "sourceAccount": conditions.get("AWS:SourceAccount"),
        "sourceArn": conditions.get("AWS:SourceArn"),
        "statementId": operation.id,
    }


def _remove(operation: Operation) -> None:
    function, qualifier = _where(operation)
    request = {"Qualifier": qualifier} if qualifier else {}
    operation.client("lambda").remove_permission(FunctionName=function, StatementId=operation.id, **request)


def _where(operation: Operation) -> tuple[str, str | None]:
    source: Mapping[str, Any] = {**operation.state, **operation.inputs}
    return str(source["function"]), source.get("qualifier") or None


def _conditions(statement: Mapping[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for operator in statement.get("Condition", {}).values():
        found.update(operator)
    # Lambda writes these keys in the spelling of the request, AWS or aws.
    return {key.replace("aws:Source", "AWS:Source"): value for key, value in found.items()}


def _principal(principal: Any) -> str:
    if isinstance(principal, str):
        return principal
    return str(next(iter(principal.values())))


def _import(identifier: str) -> Imported:
    function, separator, statement = identifier.rpartition("/")
    if not separator or not function or not statement:
        raise ValueError(f"{identifier!r} must be <function name or ARN>[:<qualifier>]/<statement id>")
    name, colon, qualifier = function.rpartition(":")
    # A qualifier follows a plain name, or an ARN that is already complete (seven parts).
    if colon and (function.count(":") == 1 or function.count(":") == 7):
        return Imported(id=statement, inputs={"function": name, "qualifier": qualifier})
    return Imported(id=statement, inputs={"function": function})


RESOURCE_TYPES: Final = (
    ResourceType(
        token="aws:lambda/permission:Permission",  # noqa: S106 - a type token
        create=_add,
        read=_read,
        delete=_remove,
        replaces=frozenset({*_MEMBERS, "function", "statementId", "statementIdPrefix"}),
        computed=frozenset({"statementId", "statementIdPrefix"}),
        auto_name=AutoName(property="statementId", maximum_length=100),
        locators=frozenset({"function", "qualifier"}),
        import_id=_import,
        cloudformation=CloudFormationShape(
            type_name="AWS::Lambda::Permission",
            renames={"function": "FunctionName", "principalOrgId": "PrincipalOrgID"},
            omits=frozenset({"qualifier", "statementId", "statementIdPrefix"}),
        ),
        api=ApiShape(
            service="lambda",
            operation="AddPermission",
            members={"statementId": "StatementId", "qualifier": "Qualifier"},
        ),
    ),
)
