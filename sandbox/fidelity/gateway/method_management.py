"""Gap: the emulator accepts methods and integrations that AWS refuses, and invents an HTTP method for MOCK.

AWS (Amazon API Gateway API reference, PutMethod and PutIntegration): a method exists once on its resource
(ConflictException); CUSTOM needs an authorizer of the same API ("Invalid authorizer ID specified. Setting the
authorization type to CUSTOM or COGNITO_USER_POOLS requires a valid authorizer."); an integration other than MOCK
needs its backend's HTTP method and URI; `timeoutInMillis` is 50 to 29,000.

The wraps refuse with AWS's error types, and store a MOCK integration without an HTTP method.
"""

from collections.abc import Callable
from typing import Any

from sandbox.fidelity.gateway.documents import child
from sandbox.fidelity.gateway.emulator import GATEWAY, require
from sandbox.fidelity.settings import FidelitySettings
from sandbox.fidelity.wrapping import wrap

AUTHORIZED_TYPES = ("CUSTOM", "COGNITO_USER_POOLS")
INTEGRATION_TYPES = ("AWS", "AWS_PROXY", "HTTP", "HTTP_PROXY", "MOCK")
TIMEOUT_MILLISECONDS = range(50, 29_001)
NO_AUTHORIZER = (
    "Invalid authorizer ID specified. Setting the authorization type to CUSTOM or COGNITO_USER_POOLS "
    "requires a valid authorizer."
)


def apply(settings: FidelitySettings) -> None:
    """Installs the wraps; raises `EmulatorChangedError` when the emulator does not have what they wrap."""
    del settings  # nothing here depends on them
    require(GATEWAY, "_v1_error", "_v1_response", "_resources", "_authorizers_v1")
    parameters = ("api_id", "resource_id", "http_method", "data")
    wrap(GATEWAY, "_put_method", parameters, _putting_method, by=__name__)
    wrap(GATEWAY, "_update_method", parameters, _updating_method, by=__name__)
    wrap(GATEWAY, "_put_integration", parameters, _putting_integration, by=__name__)


def _putting_method(original: Callable[..., Any]) -> Callable[..., Any]:
    def put_method(api_id: str, resource_id: str, http_method: str, data: dict[str, Any]) -> Any:
        if http_method in _methods(api_id, resource_id):
            return GATEWAY._v1_error("ConflictException", "Method already exists for this resource", 409)
        if not data.get("authorizationType"):
            return GATEWAY._v1_error("BadRequestException", "Authorization type is required", 400)
        if lacks_authorizer(api_id, data):
            return GATEWAY._v1_error("BadRequestException", NO_AUTHORIZER, 400)
        return original(api_id, resource_id, http_method, data)

    return put_method


def _updating_method(original: Callable[..., Any]) -> Callable[..., Any]:
    def update_method(api_id: str, resource_id: str, http_method: str, data: dict[str, Any]) -> Any:
        method = _methods(api_id, resource_id).get(http_method)
        before = dict(method) if method else {}
        response = original(api_id, resource_id, http_method, data)
        if method and lacks_authorizer(api_id, method):
            method.clear()
            method.update(before)
            return GATEWAY._v1_error("BadRequestException", NO_AUTHORIZER, 400)
        return response

    return update_method


def _putting_integration(original: Callable[..., Any]) -> Callable[..., Any]:
    def put_integration(api_id: str, resource_id: str, http_method: str, data: dict[str, Any]) -> Any:
        problem = integration_problem(data)
        if problem is not None:
            return GATEWAY._v1_error("BadRequestException", problem, 400)
        response = original(api_id, resource_id, http_method, data)
        integration = child(_methods(api_id, resource_id), http_method).get("methodIntegration")
        if response[0] == 201 and integration and "httpMethod" not in data:
            del integration["httpMethod"]
            return GATEWAY._v1_response(integration, 201)
        return response

    return put_integration


def lacks_authorizer(api_id: str, method: dict[str, Any]) -> bool:
    """Whether a method's authorization type asks for an authorizer of this API that it does not name."""
    if method.get("authorizationType") not in AUTHORIZED_TYPES:
        return False
    return method.get("authorizerId") not in child(GATEWAY._authorizers_v1, api_id)


def integration_problem(data: dict[str, Any]) -> str | None:
    """What AWS would refuse about an integration's settings, or `None`."""
    kind = data.get("type")
    if kind not in INTEGRATION_TYPES:
        return "Enumeration value for integration type must be one of " + ", ".join(INTEGRATION_TYPES)
    timeout = data.get("timeoutInMillis")
    if timeout is not None and timeout not in TIMEOUT_MILLISECONDS:
        return f"Timeout should be between 50 ms and {TIMEOUT_MILLISECONDS.stop - 1} ms"
    if kind == "MOCK":
        return None
    if not data.get("httpMethod"):
        return "Enumeration value for HttpMethod must be non-empty"
    if not data.get("uri"):
        return (
            "Invalid HTTP endpoint specified for URI"
            if kind.startswith("HTTP")
            else "Invalid ARN specified in the request"
        )
    return None


def _methods(api_id: str, resource_id: str) -> dict[str, Any]:
    return child(child(child(GATEWAY._resources, api_id), resource_id), "resourceMethods")
