"""Gap: gateway responses know five variables, and put what they insert into the body as it is.

The emulator renders `$context.error.message`, `messageString` and `responseType`, `requestId`, `resourcePath` and
`stage`, leaves every other variable standing in the answer, maps no `context.*` to a header, and keeps a type's own
status code where DEFAULT_4XX or DEFAULT_5XX sets another.

AWS (Amazon API Gateway developer guide):
- "Gateway responses for REST APIs in API Gateway": "A gateway response mapping template can access $context variable
  values and $stageVariables property values, as well as method request parameters"; headers are mapped from the same
  places.
- "Gateway response types": "Changing the status code of this fallback gateway response changes the status codes of
  all other 4XX responses to the new value" (DEFAULT_5XX alike).
- "Variables for data transformations": the `$context` table. An unset variable renders as nothing.

The wrap renders the answer itself. Values are JSON-escaped, so that what an authorizer or a caller supplies can
neither end a JSON string nor add a member to the body, and headers lose control characters.

Deliberately not here: a choice of template by the request's `Accept` header (the emulator's authors measured that AWS
uses the `application/json` template whatever is accepted).
"""

from collections.abc import Callable
from typing import Any

from sandbox.fidelity.gateway.context_variables import (
    Lookup,
    gateway_response_lookup,
    json_escape,
    mapped_value,
    one_line,
    render,
)
from sandbox.fidelity.gateway.documents import child
from sandbox.fidelity.gateway.emulator import GATEWAY, require
from sandbox.fidelity.gateway.invocation import Invocation, current_invocation
from sandbox.fidelity.gateway.tracking import Response, open_invocation, outcome_of, track_invocations
from sandbox.fidelity.settings import FidelitySettings
from sandbox.fidelity.wrapping import wrap

DEFAULT_TEMPLATE = '{"message":$context.error.messageString}'
# The one built-in body with a capital letter (measured by the emulator's authors, and widely reported).
DEFAULT_ACCESS_DENIED_TEMPLATE = '{"Message":$context.error.messageString}'
HEADER_DESTINATION = "gatewayresponse.header."
FALLBACK_STATUS = {"DEFAULT_4XX": 403, "DEFAULT_5XX": 500}
# `x-amzn-ErrorType` of types for which the emulator sends none.
MORE_ERROR_TYPES = {
    "INTEGRATION_FAILURE": "InternalServerErrorException",
    "INTEGRATION_TIMEOUT": "InternalServerErrorException",
    "INVALID_API_KEY": "ForbiddenException",
    "QUOTA_EXCEEDED": "LimitExceededException",
}


def apply(settings: FidelitySettings) -> None:
    """Installs the wrap; raises `EmulatorChangedError` when the emulator does not have what it wraps."""
    del settings  # nothing here depends on them
    require(
        GATEWAY,
        *("_deployed_gateway_responses", "_gateway_responses", "_gateway_response_for_type"),
        *("_gateway_response_family", "_GATEWAY_RESPONSE_ERROR_TYPES"),
    )
    track_invocations()
    wrap(GATEWAY, "_gateway_error_response", ("error", "request"), _rendering, by=__name__)


def _rendering(original: Callable[..., Response]) -> Callable[..., Response]:
    del original  # answers nothing that is kept: the whole answer is rendered here

    def gateway_error_response(error: Any, request: dict[str, Any]) -> Response:
        invocation = current_invocation() or _invocation_of(request)
        outcome = outcome_of(error)
        invocation.error = outcome
        customized = _customized(request)
        response = GATEWAY._gateway_response_for_type(customized, outcome.response_type)
        lookup = gateway_response_lookup(invocation, outcome)
        headers = {"Content-Type": "application/json", **_mapped_headers(response, lookup)}
        error_type = error.error_type or _error_type(outcome.response_type)
        if error_type:
            headers["x-amzn-ErrorType"] = error_type
        headers["x-amzn-requestid"] = invocation.request.request_id
        template = _template(response, customized, outcome.response_type)
        body = render(template, lookup, escape=json_escape, unset="")
        return _status(error, response, customized), headers, body.encode("utf-8")

    return gateway_error_response


def _mapped_headers(response: dict[str, Any], lookup: Lookup) -> dict[str, str]:
    headers: dict[str, str] = {}
    for destination, source in child(response, "responseParameters").items():
        if not destination.startswith(HEADER_DESTINATION):
            continue
        value = mapped_value(source, lookup)
        if value is not None:
            name = destination.removeprefix(HEADER_DESTINATION)
            headers["Content-Type" if name.lower() == "content-type" else name] = one_line(value)
    return headers


def _invocation_of(request: dict[str, Any]) -> Invocation:
    """For an error that the emulator answers before it opens the API: a signature that does not verify."""
    invocation = open_invocation(request["api_id"], request["stage_name"], "", "/")
    invocation.facts = request
    return invocation


def _customized(request: dict[str, Any]) -> dict[str, Any]:
    """The gateway responses that were set when the stage's deployment was created, by type."""
    api_id = request["api_id"]
    deployment_id = child(request, "stage").get("deploymentId")
    deployed = GATEWAY._deployed_gateway_responses.get(api_id, {}).get(deployment_id)
    return GATEWAY._gateway_responses.get(api_id, {}) if deployed is None else deployed


def _template(response: dict[str, Any], customized: dict[str, Any], response_type: str) -> str:
    if response_type == "ACCESS_DENIED" and not customized.keys() & {response_type, "DEFAULT_4XX"}:
        return DEFAULT_ACCESS_DENIED_TEMPLATE
    template = child(response, "responseTemplates").get("application/json")
    return DEFAULT_TEMPLATE if template is None else template


def _status(error: Any, response: dict[str, Any], customized: dict[str, Any]) -> int:
    """The status that was set for the type or else for its family, else the error's own, else the type's default."""
    response_type: str = error.response_type
    family = GATEWAY._gateway_response_family(response_type)
    configured = child(customized, response_type) or child(customized, family)
    status = configured.get("statusCode") or getattr(error, "status", None) or response.get("statusCode")
    return int(status or FALLBACK_STATUS.get(response_type, 500))


def _error_type(response_type: str) -> str | None:
    return GATEWAY._GATEWAY_RESPONSE_ERROR_TYPES.get(response_type) or MORE_ERROR_TYPES.get(response_type)
