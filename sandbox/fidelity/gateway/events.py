"""The events that API Gateway hands to functions: `requestContext` and the headers, as an `Invocation` has them.

Sources: Amazon API Gateway developer guide, "Input format of a Lambda function for proxy integration" and "Input to an
API Gateway Lambda authorizer"; "Important notes" there for the headers that are not handed on. Pure.
"""

from collections.abc import Mapping
from typing import Any

from sandbox.fidelity.gateway.client_certificates import client_certificate_of
from sandbox.fidelity.gateway.invocation import Invocation

# What the caller did not identify itself with is there, as null.
ABSENT_IDENTITY: Mapping[str, None] = dict.fromkeys(
    (
        *("accessKey", "accountId", "caller", "cognitoAuthenticationProvider", "cognitoAuthenticationType"),
        *("cognitoIdentityId", "cognitoIdentityPoolId", "principalOrgId", "user", "userArn"),
    )
)
# They concern one connection only (RFC 9110, section 7.6.1).
HOP_BY_HOP = frozenset(
    {"connection", "keep-alive", "proxy-connection", "te", "trailer", "transfer-encoding", "upgrade"}
)
SERVER_PORT = "443"
SERVER_PROTOCOL = "https"


def request_context(invocation: Invocation, *, identity: Mapping[str, Any]) -> dict[str, Any]:
    """The `requestContext` of an event. `identity` has what is known of a caller who signed the request."""
    certificate = client_certificate_of(invocation.request)
    return {
        "resourceId": (invocation.resource or {}).get("id"),
        "resourcePath": (invocation.resource or {}).get("path"),
        "httpMethod": invocation.method,
        "extendedRequestId": invocation.extended_request_id,
        "requestTime": invocation.request_time,
        "path": invocation.full_path,
        "accountId": invocation.account_id,
        "protocol": invocation.request.protocol,
        "stage": invocation.stage_name,
        "domainPrefix": invocation.domain_prefix,
        "requestTimeEpoch": invocation.request_time_epoch,
        "requestId": invocation.request.request_id,
        "identity": {
            **ABSENT_IDENTITY,
            **identity,
            "sourceIp": invocation.request.peer,
            "userAgent": invocation.user_agent,
            **({} if certificate is None else {"clientCert": certificate}),
        },
        "domainName": invocation.domain_name,
        "deploymentId": invocation.stage.get("deploymentId"),
        "apiId": invocation.api_id,
    }


def header_values(invocation: Invocation) -> dict[str, list[str]]:
    """The request's headers by name, as sent, with what API Gateway adds: the `multiValueHeaders` of an event.

    A repeated field has the name of its first appearance. `Host` is the domain name that the caller would use on AWS.
    """
    headers: dict[str, list[str]] = {}
    names: dict[str, str] = {}
    for sent_name, value in invocation.request.header_fields:
        lower = sent_name.lower()
        if lower not in HOP_BY_HOP:
            headers.setdefault(names.setdefault(lower, sent_name), []).append(decoded(value))
    _set(headers, names, "Host", invocation.domain_name)
    _append(headers, names, "X-Forwarded-For", invocation.request.peer)
    _set(headers, names, "X-Forwarded-Port", SERVER_PORT)
    _set(headers, names, "X-Forwarded-Proto", SERVER_PROTOCOL)
    if "x-amzn-trace-id" not in names:
        _set(headers, names, "X-Amzn-Trace-Id", invocation.trace_id)
    return headers


def single_headers(headers: Mapping[str, list[str]]) -> dict[str, str]:
    """The `headers` of an event: of a repeated field the last value."""
    return {name: values[-1] for name, values in headers.items()}


def decoded(value: str) -> str:
    """A header value that was read as Latin-1, as UTF-8 where it is that (the emulator does so too)."""
    try:
        return value.encode("latin-1").decode("utf-8")
    except UnicodeError:
        return value


def _set(headers: dict[str, list[str]], names: dict[str, str], name: str, value: str) -> None:
    headers[names.setdefault(name.lower(), name)] = [value]


def _append(headers: dict[str, list[str]], names: dict[str, str], name: str, value: str) -> None:
    sent = headers.get(names.setdefault(name.lower(), name), [])
    headers[names[name.lower()]] = [", ".join([*sent, value])]
