"""API Gateway: the resource policy of an API as a resource of its own (`aws:apigateway/restApiPolicy:RestApiPolicy`).

AWS keeps it with the API: creating is setting it, deleting is setting it to nothing.
"""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any, Final

from sandbox.provider.resource_type import ApiShape, Imported, Operation, ResourceType
from sandbox.provider.resources.apigateway_patches import replace_patch
from sandbox.provider.resources.resource_policies import resource_policy
from sandbox.provider.values import Properties


def _put(operation: Operation) -> str:
    identifier = str(operation.inputs["restApiId"])
    operation.client("apigateway").update_rest_api(
        restApiId=identifier, patchOperations=[replace_patch("/policy", operation.inputs["policy"])]
    )
    return identifier


def _update(operation: Operation) -> None:
    _put(operation)


def _read(operation: Operation) -> Properties | None:
    answered = operation.client("apigateway").get_rest_api(restApiId=operation.id).get("policy") or ""
    if not answered:
        return None
    return {"policy": policy_text(answered), "restApiId": operation.id}


def policy_text(answered: str) -> str:
    """The document; API Gateway answers it with its quotes escaped, as the inside of a JSON text."""
    return str(json.loads(f'"{answered}"'))


def _delete(operation: Operation) -> None:
    operation.client("apigateway").update_rest_api(
        restApiId=operation.id, patchOperations=[replace_patch("/policy", "")]
    )


def _import(identifier: str) -> Imported:
    if "/" in identifier:
        raise ValueError(f"{identifier!r} must be the id of a REST API")
    return Imported(id=identifier, inputs={"restApiId": identifier})


def _in_full(properties: dict[str, Any]) -> dict[str, Any]:
    """With ARNs for API Gateway's shorthand `execute-api:/*`, which stands for this API's own
    (https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-resource-policies-examples.html).
    """
    text = json.dumps(properties).replace('"execute-api:/', '"arn:aws:execute-api:*:*:api/')
    judged: dict[str, Any] = json.loads(text)
    return judged


RESOURCE_TYPES: Final = (
    ResourceType(
        token="aws:apigateway/restApiPolicy:RestApiPolicy",  # noqa: S106 - a type token
        create=_put,
        read=_read,
        update=_update,
        delete=_delete,
        replaces=frozenset({"restApiId"}),
        json_properties=frozenset({"policy"}),
        import_id=_import,
        cloudformation=replace(resource_policy("policy"), adjust=_in_full),
        api=ApiShape(service="apigateway", operation="UpdateRestApi", members={"restApiId": "restApiId"}),
    ),
)
