"""API Gateway: methods and what they declare to answer (`aws:apigateway/method:Method` and `...:MethodResponse`)."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

from sandbox.provider.resource_type import ApiShape, CloudFormationShape, Operation, Problem, ResourceType
from sandbox.provider.resources.apigateway_names import HTTP_METHODS, allowed, import_parts, matching_keys
from sandbox.provider.resources.apigateway_patches import Scalar, map_patches, scalar_patches, set_patches
from sandbox.provider.values import Properties

AUTHORIZATION_TYPES: Final = ("NONE", "AWS_IAM", "CUSTOM", "COGNITO_USER_POOLS")
"""API reference, Method, `authorizationType`."""
AUTHORIZED_TYPES: Final = ("CUSTOM", "COGNITO_USER_POOLS")
"""Those that need an authorizer: AWS refuses the method without one."""

REQUEST_PARAMETER: Final = re.compile(r"method\.request\.(?:path|querystring|header)\.[^\s.]\S*")
RESPONSE_PARAMETER: Final = re.compile(r"method\.response\.header\.[^\s.]\S*")
"""Keys of the parameter maps (API reference, Method and MethodResponse)."""

_METHOD_SCALARS: Final = {
    "apiKeyRequired": Scalar(member="apiKeyRequired", absent="false"),
    "authorizerId": Scalar(member="authorizerId"),
    # AWS refuses an empty text for these two: without a value they are set to nothing.
    "operationName": Scalar(member="operationName", absent=None),
    "requestValidatorId": Scalar(member="requestValidatorId", absent=None),
}
_AUTHORIZATION: Final = {"authorization": Scalar(member="authorizationType", absent="NONE")}


def method_address(inputs: Mapping[str, Any]) -> dict[str, str]:
    """The three parameters with which every call names a method."""
    return {
        "restApiId": inputs["restApi"],
        "resourceId": inputs["resourceId"],
        "httpMethod": inputs["httpMethod"],
    }


def method_id(prefix: str, inputs: Mapping[str, Any]) -> str:
    """The official provider's id of what belongs to a method: prefix, API, resource, HTTP method and any status."""
    parts = [prefix, inputs["restApi"], inputs["resourceId"], inputs["httpMethod"], inputs.get("statusCode")]
    return "-".join(str(part) for part in parts if part is not None)


def address_outputs(inputs: Mapping[str, Any], *names: str) -> Properties:
    """The inputs that AWS does not repeat in its answers, because they are the address of what was asked."""
    return {name: inputs[name] for name in ("restApi", "resourceId", "httpMethod", *names)}


def _create_method(operation: Operation) -> str:
    inputs = operation.inputs
    request: dict[str, Any] = {
        name: inputs[name]
        for name in (
            "authorizationScopes",
            "authorizerId",
            "operationName",
            "requestModels",
            "requestParameters",
            "requestValidatorId",
        )
        if inputs.get(name)
    }
    operation.client("apigateway").put_method(
        **method_address(inputs),
        authorizationType=inputs["authorization"],
        apiKeyRequired=inputs["apiKeyRequired"],
        **request,
    )
    return method_id("agm", inputs)


def _read_method(operation: Operation) -> Properties | None:
    live = operation.client("apigateway").get_method(**method_address(operation.inputs))
    return {
        **address_outputs(operation.inputs),
        "apiKeyRequired": live["apiKeyRequired"],
        "authorization": live["authorizationType"],
        "authorizationScopes": live.get("authorizationScopes", []),
        "authorizerId": live.get("authorizerId", ""),
        "operationName": live.get("operationName", ""),
        "requestModels": live.get("requestModels", {}),
        "requestParameters": live.get("requestParameters", {}),
        "requestValidatorId": live.get("requestValidatorId", ""),
    }


def _update_method(operation: Operation) -> None:
    gateway, inputs = operation.client("apigateway"), operation.inputs
    live = gateway.get_method(**method_address(inputs))
    patches = scalar_patches(operation.changed, inputs, live, _AUTHORIZATION)
    patches += scalar_patches(operation.changed, inputs, live, _METHOD_SCALARS)
    for name in ("requestModels", "requestParameters"):
        if name in operation.changed:
            patches += map_patches(name, live.get(name), inputs.get(name))
    if "authorizationScopes" in operation.changed:
        patches += set_patches(
            "authorizationScopes", live.get("authorizationScopes"), inputs.get("authorizationScopes")
        )
    if patches:
        gateway.update_method(**method_address(inputs), patchOperations=patches)


def _delete_method(operation: Operation) -> None:
    operation.client("apigateway").delete_method(**method_address(operation.inputs))


def _check_method(inputs: Properties) -> Iterator[Problem]:
    yield from allowed(inputs, "httpMethod", HTTP_METHODS)
    yield from allowed(inputs, "authorization", AUTHORIZATION_TYPES)
    authorization = inputs.get("authorization")
    if authorization in AUTHORIZED_TYPES and not inputs.get("authorizerId"):
        yield Problem(path=("authorizerId",), message=f"is required when authorization is {authorization}")
    if authorization in ("NONE", "AWS_IAM") and inputs.get("authorizerId"):
        message = (
            f"needs authorization CUSTOM or COGNITO_USER_POOLS; with {authorization} nobody would ask the authorizer"
        )
        yield Problem(path=("authorizerId",), message=message)
    meaning = "method.request. with path., querystring. or header. and a name"
    yield from matching_keys(inputs, "requestParameters", REQUEST_PARAMETER, meaning)


def _create_method_response(operation: Operation) -> str:
    _put_method_response(operation)
    return method_id("agmr", operation.inputs)


def _put_method_response(operation: Operation) -> None:
    inputs = operation.inputs
    request = {name: inputs[name] for name in ("responseModels", "responseParameters") if inputs.get(name)}
    operation.client("apigateway").put_method_response(
        **method_address(inputs), statusCode=inputs["statusCode"], **request
    )


def _read_method_response(operation: Operation) -> Properties | None:
    inputs = operation.inputs
    live = operation.client("apigateway").get_method_response(**method_address(inputs), statusCode=inputs["statusCode"])
    return {
        **address_outputs(inputs, "statusCode"),
        "responseModels": live.get("responseModels", {}),
        "responseParameters": live.get("responseParameters", {}),
    }


def _update_method_response(operation: Operation) -> None:
    # PutMethodResponse alone would meet the existing one (ConflictException); the plain emulator does not know
    # UpdateMethodResponse.
    _delete_method_response(operation)
    _put_method_response(operation)


def _delete_method_response(operation: Operation) -> None:
    operation.client("apigateway").delete_method_response(
        **method_address(operation.inputs), statusCode=operation.inputs["statusCode"]
    )


def check_response(inputs: Properties) -> Iterator[Problem]:
    """What method responses and integration responses have in common."""
    yield from allowed(inputs, "httpMethod", HTTP_METHODS)
    meaning = "method.response.header. and a header's name"
    yield from matching_keys(inputs, "responseParameters", RESPONSE_PARAMETER, meaning)


RESOURCE_TYPES: Final = (
    ResourceType(
        token="aws:apigateway/method:Method",  # noqa: S106 - a type token
        create=_create_method,
        read=_read_method,
        update=_update_method,
        delete=_delete_method,
        replaces=frozenset({"restApi", "resourceId", "httpMethod"}),
        defaults={"apiKeyRequired": False},
        unordered=frozenset({"authorizationScopes"}),
        locators=frozenset({"restApi", "resourceId", "httpMethod"}),
        import_id=import_parts(
            "REST-API-ID/RESOURCE-ID/HTTP-METHOD",
            ("restApi", "resourceId", "httpMethod"),
            lambda parts: method_id("agm", parts),
        ),
        check=_check_method,
        cloudformation=CloudFormationShape(
            type_name="AWS::ApiGateway::Method",
            renames={"restApi": "RestApiId", "authorization": "AuthorizationType"},
        ),
    ),
    ResourceType(
        token="aws:apigateway/methodResponse:MethodResponse",  # noqa: S106 - a type token
        create=_create_method_response,
        read=_read_method_response,
        update=_update_method_response,
        delete=_delete_method_response,
        # The status is part of the id and of the address, so another status is another response.
        replaces=frozenset({"restApi", "resourceId", "httpMethod", "statusCode"}),
        locators=frozenset({"restApi", "resourceId", "httpMethod", "statusCode"}),
        import_id=import_parts(
            "REST-API-ID/RESOURCE-ID/HTTP-METHOD/STATUS-CODE",
            ("restApi", "resourceId", "httpMethod", "statusCode"),
            lambda parts: method_id("agmr", parts),
        ),
        check=check_response,
        api=ApiShape(
            service="apigateway",
            operation="PutMethodResponse",
            members={
                "statusCode": "statusCode",
                "responseModels": "responseModels",
                "responseParameters": "responseParameters",
            },
        ),
    ),
)
