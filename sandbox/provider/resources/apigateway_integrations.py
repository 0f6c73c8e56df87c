"""API Gateway: what answers a method (`aws:apigateway/integration:Integration` and `...:IntegrationResponse`).

The emulator reaches Lambda functions, SQS queues and HTTP endpoints. What it cannot reach or would silently leave out
(VPC links, streamed responses, other AWS services, certificates that nobody checks) is refused.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, Final

from sandbox.provider.resource_type import ApiShape, CloudFormationShape, Operation, Problem, ResourceType
from sandbox.provider.resources.apigateway_methods import address_outputs, check_response, method_address, method_id
from sandbox.provider.resources.apigateway_names import HTTP_METHODS, allowed, import_parts, matching_keys, within
from sandbox.provider.resources.apigateway_patches import (
    Scalar,
    map_patches,
    named_set_patches,
    replace_patch,
    scalar_patches,
)
from sandbox.provider.values import Properties

INTEGRATION_TYPES: Final = ("AWS", "AWS_PROXY", "HTTP", "HTTP_PROXY", "MOCK")
DEFAULT_TIMEOUT_MILLISECONDS: Final = 29_000
SHORTEST_TIMEOUT_MILLISECONDS: Final = 50
"""API Gateway quotas for REST APIs, "Integration timeout": 50 ms to 29 s unless AWS raised it for the account."""

REQUEST_PARAMETER: Final = re.compile(r"integration\.request\.(?:path|querystring|header)\.[^\s.]\S*")
"""Keys of `requestParameters` (API reference, Integration)."""

LAMBDA_URI: Final = re.compile(r"arn:[a-z0-9-]+:apigateway:[a-z0-9-]+:lambda:path/2015-03-31/functions/.+/invocations")
SQS_URI: Final = re.compile(r"arn:[a-z0-9-]+:apigateway:[a-z0-9-]+:sqs:path/.+")
HTTP_URI: Final = re.compile(r"https?://\S+")

_INTEGRATION_SCALARS: Final = {
    "cacheNamespace": Scalar(member="cacheNamespace", kept=True),
    "contentHandling": Scalar(member="contentHandling", absent=None),
    "timeoutMilliseconds": Scalar(member="timeoutInMillis", absent=str(DEFAULT_TIMEOUT_MILLISECONDS)),
    "uri": Scalar(member="uri"),
}


def _create_integration(operation: Operation) -> str:
    gateway, inputs = operation.client("apigateway"), operation.inputs
    request: dict[str, Any] = {
        name: inputs[name]
        for name in (
            "cacheKeyParameters",
            "connectionType",
            "contentHandling",
            "credentials",
            "integrationHttpMethod",
            "passthroughBehavior",
            "requestParameters",
            "requestTemplates",
            "uri",
        )
        if inputs.get(name)
    }
    namespace = inputs.get("cacheNamespace") or inputs["resourceId"]
    if inputs.get("cacheNamespace") or inputs.get("cacheKeyParameters"):
        request["cacheNamespace"] = namespace
    live = gateway.put_integration(
        **method_address(inputs), type=inputs["type"], timeoutInMillis=inputs["timeoutMilliseconds"], **request
    )
    identifier = method_id("agi", inputs)
    operation.created(identifier)
    if live.get("cacheNamespace") != namespace:
        # The emulator takes the resource's id whatever PutIntegration says; UpdateIntegration it follows.
        patches = [replace_patch("/cacheNamespace", namespace)]
        gateway.update_integration(**method_address(inputs), patchOperations=patches)
    return identifier


def _read_integration(operation: Operation) -> Properties | None:
    inputs = operation.inputs
    live = operation.client("apigateway").get_integration(**method_address(inputs))
    http_method = live.get("httpMethod", "")
    if live["type"] == "MOCK" and not inputs.get("integrationHttpMethod"):
        # The plain emulator invents POST; on AWS a MOCK integration has no HTTP method unless it was given one.
        http_method = ""
    return {
        **address_outputs(inputs),
        "cacheKeyParameters": live.get("cacheKeyParameters", []),
        "cacheNamespace": live.get("cacheNamespace", ""),
        "connectionType": live.get("connectionType", "INTERNET"),
        "contentHandling": live.get("contentHandling", ""),
        "credentials": live.get("credentials", ""),
        "integrationHttpMethod": http_method,
        "passthroughBehavior": live["passthroughBehavior"],
        "requestParameters": live.get("requestParameters", {}),
        "requestTemplates": live.get("requestTemplates", {}),
        "responseTransferMode": live.get("responseTransferMode", "BUFFERED"),
        "timeoutMilliseconds": live["timeoutInMillis"],
        "type": live["type"],
        "uri": live.get("uri", ""),
    }


def _update_integration(operation: Operation) -> None:
    gateway, inputs = operation.client("apigateway"), operation.inputs
    live = gateway.get_integration(**method_address(inputs))
    patches = scalar_patches(operation.changed, inputs, live, _INTEGRATION_SCALARS)
    for name in ("requestParameters", "requestTemplates"):
        if name in operation.changed:
            patches += map_patches(name, live.get(name), inputs.get(name))
    if "cacheKeyParameters" in operation.changed:
        patches += named_set_patches(
            "cacheKeyParameters", live.get("cacheKeyParameters"), inputs.get("cacheKeyParameters")
        )
    if patches:
        gateway.update_integration(**method_address(inputs), patchOperations=patches)


def _delete_integration(operation: Operation) -> None:
    operation.client("apigateway").delete_integration(**method_address(operation.inputs))


def _check_integration(inputs: Properties) -> Iterator[Problem]:
    yield from allowed(inputs, "httpMethod", HTTP_METHODS)
    yield from allowed(inputs, "integrationHttpMethod", HTTP_METHODS)
    yield from within(
        inputs, "timeoutMilliseconds", SHORTEST_TIMEOUT_MILLISECONDS, DEFAULT_TIMEOUT_MILLISECONDS, "milliseconds"
    )
    meaning = "integration.request. with path., querystring. or header. and a name"
    yield from matching_keys(inputs, "requestParameters", REQUEST_PARAMETER, meaning)
    yield from _backend_problems(inputs)
    if inputs.get("connectionType") == "VPC_LINK":
        yield Problem(
            path=("connectionType",), message="the sandbox has no VPC links; the only one it honours is INTERNET"
        )
    if inputs.get("responseTransferMode") == "STREAM":
        message = "the sandbox does not stream responses; the only mode it honours is BUFFERED"
        yield Problem(path=("responseTransferMode",), message=message)


def _backend_problems(inputs: Properties) -> Iterator[Problem]:
    kind, uri = inputs.get("type"), inputs.get("uri")
    if kind not in INTEGRATION_TYPES or kind == "MOCK":
        return
    for name in ("integrationHttpMethod", "uri"):
        if not inputs.get(name):
            yield Problem(path=(name,), message=f"is required for an integration of type {kind}")
    if not isinstance(uri, str) or not uri:
        return
    if kind in ("HTTP", "HTTP_PROXY") and HTTP_URI.fullmatch(uri) is None:
        yield Problem(path=("uri",), message=f"{uri!r} is not an http:// or https:// URL")
    if kind == "AWS_PROXY" and LAMBDA_URI.fullmatch(uri) is None:
        yield Problem(path=("uri",), message=f"{uri!r} is not the invoke ARN of a Lambda function")
    if kind == "AWS" and LAMBDA_URI.fullmatch(uri) is None and SQS_URI.fullmatch(uri) is None:
        message = f"{uri!r}: in the sandbox an integration of type AWS reaches Lambda functions and SQS queues only"
        yield Problem(path=("uri",), message=message)


def _put_integration_response(operation: Operation) -> str:
    inputs = operation.inputs
    request = {name: inputs[name] for name in ("contentHandling", "selectionPattern") if inputs.get(name)}
    # PutIntegrationResponse replaces an existing one as a whole, so it serves updates too.
    operation.client("apigateway").put_integration_response(
        **method_address(inputs),
        statusCode=inputs["statusCode"],
        responseParameters=inputs.get("responseParameters") or {},
        responseTemplates=inputs.get("responseTemplates") or {},
        **request,
    )
    return method_id("agir", inputs)


def _update_integration_response(operation: Operation) -> None:
    _put_integration_response(operation)


def _read_integration_response(operation: Operation) -> Properties | None:
    inputs = operation.inputs
    live = operation.client("apigateway").get_integration_response(
        **method_address(inputs), statusCode=inputs["statusCode"]
    )
    return {
        **address_outputs(inputs, "statusCode"),
        "contentHandling": live.get("contentHandling", ""),
        "responseParameters": live.get("responseParameters", {}),
        "responseTemplates": live.get("responseTemplates", {}),
        "selectionPattern": live.get("selectionPattern", ""),
    }


def _delete_integration_response(operation: Operation) -> None:
    operation.client("apigateway").delete_integration_response(
        **method_address(operation.inputs), statusCode=operation.inputs["statusCode"]
    )


_NO_VPC_LINKS: Final = "it has no VPC links"

RESOURCE_TYPES: Final = (
    ResourceType(
        token="aws:apigateway/integration:Integration",  # noqa: S106 - a type token
        create=_create_integration,
        read=_read_integration,
        update=_update_integration,
        delete=_delete_integration,
        replaces=frozenset(
            {
                "restApi",
                "resourceId",
                "httpMethod",
                "type",
                "credentials",
                "integrationHttpMethod",
                "passthroughBehavior",
            }
        ),
        # A method has one integration: created first, the new one would be deleted with the old one's address.
        delete_before_replace=True,
        defaults={"connectionType": "INTERNET", "timeoutMilliseconds": DEFAULT_TIMEOUT_MILLISECONDS},
        computed=frozenset({"cacheNamespace", "passthroughBehavior", "responseTransferMode"}),
        unordered=frozenset({"cacheKeyParameters"}),
        locators=frozenset({"restApi", "resourceId", "httpMethod"}),
        import_id=import_parts(
            "REST-API-ID/RESOURCE-ID/HTTP-METHOD",
            ("restApi", "resourceId", "httpMethod"),
            lambda parts: method_id("agi", parts),
        ),
        check=_check_integration,
        unsupported={
            "connectionId": _NO_VPC_LINKS,
            "integrationTarget": _NO_VPC_LINKS,
            "tlsConfig": "the emulator checks no certificate of an HTTP backend",
        },
        cloudformation=CloudFormationShape(
            type_name="AWS::ApiGateway::Method",
            renames={
                "restApi": "RestApiId",
                "type": "Integration.Type",
                "cacheKeyParameters": "Integration.CacheKeyParameters",
                "cacheNamespace": "Integration.CacheNamespace",
                "connectionType": "Integration.ConnectionType",
                "contentHandling": "Integration.ContentHandling",
                "credentials": "Integration.Credentials",
                "integrationHttpMethod": "Integration.IntegrationHttpMethod",
                "passthroughBehavior": "Integration.PassthroughBehavior",
                "requestParameters": "Integration.RequestParameters",
                "requestTemplates": "Integration.RequestTemplates",
                "responseTransferMode": "Integration.ResponseTransferMode",
                "timeoutMilliseconds": "Integration.TimeoutInMillis",
                "uri": "Integration.Uri",
            },
            omits=frozenset({"connectionId", "integrationTarget", "tlsConfig"}),
        ),
    ),
    ResourceType(
        token="aws:apigateway/integrationResponse:IntegrationResponse",  # noqa: S106 - a type token
        create=_put_integration_response,
        read=_read_integration_response,
        update=_update_integration_response,
        delete=_delete_integration_response,
        # The status is part of the id and of the address, so another status is another response.
        replaces=frozenset({"restApi", "resourceId", "httpMethod", "statusCode"}),
        locators=frozenset({"restApi", "resourceId", "httpMethod", "statusCode"}),
        import_id=import_parts(
            "REST-API-ID/RESOURCE-ID/HTTP-METHOD/STATUS-CODE",
            ("restApi", "resourceId", "httpMethod", "statusCode"),
            lambda parts: method_id("agir", parts),
        ),
        check=check_response,
        api=ApiShape(
            service="apigateway",
            operation="PutIntegrationResponse",
            members={
                "statusCode": "statusCode",
                "contentHandling": "contentHandling",
                "responseParameters": "responseParameters",
                "responseTemplates": "responseTemplates",
                "selectionPattern": "selectionPattern",
            },
        ),
    ),
)
