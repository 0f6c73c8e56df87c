"""Gap: a MOCK integration answers a body of its own, and answers where AWS cannot.

The emulator sends `{}` where the response template is empty (a 204 with two bytes, which strict clients refuse),
answers 200 without any integration response, and does not render `$context` in response templates.

AWS (Amazon API Gateway developer guide, "Mock integrations for REST APIs in API Gateway"): the body is what the
integration response's template makes, nothing if it is empty; a request template that gives no `statusCode`, or no
integration response for it, is a configuration error, 500 `{"message": "Internal server error"}`.

The wrap renders templates with the subset of the Velocity language that the emulator has for other integrations.
"""

import json
from collections.abc import Callable
from typing import Any

from sandbox.fidelity.gateway.context_variables import context_value
from sandbox.fidelity.gateway.documents import as_object, child
from sandbox.fidelity.gateway.emulator import GATEWAY
from sandbox.fidelity.gateway.invocation import Invocation, current_invocation
from sandbox.fidelity.gateway.tracking import track_invocations
from sandbox.fidelity.settings import FidelitySettings
from sandbox.fidelity.wrapping import require_parameters, wrap

EMPTY_BODY = b"{}"
# The members of `$context` that a template reads as a tree; the emulator's renderer walks dictionaries.
CONTEXT_NAMES = (
    *("accountId", "apiId", "deploymentId", "domainName", "domainPrefix", "extendedRequestId", "httpMethod"),
    *("identity.sourceIp", "identity.userAgent", "path", "protocol", "requestId", "requestTime", "requestTimeEpoch"),
    *("resourceId", "resourcePath", "stage"),
)


def apply(settings: FidelitySettings) -> None:
    """Installs the wrap; raises `EmulatorChangedError` when the emulator does not have what it wraps or calls."""
    del settings  # nothing here depends on them
    require_parameters(GATEWAY, "_render_request_template_v1", ("template", "body_str", "params_map", "context"))
    track_invocations()
    wrap(GATEWAY, "_invoke_mock_v1", ("integration",), _answering, by=__name__)


def _answering(original: Callable[[dict[str, Any]], Any]) -> Callable[[dict[str, Any]], Any]:
    def invoke_mock(integration: dict[str, Any]) -> Any:
        if not integration.get("integrationResponses") or not _gives_status(integration):
            return GATEWAY._gw_error("API_CONFIGURATION_ERROR", "Internal server error")
        status, headers, body = original(integration)
        invocation = current_invocation()
        if invocation is not None:
            invocation.integration.status = status
        if body == EMPTY_BODY and not _has_template(integration, status):
            return status, headers, b""
        if invocation is not None and b"$" in body:
            body = GATEWAY._render_request_template_v1(body.decode(), "", {}, context_tree(invocation)).encode()
        return status, headers, body

    return invoke_mock


def _gives_status(integration: dict[str, Any]) -> bool:
    """Whether the request template names a status, as `{"statusCode": 200}`."""
    template = child(integration, "requestTemplates").get("application/json") or ""
    try:
        document = as_object(json.loads(template))
    except ValueError:
        return "statusCode" in template  # Velocity: what it renders to is the emulator's to find out
    return document is not None and "statusCode" in document


def _has_template(integration: dict[str, Any], status: int) -> bool:
    response = child(child(integration, "integrationResponses"), str(status))
    return bool(child(response, "responseTemplates").get("application/json"))


def context_tree(invocation: Invocation) -> dict[str, Any]:
    """`$context` as nested dictionaries of strings."""
    tree: dict[str, Any] = {"authorizer": dict(invocation.authorizer.context), "identity": {}}
    for name in CONTEXT_NAMES:
        value = context_value(invocation, None, name)
        if value is None:
            continue
        branch, _, leaf = name.rpartition(".")
        (tree[branch] if branch else tree)[leaf] = value
    return tree
