"""Gap: events tell functions less than AWS tells them, and things that are not so.

The emulator's proxy event has a `version`, lower-case header names, its own request id per event, an identity of two
members and no domain name or deployment; the event of a REQUEST authorizer lacks the request id, path, protocol and
domain name. Both take `sourceIp` from the `X-Forwarded-For` header, which any caller can set. The answer carries yet
another request id.

AWS (Amazon API Gateway developer guide, "Input format of a Lambda function for proxy integration", "Input to an API
Gateway Lambda authorizer", "Variables for data transformations"): one request id in both events, in
`x-amzn-RequestId` and in the access log; `sourceIp` is "the source IP address of the immediate TCP connection making
the request"; `domainName` is the name by which the API was called; `X-Forwarded-For` has the caller's value and the
peer's address after it.

The wraps write `requestContext` and the headers of both events from the current `Invocation`, and name the ids in the
answer. On the default endpoint `domainName` and `Host` are `<api id>.execute-api.<region>.amazonaws.com` whatever
loopback URL was used.
"""

from collections.abc import Callable
from typing import Any

from sandbox.fidelity.gateway.emulator import APPLICATION, GATEWAY
from sandbox.fidelity.gateway.events import header_values, request_context, single_headers
from sandbox.fidelity.gateway.invocation import current_invocation
from sandbox.fidelity.gateway.tracking import (
    INVOKE_AUTHORIZER_PARAMETERS,
    SCOPED_EXECUTE_PARAMETERS,
    Handler,
    Response,
    track_invocations,
)
from sandbox.fidelity.settings import FidelitySettings
from sandbox.fidelity.wrapping import wrap

BUILD_EVENT_PARAMETERS = (
    *("api_id", "stage_name", "stage", "resource", "request_path", "method", "headers", "body", "query_params"),
    *("path_params", "binary_media_types", "authorizer_context", "caller_identity"),
)
# A REST API names the extended request id in this header, and sends no `x-amz-request-id`.
EXTENDED_REQUEST_ID_HEADER = "x-amz-apigw-id"


def apply(settings: FidelitySettings) -> None:
    """Installs the wraps; raises `EmulatorChangedError` when the emulator does not have what they wrap."""
    del settings  # nothing here depends on them
    track_invocations()
    wrap(GATEWAY, "_build_lambda_event_v1", BUILD_EVENT_PARAMETERS, _proxy_event, by=__name__)
    wrap(GATEWAY, "_invoke_authorizer_lambda", INVOKE_AUTHORIZER_PARAMETERS, _authorizer_event, by=__name__)
    wrap(GATEWAY, "_handle_execute_in_scope", SCOPED_EXECUTE_PARAMETERS, _naming_ids, by=__name__)
    wrap(
        APPLICATION,
        "_with_data_plane_headers",
        ("response", "request_id", "include_s3_id", "wildcard_cors"),
        _without_s3_id,
        by=__name__,
    )


def _proxy_event(original: Callable[..., dict[str, Any]]) -> Callable[..., dict[str, Any]]:
    def build_event(*arguments: Any, **named: Any) -> dict[str, Any]:
        event = original(*arguments, **named)
        invocation = current_invocation()
        if invocation is None:
            return event
        headers = header_values(invocation)
        context = request_context(invocation, identity=event["requestContext"]["identity"])
        if "authorizer" in event["requestContext"]:
            context["authorizer"] = event["requestContext"]["authorizer"]
        event.pop("version", None)
        event["path"] = invocation.event_path
        event["headers"] = single_headers(headers)
        event["multiValueHeaders"] = headers
        event["requestContext"] = context
        return event

    return build_event


def _authorizer_event(original: Handler) -> Handler:
    async def invoke_authorizer(authorizer: Any, event: dict[str, Any], account_id: str, region: str) -> Any:
        invocation = current_invocation()
        if invocation is not None and event["type"] == "REQUEST":
            headers = header_values(invocation)
            event = {
                **event,
                "path": invocation.event_path,
                "headers": single_headers(headers),
                "multiValueHeaders": headers,
                "queryStringParameters": event["queryStringParameters"] or {},
                "multiValueQueryStringParameters": event["multiValueQueryStringParameters"] or {},
                "pathParameters": event["pathParameters"] or {},
                "stageVariables": event["stageVariables"] or {},
                "requestContext": request_context(invocation, identity=event["requestContext"]["identity"]),
            }
        return await original(authorizer, event, account_id, region)

    return invoke_authorizer


def _naming_ids(original: Handler) -> Handler:
    async def handle_execute(*arguments: Any) -> Response:
        status, headers, body = await original(*arguments)
        invocation = current_invocation()
        if invocation is None:
            return status, headers, body
        kept = {name: value for name, value in headers.items() if name.lower() not in ("x-amzn-requestid",)}
        kept["x-amzn-requestid"] = invocation.request.request_id
        kept[EXTENDED_REQUEST_ID_HEADER] = invocation.extended_request_id
        return status, kept, body

    return handle_execute


def _without_s3_id(original: Callable[..., Any]) -> Callable[..., Any]:
    def with_data_plane_headers(*arguments: Any, **named: Any) -> Any:
        response = original(*arguments, **named)
        if response is not None and EXTENDED_REQUEST_ID_HEADER in response[1]:
            response[1].pop("x-amz-request-id", None)
        return response

    return with_data_plane_headers
