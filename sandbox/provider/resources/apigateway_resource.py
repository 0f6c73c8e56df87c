"""API Gateway: resources, the parts of an API's paths (`aws:apigateway/resource:Resource`)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from sandbox.provider.resource_type import CloudFormationShape, Operation, Problem, ResourceType
from sandbox.provider.resources.apigateway_names import import_parts, matching
from sandbox.provider.resources.apigateway_patches import replace_patch
from sandbox.provider.values import Properties

PATH_PART: Final = re.compile(r"[A-Za-z0-9._:~-]+|\{[A-Za-z0-9._:-]+\+?\}")
"""AWS: "Resource's path part only allow a-zA-Z0-9._-: or a valid greedy path variable and curly braces at the beginning
and the end"."""


def _create_resource(operation: Operation) -> str:
    inputs = operation.inputs
    created = operation.client("apigateway").create_resource(
        restApiId=inputs["restApi"], parentId=inputs["parentId"], pathPart=inputs["pathPart"]
    )
    operation.created(created["id"])
    return str(created["id"])


def _read_resource(operation: Operation) -> Properties | None:
    rest_api = operation.inputs["restApi"]
    live = operation.client("apigateway").get_resource(restApiId=rest_api, resourceId=operation.id)
    return {"parentId": live["parentId"], "path": live["path"], "pathPart": live["pathPart"], "restApi": rest_api}


def _update_resource(operation: Operation) -> None:
    patches = [
        replace_patch(f"/{name}", str(operation.inputs[name]))
        for name in ("pathPart", "parentId")
        if operation.inputs[name] != operation.state.get(name)
    ]
    if patches:
        operation.client("apigateway").update_resource(
            restApiId=operation.inputs["restApi"], resourceId=operation.id, patchOperations=patches
        )


def _delete_resource(operation: Operation) -> None:
    operation.client("apigateway").delete_resource(restApiId=operation.inputs["restApi"], resourceId=operation.id)


def _check_resource(inputs: Properties) -> Iterator[Problem]:
    meaning = "letters, digits, . _ - : and ~, or one variable in braces ({id}, {proxy+})"
    yield from matching(inputs, "pathPart", PATH_PART, meaning)


RESOURCE_TYPES: Final = (
    ResourceType(
        token="aws:apigateway/resource:Resource",  # noqa: S106 - a type token
        create=_create_resource,
        read=_read_resource,
        update=_update_resource,
        delete=_delete_resource,
        replaces=frozenset({"restApi"}),
        recomputed={"path": frozenset({"parentId", "pathPart"})},
        locators=frozenset({"restApi"}),
        import_id=import_parts("REST-API-ID/RESOURCE-ID", ("restApi", "id"), lambda parts: parts["id"]),
        check=_check_resource,
        cloudformation=CloudFormationShape(type_name="AWS::ApiGateway::Resource", renames={"restApi": "RestApiId"}),
    ),
)
