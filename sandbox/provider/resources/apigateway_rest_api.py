"""API Gateway: REST APIs (`aws:apigateway/restApi:RestApi`).

Deliberately no OpenAPI definitions (`body`): the emulator cannot import them. APIs are declared by resources, methods
and integrations.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final, cast

from sandbox.provider.resource_type import (
    ApiShape,
    AutoName,
    CloudFormationShape,
    Operation,
    Problem,
    ResourceType,
)
from sandbox.provider.resources.apigateway_names import (
    LONGEST_NAME,
    control_arn,
    execute_arn,
    timestamp,
)
from sandbox.provider.resources.apigateway_patches import (
    Patch,
    Scalar,
    named_set_patches,
    replace_patch,
    scalar_patches,
    set_patches,
    update_tags,
)
from sandbox.provider.resources.apigateway_rest_api_policy import policy_text
from sandbox.provider.values import Properties, contains_unknown

ENDPOINT_TYPES: Final = ("EDGE", "REGIONAL", "PRIVATE")
DEFAULT_ENDPOINT_TYPE: Final = "EDGE"
"""What CreateRestApi chooses when nothing is said (API reference, EndpointConfiguration)."""

NO_COMPRESSION: Final = "-1"
"""The official provider's word for a minimum compression size of none."""
LARGEST_COMPRESSION_SIZE: Final = 10_485_760
"""Bytes (API reference, CreateRestApi, `minimumCompressionSize`)."""

_REST_API_SCALARS: Final = {
    "apiKeySource": Scalar(member="apiKeySource", kept=True),
    "description": Scalar(member="description", kept=True),
    "disableExecuteApiEndpoint": Scalar(member="disableExecuteApiEndpoint", kept=True),
    "name": Scalar(member="name"),
}


def _create_rest_api(operation: Operation) -> str:
    inputs = operation.inputs
    request: dict[str, Any] = {
        name: inputs[name]
        for name in ("apiKeySource", "binaryMediaTypes", "description", "disableExecuteApiEndpoint", "policy")
        if inputs.get(name)
    }
    size = inputs.get("minimumCompressionSize")
    if size not in (None, "", NO_COMPRESSION):
        request["minimumCompressionSize"] = int(cast("str", size))
    if operation.tags:
        request["tags"] = dict(operation.tags)
    created = operation.client("apigateway").create_rest_api(
        name=inputs["name"], endpointConfiguration=_endpoint_configuration(inputs), **request
    )
    operation.created(created["id"])
    return str(created["id"])


def _endpoint_configuration(inputs: Mapping[str, Any]) -> dict[str, Any]:
    """As AWS would complete it. Sent in full, because the emulator's own choice is REGIONAL without an address type."""
    given = cast("Mapping[str, Any]", inputs.get("endpointConfiguration") or {})
    kind = given.get("types") or DEFAULT_ENDPOINT_TYPE
    complete: dict[str, Any] = {
        "types": [kind],
        "ipAddressType": given.get("ipAddressType") or ("dualstack" if kind == "PRIVATE" else "ipv4"),
    }
    if given.get("vpcEndpointIds"):
        complete["vpcEndpointIds"] = list(given["vpcEndpointIds"])
    return complete


def _complete_rest_api(inputs: Properties) -> Properties:
    """With what AWS adds to an endpoint configuration; unknown parts are for the update to tell."""
    given = inputs.get("endpointConfiguration")
    if not isinstance(given, Mapping) or contains_unknown(given):
        return inputs
    return {**inputs, "endpointConfiguration": _read_endpoint_configuration(_endpoint_configuration(inputs))}


def _read_rest_api(operation: Operation) -> Properties | None:
    live = operation.client("apigateway").get_rest_api(restApiId=operation.id)
    size = live.get("minimumCompressionSize")
    return {
        "apiKeySource": live["apiKeySource"],
        "arn": control_arn(operation.clients, f"/restapis/{operation.id}"),
        "binaryMediaTypes": live.get("binaryMediaTypes", []),
        "createdDate": timestamp(live["createdDate"]),
        "description": live.get("description", ""),
        "disableExecuteApiEndpoint": live.get("disableExecuteApiEndpoint", False),
        "endpointConfiguration": _read_endpoint_configuration(live["endpointConfiguration"]),
        "executionArn": execute_arn(operation.clients, operation.id),
        "minimumCompressionSize": None if size is None else str(size),
        "name": live["name"],
        "policy": policy_text(live.get("policy") or ""),
        "rootResourceId": live["rootResourceId"],
        "tagsAll": live.get("tags", {}),
    }


def _read_endpoint_configuration(live: Mapping[str, Any]) -> dict[str, Any]:
    read = {"types": live["types"][0], "ipAddressType": live.get("ipAddressType")}
    endpoints = live.get("vpcEndpointIds")
    return {**read, "vpcEndpointIds": endpoints} if endpoints else read


def _update_rest_api(operation: Operation) -> None:
    gateway = operation.client("apigateway")
    live = gateway.get_rest_api(restApiId=operation.id)
    patches = scalar_patches(operation.changed, operation.inputs, live, _REST_API_SCALARS)
    given = {name: value for name, value in operation.inputs.items() if name in operation.changed}
    if "binaryMediaTypes" in given:
        patches += named_set_patches("binaryMediaTypes", live.get("binaryMediaTypes"), given["binaryMediaTypes"])
    if given.get("minimumCompressionSize"):
        size = given["minimumCompressionSize"]
        patches.append(replace_patch("/minimumCompressionSize", None if size == NO_COMPRESSION else size))
    if "policy" in given:
        patches.append(replace_patch("/policy", given["policy"]))
    if "endpointConfiguration" in given:
        patches += _endpoint_patches(live["endpointConfiguration"], _endpoint_configuration(given))
    if patches:
        gateway.update_rest_api(restApiId=operation.id, patchOperations=patches)
    update_tags(operation)


def _endpoint_patches(live: Mapping[str, Any], wanted: Mapping[str, Any]) -> list[Patch]:
    prefix = "endpointConfiguration"
    patches: list[Patch] = []
    if live["types"] != wanted["types"]:
        patches.append(replace_patch(f"/{prefix}/types/0", wanted["types"][0]))
    if live.get("ipAddressType") != wanted["ipAddressType"]:
        patches.append(replace_patch(f"/{prefix}/ipAddressType", wanted["ipAddressType"]))
    return patches + set_patches(f"{prefix}/vpcEndpointIds", live.get("vpcEndpointIds"), wanted.get("vpcEndpointIds"))


def _delete_rest_api(operation: Operation) -> None:
    operation.client("apigateway").delete_rest_api(restApiId=operation.id)


def _check_rest_api(inputs: Properties) -> Iterator[Problem]:
    size = inputs.get("minimumCompressionSize")
    if isinstance(size, str) and not _is_compression_size(size):
        allowed = f"a whole number as text, -1 (off) to {LARGEST_COMPRESSION_SIZE} bytes"
        yield Problem(path=("minimumCompressionSize",), message=f"{size!r} is not {allowed}")
    endpoint = inputs.get("endpointConfiguration")
    if isinstance(endpoint, Mapping):
        yield from _endpoint_problems(cast("Mapping[str, Any]", endpoint))


def _endpoint_problems(endpoint: Mapping[str, Any]) -> Iterator[Problem]:
    kind = endpoint.get("types")
    where = "endpointConfiguration"
    if not isinstance(kind, str):
        return
    if kind not in ENDPOINT_TYPES:
        yield Problem(path=(where, "types"), message=f"{kind!r} is not one of {', '.join(ENDPOINT_TYPES)}")
    if kind == "PRIVATE" and endpoint.get("ipAddressType") == "ipv4":
        yield Problem(path=(where, "ipAddressType"), message="must be dualstack for the endpoint type PRIVATE")
    if kind != "PRIVATE" and endpoint.get("vpcEndpointIds"):
        yield Problem(path=(where, "vpcEndpointIds"), message="is only allowed for the endpoint type PRIVATE")


def _is_compression_size(text: str) -> bool:
    return text in ("", NO_COMPRESSION) or (text.isdecimal() and int(text) <= LARGEST_COMPRESSION_SIZE)


def _as_cloudformation_rest_api(properties: dict[str, Any]) -> dict[str, Any]:
    adjusted = dict(properties)
    size = adjusted.pop("MinimumCompressionSize", None)
    if isinstance(size, str) and size.isdecimal():
        adjusted["MinimumCompressionSize"] = int(size)
    endpoint = adjusted.get("EndpointConfiguration")
    if isinstance(endpoint, dict) and "Types" in endpoint:
        adjusted["EndpointConfiguration"] = {**endpoint, "Types": [endpoint["Types"]]}
    return adjusted


_OPENAPI_ONLY: Final = "it belongs to an OpenAPI definition, and the emulator cannot import one; "
_DECLARE: Final = "declare the API with Resource, Method and Integration"
_NOT_TOLD: Final = "the emulator does not serve TLS for the default endpoint"

RESOURCE_TYPES: Final = (
    ResourceType(
        token="aws:apigateway/restApi:RestApi",  # noqa: S106 - a type token
        create=_create_rest_api,
        read=_read_rest_api,
        update=_update_rest_api,
        delete=_delete_rest_api,
        computed=frozenset(
            {
                "apiKeySource",
                "binaryMediaTypes",
                "description",
                "disableExecuteApiEndpoint",
                "endpointConfiguration",
                "minimumCompressionSize",
                "policy",
            }
        ),
        auto_name=AutoName(maximum_length=LONGEST_NAME),
        json_properties=frozenset({"policy"}),
        unordered=frozenset({"binaryMediaTypes", "endpointConfiguration.vpcEndpointIds"}),
        # Both matter to OpenAPI definitions only, so AWS never tells them.
        write_only=frozenset({"failOnWarnings", "putRestApiMode"}),
        defaults={"putRestApiMode": "overwrite"},
        completes=_complete_rest_api,
        check=_check_rest_api,
        unsupported={
            "body": _OPENAPI_ONLY + _DECLARE,
            "parameters": _OPENAPI_ONLY + _DECLARE,
            "putRestApiMode": _OPENAPI_ONLY + _DECLARE,
            "endpointAccessMode": _NOT_TOLD,
            "securityPolicy": _NOT_TOLD,
        },
        cloudformation=CloudFormationShape(
            type_name="AWS::ApiGateway::RestApi",
            renames={"apiKeySource": "ApiKeySourceType"},
            omits=frozenset({"putRestApiMode"}),
            adjust=_as_cloudformation_rest_api,
        ),
        api=ApiShape(
            service="apigateway",
            operation="CreateRestApi",
            members={
                "apiKeySource": "apiKeySource",
                "endpointConfiguration.ipAddressType": "endpointConfiguration.ipAddressType",
            },
        ),
    ),
)
