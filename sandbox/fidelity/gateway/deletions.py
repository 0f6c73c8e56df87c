"""Gap: what belongs to a deleted thing stays behind.

The emulator keeps the child resources of a deleted resource, and of a deleted API its request validators and base
path mappings, which then point nowhere.

AWS (Amazon API Gateway API reference, DeleteResource and DeleteRestApi): a resource is deleted with its children, the
root resource not at all; an API that custom domains still map to is refused: "Please remove all base path mappings
related to the API in your domains before deleting"; everything below an API goes with it.
"""

from collections.abc import Callable
from typing import Any

from sandbox.fidelity.gateway.documents import child
from sandbox.fidelity.gateway.emulator import GATEWAY, require
from sandbox.fidelity.settings import FidelitySettings
from sandbox.fidelity.wrapping import wrap

# What `_delete_rest_api` of the emulator leaves behind, keyed by the API's id.
FORGOTTEN_STORES = ("_request_validators",)


def apply(settings: FidelitySettings) -> None:
    """Installs the wraps; raises `EmulatorChangedError` when the emulator does not have what they wrap."""
    del settings  # nothing here depends on them
    require(GATEWAY, "_v1_error", "_resources", "_rest_apis", "_base_path_mappings", "_v1_tags", *FORGOTTEN_STORES)
    wrap(GATEWAY, "_delete_resource", ("api_id", "resource_id"), _deleting_resource, by=__name__)
    wrap(GATEWAY, "_delete_rest_api", ("api_id",), _deleting_rest_api, by=__name__)


def _deleting_resource(original: Callable[..., Any]) -> Callable[..., Any]:
    def delete_resource(api_id: str, resource_id: str) -> Any:
        resources = child(GATEWAY._resources, api_id)
        resource = resources.get(resource_id)
        if resource and not resource.get("parentId"):
            return GATEWAY._v1_error("BadRequestException", "Root resource cannot be deleted", 400)
        response = original(api_id, resource_id)
        _delete_children(resources, resource_id)
        return response

    return delete_resource


def _delete_children(resources: dict[str, Any], parent_id: str) -> None:
    for child_id in [key for key, resource in resources.items() if resource.get("parentId") == parent_id]:
        resources.pop(child_id)
        _delete_children(resources, child_id)


def _deleting_rest_api(original: Callable[..., Any]) -> Callable[..., Any]:
    def delete_rest_api(api_id: str) -> Any:
        mappings = [mapping for domain in GATEWAY._base_path_mappings.values() for mapping in domain.values()]
        if any(mapping.get("restApiId") == api_id for mapping in mappings):
            message = "Please remove all base path mappings related to the API in your domains before deleting"
            return GATEWAY._v1_error("BadRequestException", message, 400)
        response = original(api_id)
        if api_id not in GATEWAY._rest_apis:
            for name in FORGOTTEN_STORES:
                getattr(GATEWAY, name).pop(api_id, None)
            mark = f"::/restapis/{api_id}/"
            for arn in [arn for arn in GATEWAY._v1_tags if mark in arn]:
                GATEWAY._v1_tags.pop(arn, None)
        return response

    return delete_rest_api
