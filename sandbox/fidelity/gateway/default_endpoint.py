"""Gap: the default endpoint answers where it is disabled, and unknown paths are answered by the wrong part.

`disableExecuteApiEndpoint` is stored and not enforced. With IAM enforcement on, the emulator asks for a signature
wherever no method matches, and answers with its own error before the API's gateway responses are asked.

AWS:
- Amazon API Gateway developer guide, "Disable the default endpoint for REST APIs": callers of it get 403
  `{"message":"Forbidden"}`; "you must deploy your API for the change to take effect".
- "Gateway response types", MISSING_AUTHENTICATION_TOKEN: "including the cases when the client attempts to invoke an
  unsupported API method or resource"; 403 `{"message":"Missing Authentication Token"}`.
- A host name that is no API's, or no longer, is answered with 403 `{"message":"Forbidden"}`.

The wraps refuse the disabled endpoint and unknown APIs, and let unknown paths of an API through to its gateway
responses.
"""

from collections.abc import Callable
from typing import Any

from sandbox.fidelity.gateway.documents import child
from sandbox.fidelity.gateway.emulator import APPLICATION, GATEWAY, HTTP_APIS, require
from sandbox.fidelity.gateway.invocation import current_invocation
from sandbox.fidelity.gateway.tracking import (
    INNER_EXECUTE_PARAMETERS,
    Handler,
    Response,
    track_invocations,
)
from sandbox.fidelity.settings import FidelitySettings
from sandbox.fidelity.wrapping import wrap

ENFORCE_PARAMETERS = ("api_id", "stage", "method", "execute_path", "headers", "query_params", "iam_action")


def apply(settings: FidelitySettings) -> None:
    """Installs the wraps; raises `EmulatorChangedError` when the emulator does not have what they wrap."""
    del settings  # nothing here depends on them
    require(GATEWAY, "method_authorization_type", "find_api_scope", "_rest_apis")
    require(HTTP_APIS, "find_api_scope")
    track_invocations()
    wrap(APPLICATION, "_enforce_execute_api", ENFORCE_PARAMETERS, _sparing_unknown_paths, by=__name__)
    wrap(GATEWAY, "_execute_in_scope", INNER_EXECUTE_PARAMETERS, _refusing_disabled_endpoint, by=__name__)


def forbidden() -> Response:
    """The answer where no deployment, and so no gateway response, is reached."""
    headers = {"Content-Type": "application/json", "x-amzn-ErrorType": "ForbiddenException"}
    return 403, headers, b'{"message":"Forbidden"}'


def _sparing_unknown_paths(original: Callable[..., Any]) -> Callable[..., Any]:
    def enforce_execute_api(
        api_id: str, stage: str, method: str, execute_path: str, *arguments: Any, **named: Any
    ) -> Any:
        rest_api = GATEWAY.find_api_scope(api_id) is not None
        if not rest_api and HTTP_APIS.find_api_scope(api_id) is None:
            return forbidden()
        if rest_api and GATEWAY.method_authorization_type(api_id, stage, method, execute_path) is None:
            return None  # nothing is invoked; the data plane answers 403
        return original(api_id, stage, method, execute_path, *arguments, **named)

    return enforce_execute_api


def _refusing_disabled_endpoint(original: Handler) -> Handler:
    async def execute(request: dict[str, Any], api_id: str, *arguments: Any) -> Any:
        invocation = current_invocation()
        api = child(GATEWAY._rest_apis, api_id)
        disabled = api.get("disableExecuteApiEndpoint") in (True, "true")
        if disabled and invocation is not None and invocation.custom_domain is None:
            return forbidden()
        return await original(request, api_id, *arguments)

    return execute
