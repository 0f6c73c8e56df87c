"""Invocations of a function as a resource (`aws:lambda/invocation:Invocation`).

With `lifecycleScope` CRUD the function is told what happens to the resource: under `terraformKey` the input gets
`{"action": "create" | "update" | "delete", "prev_input": ...}`, as the official provider does it.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from typing import Any, Final

from sandbox.provider.errors import ProviderError
from sandbox.provider.resource_type import ApiShape, Imported, Operation, Problem, ResourceType
from sandbox.provider.values import UNKNOWN, Properties

CREATE_ONLY: Final = "CREATE_ONLY"
CRUD: Final = "CRUD"
LATEST: Final = "$LATEST"
RESULT: Final = "result"


def _payload(inputs: Mapping[str, Any], action: str, previous: str | None) -> bytes:
    if inputs["lifecycleScope"] == CREATE_ONLY:
        return str(inputs["input"]).encode()
    told = {"action": action, "prev_input": None if previous is None else json.loads(previous)}
    return json.dumps({**json.loads(str(inputs["input"])), inputs["terraformKey"]: told}).encode()


def _invoke(operation: Operation, payload: bytes) -> str:
    inputs = operation.inputs
    answer = operation.client("lambda").invoke(
        FunctionName=inputs["functionName"], Qualifier=inputs["qualifier"], Payload=payload
    )
    result = answer["Payload"].read().decode()
    if answer.get("FunctionError"):
        raise ProviderError(f"invoking Lambda Function ({inputs['functionName']}): {result}")
    return result


def _create(operation: Operation) -> str:
    inputs = operation.inputs
    payload = _payload(inputs, "create", None)
    operation.told[RESULT] = _invoke(operation, payload)
    digest = hashlib.md5(payload, usedforsecurity=False).hexdigest()  # the official provider's id
    identifier = f"{inputs['functionName']},{inputs['qualifier']},{digest}"
    operation.created(identifier)
    return identifier


def _read(operation: Operation) -> Properties | None:
    # As in the official provider there is nothing to read: the state is what the function answered.
    function, qualifier, _ = _parts(operation.id)
    known = {**operation.state, **operation.inputs}
    return {
        "functionName": function,
        "input": known.get("input"),
        "lifecycleScope": known.get("lifecycleScope", CREATE_ONLY),
        "qualifier": qualifier,
        "result": operation.told.get(RESULT, operation.state.get(RESULT)),
        "terraformKey": known.get("terraformKey", "tf"),
        "triggers": known.get("triggers"),
    }


def _update(operation: Operation) -> None:
    if operation.inputs["lifecycleScope"] == CRUD and "input" in operation.changed:
        previous = operation.state.get("input")
        operation.told[RESULT] = _invoke(operation, _payload(operation.inputs, "update", previous))


def _delete(operation: Operation) -> None:
    # What an interrupted update left behind comes without inputs: what to undo is not known then.
    if operation.inputs.get("lifecycleScope") == CRUD:
        _invoke(operation, _payload(operation.inputs, "delete", str(operation.inputs["input"])))


def _parts(identifier: str) -> tuple[str, str, str]:
    parts = identifier.split(",")
    if len(parts) != 3 or not all(parts):
        raise ValueError(f"{identifier!r} must be FUNCTION-NAME,QUALIFIER,RESULT-HASH")
    return parts[0], parts[1], parts[2]


def _import(identifier: str) -> Imported:
    function, qualifier, _ = _parts(identifier)
    return Imported(id=identifier, inputs={"functionName": function, "qualifier": qualifier})


def _check(inputs: Properties) -> Iterable[Problem]:
    scope = inputs["lifecycleScope"]
    if scope not in (CREATE_ONLY, CRUD, UNKNOWN):
        yield Problem(path=("lifecycleScope",), message=f"{scope!r} is not one of ['{CREATE_ONLY}', '{CRUD}']")
    text = inputs["input"]
    if not isinstance(text, str):
        return
    try:
        document: Any = json.loads(text)
    except json.JSONDecodeError as error:
        yield Problem(path=("input",), message=f"is not valid JSON: {error.msg}")
        return
    if scope == CRUD and not isinstance(document, Mapping):
        yield Problem(path=("input",), message="must be a JSON object where lifecycleScope is CRUD")


def _replaces(_old: Mapping[str, Any], new: Mapping[str, Any]) -> frozenset[str]:
    return frozenset({"input"}) if new.get("lifecycleScope") == CREATE_ONLY else frozenset()


RESOURCE_TYPES: Final = (
    ResourceType(
        token="aws:lambda/invocation:Invocation",  # noqa: S106 - a type token
        create=_create,
        read=_read,
        update=_update,
        delete=_delete,
        check=_check,
        replaces=frozenset({"functionName", "qualifier", "triggers"}),
        replaces_when=_replaces,
        defaults={"lifecycleScope": CREATE_ONLY, "qualifier": LATEST, "terraformKey": "tf"},
        recomputed={"result": frozenset({"input"})},
        import_id=_import,
        unsupported={"tenantId": "the emulator has no tenant isolation"},
        api=ApiShape(
            service="lambda",
            operation="Invoke",
            members={"functionName": "FunctionName", "qualifier": "Qualifier"},
        ),
    ),
)
