"""API Gateway: what requests must look like (`aws:apigateway/model:Model` and `...:RequestValidator`)."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

from sandbox.provider.resource_type import AutoName, CloudFormationShape, Operation, Problem, ResourceType
from sandbox.provider.resources.apigateway_names import LONGEST_NAME, import_parts, matching
from sandbox.provider.resources.apigateway_patches import Scalar, scalar_patches
from sandbox.provider.values import Properties

MODEL_NAME: Final = re.compile(r"[A-Za-z0-9]+")
"""API reference, CreateModel: "Must be alphanumeric"."""
MEDIA_TYPE: Final = re.compile(r"[A-Za-z0-9!#$&^_.+-]+/[A-Za-z0-9!#$&^_.+*-]+")

_VALIDATOR_SCALARS: Final = {
    "name": Scalar(member="name"),
    "validateRequestBody": Scalar(member="validateRequestBody", absent="false"),
    "validateRequestParameters": Scalar(member="validateRequestParameters", absent="false"),
}
_MODEL_SCALARS: Final = {"description": Scalar(member="description"), "schema": Scalar(member="schema")}


def _validator_address(operation: Operation) -> dict[str, str]:
    return {"restApiId": operation.inputs["restApi"], "requestValidatorId": operation.id}


def _create_validator(operation: Operation) -> str:
    inputs = operation.inputs
    created = operation.client("apigateway").create_request_validator(
        restApiId=inputs["restApi"],
        name=inputs["name"],
        validateRequestBody=inputs["validateRequestBody"],
        validateRequestParameters=inputs["validateRequestParameters"],
    )
    operation.created(created["id"])
    return str(created["id"])


def _read_validator(operation: Operation) -> Properties | None:
    live = operation.client("apigateway").get_request_validator(**_validator_address(operation))
    return {
        "name": live["name"],
        "restApi": operation.inputs["restApi"],
        "validateRequestBody": live["validateRequestBody"],
        "validateRequestParameters": live["validateRequestParameters"],
    }


def _update_validator(operation: Operation) -> None:
    gateway, address = operation.client("apigateway"), _validator_address(operation)
    live = gateway.get_request_validator(**address)
    patches = scalar_patches(operation.changed, operation.inputs, live, _VALIDATOR_SCALARS)
    if patches:
        gateway.update_request_validator(**address, patchOperations=patches)


def _delete_validator(operation: Operation) -> None:
    operation.client("apigateway").delete_request_validator(**_validator_address(operation))


def _model_address(inputs: Mapping[str, Any]) -> dict[str, str]:
    return {"restApiId": inputs["restApi"], "modelName": inputs["name"]}


def _create_model(operation: Operation) -> str:
    inputs = operation.inputs
    request = {name: inputs[name] for name in ("description", "schema") if inputs.get(name)}
    created = operation.client("apigateway").create_model(
        restApiId=inputs["restApi"], name=inputs["name"], contentType=inputs["contentType"], **request
    )
    operation.created(created["id"])
    return str(created["id"])


def _model_id(operation: Operation) -> str | None:
    """The id of an imported model: people know its name, AWS answers the id."""
    return str(operation.client("apigateway").get_model(**_model_address(operation.inputs))["id"])


def _read_model(operation: Operation) -> Properties | None:
    live = operation.client("apigateway").get_model(**_model_address(operation.inputs))
    return {
        "contentType": live["contentType"],
        "description": live.get("description", ""),
        "name": live["name"],
        "restApi": operation.inputs["restApi"],
        "schema": live.get("schema", ""),
    }


def _update_model(operation: Operation) -> None:
    gateway, address = operation.client("apigateway"), _model_address(operation.inputs)
    live = gateway.get_model(**address)
    patches = scalar_patches(operation.changed, operation.inputs, live, _MODEL_SCALARS)
    if patches:
        gateway.update_model(**address, patchOperations=patches)


def _delete_model(operation: Operation) -> None:
    operation.client("apigateway").delete_model(**_model_address(operation.inputs))


def _check_model(inputs: Properties) -> Iterator[Problem]:
    meaning = "letters and digits only; give the model a name, AWS refuses the automatic one with its hyphen"
    yield from matching(inputs, "name", MODEL_NAME, meaning)
    yield from matching(inputs, "contentType", MEDIA_TYPE, "a media type (application/json)")
    schema = inputs.get("schema")
    if isinstance(schema, str) and schema and not _is_json_object(schema):
        yield Problem(path=("schema",), message="must be a JSON schema: the text of a JSON object")


def _is_json_object(text: str) -> bool:
    try:
        return isinstance(json.loads(text), dict)
    except json.JSONDecodeError:
        return False


RESOURCE_TYPES: Final = (
    ResourceType(
        token="aws:apigateway/requestValidator:RequestValidator",  # noqa: S106 - a type token
        create=_create_validator,
        read=_read_validator,
        update=_update_validator,
        delete=_delete_validator,
        replaces=frozenset({"restApi"}),
        defaults={"validateRequestBody": False, "validateRequestParameters": False},
        auto_name=AutoName(maximum_length=LONGEST_NAME),
        locators=frozenset({"restApi"}),
        import_id=import_parts("REST-API-ID/REQUEST-VALIDATOR-ID", ("restApi", "id"), lambda parts: parts["id"]),
        cloudformation=CloudFormationShape(
            type_name="AWS::ApiGateway::RequestValidator", renames={"restApi": "RestApiId"}
        ),
    ),
    ResourceType(
        token="aws:apigateway/model:Model",  # noqa: S106 - a type token
        create=_create_model,
        read=_read_model,
        update=_update_model,
        delete=_delete_model,
        replaces=frozenset({"restApi", "name", "contentType"}),
        auto_name=AutoName(maximum_length=LONGEST_NAME),
        json_properties=frozenset({"schema"}),
        locators=frozenset({"restApi", "name"}),
        import_id=import_parts("REST-API-ID/NAME", ("restApi", "name"), lambda parts: parts["name"]),
        imported_id=_model_id,
        check=_check_model,
        cloudformation=CloudFormationShape(type_name="AWS::ApiGateway::Model", renames={"restApi": "RestApiId"}),
    ),
)
