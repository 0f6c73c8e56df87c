"""API Gateway: what it answers itself, when no backend does (`aws:apigateway/response:Response`)."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

from sandbox.provider.resource_type import ApiShape, CloudFormationShape, Operation, Problem, ResourceType
from sandbox.provider.resources.apigateway_names import import_parts, matching_keys
from sandbox.provider.values import Properties

RESPONSE_PARAMETER: Final = re.compile(r"gatewayresponse\.(?:header|path|querystring)\.[^\s.]\S*")
"""Keys of `responseParameters` (API reference, PutGatewayResponse)."""


def _response_id(inputs: Mapping[str, Any]) -> str:
    return f"aggr-{inputs['restApiId']}-{inputs['responseType']}"


def _address(inputs: Mapping[str, Any]) -> dict[str, str]:
    return {"restApiId": inputs["restApiId"], "responseType": inputs["responseType"]}


def _put(operation: Operation) -> str:
    inputs = operation.inputs
    request: dict[str, Any] = {"statusCode": inputs["statusCode"]} if inputs.get("statusCode") else {}
    # PutGatewayResponse replaces an existing one as a whole, so it serves updates too.
    operation.client("apigateway").put_gateway_response(
        **_address(inputs),
        responseParameters=inputs.get("responseParameters") or {},
        responseTemplates=inputs.get("responseTemplates") or {},
        **request,
    )
    return _response_id(inputs)


def _update(operation: Operation) -> None:
    _put(operation)


def _read(operation: Operation) -> Properties | None:
    inputs = operation.inputs
    live = operation.client("apigateway").get_gateway_response(**_address(inputs))
    if live.get("defaultResponse"):
        # Every type has a response; this one is AWS's own, so somebody has deleted ours.
        return None
    return {
        "responseParameters": live.get("responseParameters", {}),
        "responseTemplates": live.get("responseTemplates", {}),
        "responseType": live["responseType"],
        "restApiId": inputs["restApiId"],
        "statusCode": live.get("statusCode", ""),
    }


def _delete(operation: Operation) -> None:
    operation.client("apigateway").delete_gateway_response(**_address(operation.inputs))


def _check(inputs: Properties) -> Iterator[Problem]:
    meaning = "gatewayresponse.header. and a header's name"
    yield from matching_keys(inputs, "responseParameters", RESPONSE_PARAMETER, meaning)


RESOURCE_TYPES: Final = (
    ResourceType(
        token="aws:apigateway/response:Response",  # noqa: S106 - a type token
        create=_put,
        read=_read,
        update=_update,
        delete=_delete,
        replaces=frozenset({"restApiId", "responseType"}),
        locators=frozenset({"restApiId", "responseType"}),
        import_id=import_parts("REST-API-ID/RESPONSE-TYPE", ("restApiId", "responseType"), _response_id),
        check=_check,
        cloudformation=CloudFormationShape(type_name="AWS::ApiGateway::GatewayResponse"),
        api=ApiShape(
            service="apigateway",
            operation="PutGatewayResponse",
            members={"responseType": "responseType", "statusCode": "statusCode"},
        ),
    ),
)
