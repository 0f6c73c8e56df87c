"""API Gateway: authorizers (`aws:apigateway/authorizer:Authorizer`).

An authorizer that a method still names cannot be deleted: AWS answers with a ConflictException, and the user gets to
see it. Deliberately unlike the official provider, which lets such an authorizer stay behind without a word.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

from sandbox.provider.resource_type import ApiShape, AutoName, CloudFormationShape, Operation, Problem, ResourceType
from sandbox.provider.resources.apigateway_integrations import LAMBDA_URI
from sandbox.provider.resources.apigateway_names import LONGEST_NAME, control_arn, import_parts, matching, within
from sandbox.provider.resources.apigateway_patches import Scalar, scalar_patches, set_patches
from sandbox.provider.values import Properties

LAMBDA_TYPES: Final = ("TOKEN", "REQUEST")
COGNITO: Final = "COGNITO_USER_POOLS"

LONGEST_TTL_SECONDS: Final = 3600
DEFAULT_TTL_SECONDS: Final = 300
DEFAULT_IDENTITY_SOURCE: Final = "method.request.header.Authorization"

TOKEN_SOURCE: Final = re.compile(r"method\.request\.header\.[^\s,.]+")
REQUEST_SOURCE: Final = re.compile(
    r"(?:method\.request\.(?:header|querystring)|stageVariables|context)\.[^\s,]+"
    r"(?:\s*,\s*(?:method\.request\.(?:header|querystring)|stageVariables|context)\.[^\s,]+)*"
)
"""API reference, CreateAuthorizer, `identitySource`: one header for TOKEN, a comma-separated list for REQUEST."""

_SCALARS: Final = {
    "authorizerCredentials": Scalar(member="authorizerCredentials"),
    "authorizerResultTtlInSeconds": Scalar(member="authorizerResultTtlInSeconds", absent=str(DEFAULT_TTL_SECONDS)),
    "authorizerUri": Scalar(member="authorizerUri"),
    "identitySource": Scalar(member="identitySource"),
    "identityValidationExpression": Scalar(member="identityValidationExpression"),
    "name": Scalar(member="name"),
    "type": Scalar(member="type", absent="TOKEN"),
}


def _create(operation: Operation) -> str:
    inputs = operation.inputs
    request: dict[str, Any] = {
        name: inputs[name]
        for name in ("authorizerCredentials", "authorizerUri", "identitySource", "identityValidationExpression")
        if inputs.get(name)
    }
    if inputs.get("providerArns"):
        request["providerARNs"] = list(inputs["providerArns"])
    created = operation.client("apigateway").create_authorizer(
        restApiId=inputs["restApi"],
        name=inputs["name"],
        type=inputs["type"],
        authorizerResultTtlInSeconds=inputs["authorizerResultTtlInSeconds"],
        **request,
    )
    operation.created(created["id"])
    return str(created["id"])


def _read(operation: Operation) -> Properties | None:
    rest_api = operation.inputs["restApi"]
    live = operation.client("apigateway").get_authorizer(restApiId=rest_api, authorizerId=operation.id)
    return {
        "arn": control_arn(operation.clients, f"/restapis/{rest_api}/authorizers/{operation.id}"),
        "authorizerCredentials": live.get("authorizerCredentials", ""),
        "authorizerResultTtlInSeconds": live.get("authorizerResultTtlInSeconds", DEFAULT_TTL_SECONDS),
        "authorizerUri": live.get("authorizerUri", ""),
        "identitySource": live.get("identitySource", ""),
        "identityValidationExpression": live.get("identityValidationExpression", ""),
        "name": live["name"],
        "providerArns": live.get("providerARNs", []),
        "restApi": rest_api,
        "type": live["type"],
    }


def _update(operation: Operation) -> None:
    gateway, inputs = operation.client("apigateway"), operation.inputs
    address = {"restApiId": inputs["restApi"], "authorizerId": operation.id}
    live = gateway.get_authorizer(**address)
    patches = scalar_patches(operation.changed, inputs, live, _SCALARS)
    if "providerArns" in operation.changed:
        patches += set_patches("providerARNs", live.get("providerARNs"), inputs.get("providerArns"))
    if patches:
        gateway.update_authorizer(**address, patchOperations=patches)


def _delete(operation: Operation) -> None:
    operation.client("apigateway").delete_authorizer(restApiId=operation.inputs["restApi"], authorizerId=operation.id)


def _replaced_inputs(old: Mapping[str, Any], new: Mapping[str, Any]) -> frozenset[str]:
    # TOKEN and REQUEST become each other in place; to and from Cognito AWS needs a new authorizer.
    kinds = {old.get("type"), new.get("type")}
    return frozenset({"type"}) if COGNITO in kinds and len(kinds) > 1 else frozenset()


def _check(inputs: Properties) -> Iterator[Problem]:
    yield from within(inputs, "authorizerResultTtlInSeconds", 0, LONGEST_TTL_SECONDS, "seconds")
    kind = inputs.get("type")
    if kind in LAMBDA_TYPES:
        if not inputs.get("authorizerUri"):
            yield Problem(path=("authorizerUri",), message=f"is required for an authorizer of type {kind}")
        yield from matching(inputs, "authorizerUri", LAMBDA_URI, "the invoke ARN of a Lambda function")
    if kind == COGNITO and not inputs.get("providerArns"):
        yield Problem(path=("providerArns",), message=f"is required for an authorizer of type {COGNITO}")
    if kind == "TOKEN":
        yield from matching(inputs, "identitySource", TOKEN_SOURCE, "one header (method.request.header.Authorization)")
    if kind == "REQUEST":
        yield from _request_source_problems(inputs)
    expression = inputs.get("identityValidationExpression")
    if isinstance(expression, str) and not _is_regular_expression(expression):
        yield Problem(path=("identityValidationExpression",), message=f"{expression!r} is not a regular expression")


def _request_source_problems(inputs: Properties) -> Iterator[Problem]:
    if inputs.get("identitySource") == "":
        if inputs.get("authorizerResultTtlInSeconds") != 0:
            message = "is required unless authorizerResultTtlInSeconds is 0: cached answers are found by it"
            yield Problem(path=("identitySource",), message=message)
        return
    meaning = "a comma-separated list of method.request.header. or .querystring., stageVariables. and context. values"
    yield from matching(inputs, "identitySource", REQUEST_SOURCE, meaning)


def _is_regular_expression(text: str) -> bool:
    try:
        re.compile(text)
    except re.error:
        return False
    return True


RESOURCE_TYPES: Final = (
    ResourceType(
        token="aws:apigateway/authorizer:Authorizer",  # noqa: S106 - a type token
        create=_create,
        read=_read,
        update=_update,
        delete=_delete,
        replaces=frozenset({"restApi"}),
        replaces_when=_replaced_inputs,
        defaults={
            "authorizerResultTtlInSeconds": DEFAULT_TTL_SECONDS,
            "identitySource": DEFAULT_IDENTITY_SOURCE,
            "type": "TOKEN",
        },
        auto_name=AutoName(maximum_length=LONGEST_NAME),
        unordered=frozenset({"providerArns"}),
        locators=frozenset({"restApi"}),
        import_id=import_parts("REST-API-ID/AUTHORIZER-ID", ("restApi", "id"), lambda parts: parts["id"]),
        check=_check,
        cloudformation=CloudFormationShape(
            type_name="AWS::ApiGateway::Authorizer",
            renames={"restApi": "RestApiId", "providerArns": "ProviderARNs"},
        ),
        api=ApiShape(service="apigateway", operation="CreateAuthorizer", members={"type": "type"}),
    ),
)
