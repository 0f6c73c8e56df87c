"""Gap: the emulator does not know UpdateMethodResponse, UpdateIntegrationResponse and UpdateGatewayResponse.

AWS (Amazon API Gateway API reference, those operations): a PATCH of the response with patch operations; 404 for a
response that does not exist. A gateway response always exists: the first update of a default one makes it a
customised one.
"""

import json
import re
from typing import Any

from sandbox.fidelity.gateway.documents import JsonObject, as_list, as_object, child
from sandbox.fidelity.gateway.emulator import GATEWAY, require
from sandbox.fidelity.gateway.tracking import Handler
from sandbox.fidelity.settings import FidelitySettings
from sandbox.fidelity.wrapping import wrap

METHOD = r"/?restapis/(?P<api>[^/]+)/resources/(?P<resource>[^/]+)/methods/(?P<method>[^/]+)"
METHOD_RESPONSE = re.compile(rf"{METHOD}/responses/(?P<status>\d{{3}})/?")
INTEGRATION_RESPONSE = re.compile(rf"{METHOD}/integration/responses/(?P<status>\d{{3}})/?")
GATEWAY_RESPONSE = re.compile(r"/?restapis/(?P<api>[^/]+)/gatewayresponses/(?P<type>[^/]+)/?")


def apply(settings: FidelitySettings) -> None:
    """Installs the wrap; raises `EmulatorChangedError` when the emulator does not have what it wraps or calls."""
    del settings  # nothing here depends on them
    require(GATEWAY, "_apply_patch", "_v1_error", "_v1_response", "_put_gateway_response", "_get_gateway_response")
    wrap(GATEWAY, "handle_request", ("method", "path", "headers", "body", "query_params"), _updating, by=__name__)


def _updating(original: Handler) -> Handler:
    async def handle_request(method: str, path: str, headers: Any, body: Any, query_params: Any) -> Any:
        if method == "PATCH":
            for pattern, update in _UPDATES.items():
                found = pattern.fullmatch(path)
                if found is not None:
                    return update(found, patch_operations(body))
        return await original(method, path, headers, body, query_params)

    return handle_request


def patch_operations(body: bytes | str | None) -> list[JsonObject]:
    """The patch operations of a request body; none when it is no JSON object with some."""
    try:
        document = as_object(json.loads(body or b"{}"))
    except ValueError:
        return []
    return as_list(child(document or {}, "patchOperations")) or []


def _update_method_response(found: re.Match[str], operations: list[JsonObject]) -> Any:
    return _update(child(_method(found), "methodResponses").get(found["status"]), operations)


def _update_integration_response(found: re.Match[str], operations: list[JsonObject]) -> Any:
    responses = child(child(_method(found), "methodIntegration"), "integrationResponses")
    return _update(responses.get(found["status"]), operations)


def _update_gateway_response(found: re.Match[str], operations: list[JsonObject]) -> Any:
    status, headers, body = GATEWAY._get_gateway_response(found["api"], found["type"])
    if status != 200:
        return status, headers, body
    response = GATEWAY._apply_patch(json.loads(body), operations)
    status, headers, body = GATEWAY._put_gateway_response(found["api"], found["type"], response)
    return (200 if status == 201 else status), headers, body


def _update(response: JsonObject | None, operations: list[JsonObject]) -> Any:
    if response is None:
        return GATEWAY._v1_error("NotFoundException", "Invalid Response status code specified", 404)
    return GATEWAY._v1_response(GATEWAY._apply_patch(response, operations))


def _method(found: re.Match[str]) -> JsonObject:
    resource = child(child(GATEWAY._resources, found["api"]), found["resource"])
    return child(child(resource, "resourceMethods"), found["method"])


_UPDATES = {
    METHOD_RESPONSE: _update_method_response,
    INTEGRATION_RESPONSE: _update_integration_response,
    GATEWAY_RESPONSE: _update_gateway_response,
}
