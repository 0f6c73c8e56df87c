"""`$context` and its neighbours: the variables of gateway response templates and of access log formats.

Sources: Amazon API Gateway developer guide, "Variables for data transformations for API Gateway" (the `$context`
table), "Variables for access logging for API Gateway" and "Gateway responses for REST APIs in API Gateway" ("a
non-VTL mapping template supporting only simple variable substitutions").

Pure: an `Invocation` in, text out. One pass over the template, so that a value that looks like a variable stays a
value. Deliberately not a Velocity engine, and without the variables of features that the sandbox does not have
(canary releases, WAF): those are unset here, as on an AWS stage that does not use them.
"""

import json
import re
from collections.abc import Callable, Mapping
from typing import Any

from sandbox.fidelity.gateway.client_certificates import client_certificate_of
from sandbox.fidelity.gateway.documents import as_list, as_text, child
from sandbox.fidelity.gateway.invocation import GatewayErrorOutcome, Invocation

Lookup = Callable[[str], str | None]
Escape = Callable[[str], str]

# The emulator's authors measured on AWS that these types render `$context.error.messageString` with a space in front.
SPACED_MESSAGE_TYPES = frozenset(
    {
        "API_CONFIGURATION_ERROR",
        "AUTHORIZER_CONFIGURATION_ERROR",
        "BAD_REQUEST_BODY",
        "BAD_REQUEST_PARAMETERS",
        "DEFAULT_5XX",
    }
)
# ... and that this type calls itself by another name in `$context.error.responseType`.
RENDERED_RESPONSE_TYPES = {"AUTHORIZER_CONFIGURATION_ERROR": "API_CONFIGURATION_ERROR"}

_NAME = r"context(?:\.\w+)+|stageVariables\.\w+|method\.request\.(?:header|querystring|path)\.[\w-]+"
VARIABLE = re.compile(rf"\$(?:\{{({_NAME})\}}|({_NAME}))")
CONTROL_CHARACTERS = re.compile(r"[\x00-\x1f\x7f]")


def _client_certificate(invocation: Invocation, *names: str) -> object:
    value: Any = client_certificate_of(invocation.request)
    for name in names:
        value = None if value is None else value[name]
    return value


_REQUEST_VARIABLES: Mapping[str, Callable[[Invocation], object]] = {
    "accountId": lambda invocation: invocation.account_id,
    "apiId": lambda invocation: invocation.api_id,
    "customDomain.basePathMatched": lambda invocation: invocation.base_path,
    "deploymentId": lambda invocation: invocation.stage.get("deploymentId"),
    "domainName": lambda invocation: invocation.domain_name,
    "domainPrefix": lambda invocation: invocation.domain_prefix,
    "extendedRequestId": lambda invocation: invocation.extended_request_id,
    "httpMethod": lambda invocation: invocation.method,
    "identity.clientCert.clientCertPem": lambda invocation: _client_certificate(invocation, "clientCertPem"),
    "identity.clientCert.issuerDN": lambda invocation: _client_certificate(invocation, "issuerDN"),
    "identity.clientCert.serialNumber": lambda invocation: _client_certificate(invocation, "serialNumber"),
    "identity.clientCert.subjectDN": lambda invocation: _client_certificate(invocation, "subjectDN"),
    "identity.clientCert.validity.notAfter": lambda invocation: _client_certificate(invocation, "validity", "notAfter"),
    "identity.clientCert.validity.notBefore": lambda invocation: _client_certificate(
        invocation, "validity", "notBefore"
    ),
    "identity.sourceIp": lambda invocation: invocation.request.peer,
    "identity.userAgent": lambda invocation: invocation.user_agent,
    "path": lambda invocation: invocation.full_path,
    "protocol": lambda invocation: invocation.request.protocol,
    "requestId": lambda invocation: invocation.request.request_id,
    "requestTime": lambda invocation: invocation.request_time,
    "requestTimeEpoch": lambda invocation: invocation.request_time_epoch,
    "resourceId": lambda invocation: (invocation.resource or {}).get("id"),
    "resourcePath": lambda invocation: invocation.facts.get("resource_path"),
    "stage": lambda invocation: invocation.stage_name,
    "xrayTraceId": lambda invocation: (
        invocation.trace_id.removeprefix("Root=") if invocation.stage.get("tracingEnabled") is True else None
    ),
}

_LOG_VARIABLES: Mapping[str, Callable[[Invocation], object]] = {
    "authorizer.error": lambda invocation: invocation.authorizer.error,
    "authorizer.integrationLatency": lambda invocation: invocation.authorizer.integration_latency,
    "authorizer.integrationStatus": lambda invocation: (
        None if invocation.authorizer.integration_latency is None else 200
    ),
    "authorizer.latency": lambda invocation: invocation.authorizer.latency,
    "authorizer.requestId": lambda invocation: invocation.authorizer.request_id,
    "authorizer.status": lambda invocation: invocation.authorizer.status,
    "awsEndpointRequestId": lambda invocation: invocation.integration.request_id,
    "integration.error": lambda invocation: invocation.integration.error,
    "integration.integrationStatus": lambda invocation: invocation.integration.service_status,
    "integration.latency": lambda invocation: invocation.integration.latency,
    "integration.requestId": lambda invocation: invocation.integration.request_id,
    "integration.status": lambda invocation: invocation.integration.status,
    "integrationErrorMessage": lambda invocation: invocation.integration.error,
    "integrationLatency": lambda invocation: invocation.integration.latency,
    "integrationStatus": lambda invocation: invocation.integration.service_status,
    "responseLatency": lambda invocation: invocation.response_latency,
    "responseLength": lambda invocation: invocation.response_length,
    "status": lambda invocation: invocation.status,
}


def gateway_response_lookup(invocation: Invocation, error: GatewayErrorOutcome) -> Lookup:
    """The variables of a gateway response for `error`: `$context`, `$stageVariables` and method request parameters."""

    def lookup(name: str) -> str | None:
        if name.startswith("context."):
            return context_value(invocation, error, name.removeprefix("context."))
        return _request_parameter(invocation, name)

    return lookup


def access_log_lookup(invocation: Invocation) -> Lookup:
    """The variables of an access log format: those of a gateway response, and what is known only afterwards."""

    def lookup(name: str) -> str | None:
        if not name.startswith("context."):
            return None
        key = name.removeprefix("context.")
        value = context_value(invocation, invocation.error, key)
        if value is None and key in _LOG_VARIABLES:
            value = as_text(_LOG_VARIABLES[key](invocation))
        return value

    return lookup


def context_value(invocation: Invocation, error: GatewayErrorOutcome | None, key: str) -> str | None:
    """The value of `$context.<key>`; `None` when it is unset or unknown."""
    if key.startswith("authorizer."):
        return invocation.authorizer.context.get(key.removeprefix("authorizer."))
    if key.startswith("error."):
        return None if error is None else _error_value(error, key.removeprefix("error."))
    read = _REQUEST_VARIABLES.get(key)
    return None if read is None else as_text(read(invocation))


def message_string(error: GatewayErrorOutcome) -> str:
    """`$context.error.messageString`: the message as a JSON string, or `null`."""
    quoted = json.dumps(error.message, ensure_ascii=False)
    return f" {quoted}" if error.response_type in SPACED_MESSAGE_TYPES else quoted


def render(template: str, lookup: Lookup, *, escape: Escape, unset: str) -> str:
    """The template with each variable replaced by its escaped value, or by `unset`.

    `$context.error.messageString` is a JSON string already and is not escaped again.
    """

    def replace(match: re.Match[str]) -> str:
        name = match.group(1) or match.group(2)
        value = lookup(name)
        if value is None:
            return unset
        return value if name == "context.error.messageString" else escape(value)

    return VARIABLE.sub(replace, template)


def json_escape(value: str) -> str:
    """What stands between the quotes of a JSON string with this value: it cannot end the string or add a member."""
    return json.dumps(value, ensure_ascii=False)[1:-1]


def one_line(value: str) -> str:
    """The value without control characters: it can neither begin another log line nor another header field."""
    return CONTROL_CHARACTERS.sub(" ", value)


def mapped_value(source: str, lookup: Lookup) -> str | None:
    """The value of a parameter mapping: `'static'`, `context.x`, `stageVariables.x` or `method.request.<place>.x`.

    `None` when the source is unset, which omits the parameter.
    """
    if len(source) >= 2 and source[0] == source[-1] == "'":
        return source[1:-1]
    return lookup(source)


def _error_value(error: GatewayErrorOutcome, key: str) -> str | None:
    if key == "message":
        return error.message
    if key == "messageString":
        return message_string(error)
    if key == "responseType":
        return RENDERED_RESPONSE_TYPES.get(error.response_type, error.response_type)
    if key == "validationErrorString":
        return error.validation
    return None


def _request_parameter(invocation: Invocation, name: str) -> str | None:
    if name.startswith("stageVariables."):
        return as_text(child(invocation.stage, "variables").get(name.removeprefix("stageVariables.")))
    if name.startswith("method.request.header."):
        return invocation.request.headers.get(name.removeprefix("method.request.header.").lower())
    if name.startswith("method.request.path."):
        return as_text(child(invocation.facts, "path_params").get(name.removeprefix("method.request.path.")))
    if name.startswith("method.request.querystring."):
        value = child(invocation.facts, "query_params").get(name.removeprefix("method.request.querystring."))
        several = as_list(value)
        return as_text(several[0] if several else value)
    return None
