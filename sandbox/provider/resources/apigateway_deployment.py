"""API Gateway: deployments, the snapshots that stages serve (`aws:apigateway/deployment:Deployment`).

A changed trigger makes a new deployment. The engine creates it first, moves the stage over, and deletes the old one
last: AWS refuses to delete a deployment that a stage still serves.
"""

from __future__ import annotations

from typing import Any, Final

from sandbox.provider.resource_type import CloudFormationShape, Operation, ResourceType
from sandbox.provider.resources.apigateway_names import import_parts, timestamp
from sandbox.provider.resources.apigateway_patches import Scalar, scalar_patches
from sandbox.provider.values import Properties

_SCALARS: Final = {"description": Scalar(member="description")}


def _create(operation: Operation) -> str:
    inputs = operation.inputs
    request: dict[str, Any] = {name: inputs[name] for name in ("description", "variables") if inputs.get(name)}
    created = operation.client("apigateway").create_deployment(restApiId=inputs["restApi"], **request)
    operation.created(created["id"])
    return str(created["id"])


def _read(operation: Operation) -> Properties | None:
    rest_api = operation.inputs["restApi"]
    live = operation.client("apigateway").get_deployment(restApiId=rest_api, deploymentId=operation.id)
    return {
        "createdDate": timestamp(live["createdDate"]),
        "description": live.get("description", ""),
        "restApi": rest_api,
    }


def _update(operation: Operation) -> None:
    gateway, inputs = operation.client("apigateway"), operation.inputs
    address = {"restApiId": inputs["restApi"], "deploymentId": operation.id}
    patches = scalar_patches(operation.changed, inputs, gateway.get_deployment(**address), _SCALARS)
    if patches:
        gateway.update_deployment(**address, patchOperations=patches)


def _delete(operation: Operation) -> None:
    operation.client("apigateway").delete_deployment(restApiId=operation.inputs["restApi"], deploymentId=operation.id)


RESOURCE_TYPES: Final = (
    ResourceType(
        token="aws:apigateway/deployment:Deployment",  # noqa: S106 - a type token
        create=_create,
        read=_read,
        update=_update,
        delete=_delete,
        replaces=frozenset({"restApi", "triggers", "variables"}),
        # Triggers are Pulumi's alone; AWS hands the variables to a stage and does not tell them again.
        write_only=frozenset({"triggers", "variables"}),
        locators=frozenset({"restApi"}),
        import_id=import_parts("REST-API-ID/DEPLOYMENT-ID", ("restApi", "id"), lambda parts: parts["id"]),
        cloudformation=CloudFormationShape(
            type_name="AWS::ApiGateway::Deployment",
            renames={"restApi": "RestApiId"},
            omits=frozenset({"triggers", "variables"}),
        ),
    ),
)
