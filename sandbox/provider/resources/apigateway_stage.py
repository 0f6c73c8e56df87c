"""API Gateway: stages (`aws:apigateway/stage:Stage`).

Deliberately no canaries and no cache: the emulator sends every caller to the stage's own deployment and answers nothing
from a cache. The cache's settings are kept all the same, because without a cache every answer is right, only slower.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any, Final, cast

from sandbox.provider.resource_type import ApiShape, CloudFormationShape, Operation, Problem, ResourceType
from sandbox.provider.resources.apigateway_names import (
    control_arn,
    execute_arn,
    import_parts,
    matching,
    matching_keys,
)
from sandbox.provider.resources.apigateway_patches import (
    Patch,
    Scalar,
    map_patches,
    replace_patch,
    scalar_patches,
    update_tags,
)
from sandbox.provider.values import Properties

STAGE_NAME: Final = re.compile(r"[A-Za-z0-9_-]{1,128}")
VARIABLE_NAME: Final = re.compile(r"[A-Za-z0-9_]+")
VARIABLE_VALUE: Final = re.compile(r"[A-Za-z0-9\-._~:/?#&=,]+")
"""API reference, CreateStage: `stageName` and `variables`."""

LOG_DESTINATION: Final = re.compile(
    r"arn:[a-z0-9-]+:(?:logs:[a-z0-9-]+:\d{12}:log-group:\S+|firehose:[a-z0-9-]+:\d{12}:deliverystream/amazon-apigateway-\S+)"
)
"""API reference, AccessLogSettings, `destinationArn`."""
REQUEST_ID_VARIABLES: Final = ("$context.requestId", "$context.extendedRequestId")
"""An access log format must have one of them (API reference, AccessLogSettings, `format`)."""

_SCALARS: Final = {
    "cacheClusterEnabled": Scalar(member="cacheClusterEnabled", absent="false"),
    "clientCertificateId": Scalar(member="clientCertificateId"),
    "deployment": Scalar(member="deploymentId"),
    "description": Scalar(member="description"),
    "documentationVersion": Scalar(member="documentationVersion"),
    "xrayTracingEnabled": Scalar(member="tracingEnabled", absent="false"),
}
_CACHE_SIZE: Final = {"cacheClusterSize": Scalar(member="cacheClusterSize", kept=True)}


def _stage_id(inputs: Mapping[str, Any]) -> str:
    return f"ags-{inputs['restApi']}-{inputs['stageName']}"


def _address(inputs: Mapping[str, Any]) -> dict[str, str]:
    return {"restApiId": inputs["restApi"], "stageName": inputs["stageName"]}


def _create(operation: Operation) -> str:
    gateway, inputs = operation.client("apigateway"), operation.inputs
    request: dict[str, Any] = {
        name: inputs[name]
        for name in ("cacheClusterEnabled", "cacheClusterSize", "description", "documentationVersion", "variables")
        if inputs.get(name)
    }
    if inputs.get("xrayTracingEnabled"):
        request["tracingEnabled"] = True
    if operation.tags:
        request["tags"] = dict(operation.tags)
    gateway.create_stage(**_address(inputs), deploymentId=inputs["deployment"], **request)
    operation.created(_stage_id(inputs))
    # CreateStage has no parameter for these two.
    patches = _log_patches(inputs)
    if inputs.get("clientCertificateId"):
        patches.append(replace_patch("/clientCertificateId", inputs["clientCertificateId"]))
    if patches:
        gateway.update_stage(**_address(inputs), patchOperations=patches)
    return _stage_id(inputs)


def _log_patches(inputs: Mapping[str, Any]) -> list[Patch]:
    settings = cast("Mapping[str, str]", inputs.get("accessLogSettings") or {})
    if not settings:
        return []
    return [
        replace_patch("/accessLogSettings/destinationArn", settings["destinationArn"].removesuffix(":*")),
        replace_patch("/accessLogSettings/format", settings["format"]),
    ]


def _read(operation: Operation) -> Properties | None:
    clients, inputs = operation.clients, operation.inputs
    rest_api, name = inputs["restApi"], inputs["stageName"]
    live = operation.client("apigateway").get_stage(**_address(inputs))
    cached = bool(live.get("cacheClusterEnabled", False))
    return {
        # The emulator has empty settings where AWS has none.
        "accessLogSettings": live.get("accessLogSettings") or None,
        "arn": control_arn(clients, f"/restapis/{rest_api}/stages/{name}"),
        "cacheClusterEnabled": cached,
        # AWS tells a size only of a cache that exists.
        "cacheClusterSize": live.get("cacheClusterSize") if cached else inputs.get("cacheClusterSize"),
        "clientCertificateId": live.get("clientCertificateId", ""),
        "deployment": live["deploymentId"],
        "description": live.get("description", ""),
        "documentationVersion": live.get("documentationVersion", ""),
        "executionArn": execute_arn(clients, f"{rest_api}/{name}"),
        # Where this sandbox serves the stage; on AWS https://<api>.execute-api.<region>.amazonaws.com/<stage>.
        "invokeUrl": f"{clients.endpoint_url}/_aws/execute-api/{rest_api}/{name}",
        "restApi": rest_api,
        "stageName": name,
        "tagsAll": live.get("tags", {}),
        "variables": live.get("variables", {}),
        "webAclArn": live.get("webAclArn", ""),
        "xrayTracingEnabled": live.get("tracingEnabled", False),
    }


def _update(operation: Operation) -> None:
    gateway, inputs, changed = operation.client("apigateway"), operation.inputs, operation.changed
    live = gateway.get_stage(**_address(inputs))
    patches = scalar_patches(changed, inputs, live, _SCALARS)
    if inputs.get("cacheClusterEnabled"):
        # A size that was given while there was no cache is sent with the cache.
        patches += scalar_patches({"cacheClusterSize"}, inputs, live, _CACHE_SIZE)
    if "variables" in changed:
        patches += _variable_patches(live, inputs)
    if "accessLogSettings" in changed:
        if inputs.get("accessLogSettings"):
            patches += _log_patches(inputs)
        elif live.get("accessLogSettings"):
            patches.append({"op": "remove", "path": "/accessLogSettings"})
    if patches:
        gateway.update_stage(**_address(inputs), patchOperations=patches)
    update_tags(operation)


def _variable_patches(live: Mapping[str, Any], inputs: Mapping[str, Any]) -> list[Patch]:
    # UpdateStage knows no "add" for variables: a new one is "replaced" (patch operations, UpdateStage).
    patches = map_patches("variables", live.get("variables"), inputs.get("variables"))
    return [{**patch, "op": "replace"} if patch["op"] == "add" else patch for patch in patches]


def _delete(operation: Operation) -> None:
    operation.client("apigateway").delete_stage(**_address(operation.inputs))


def _check(inputs: Properties) -> Iterator[Problem]:
    yield from matching(inputs, "stageName", STAGE_NAME, "1 to 128 letters, digits, _ and -")
    yield from matching_keys(inputs, "variables", VARIABLE_NAME, "letters, digits and _")
    variables = inputs.get("variables")
    if isinstance(variables, Mapping):
        for name, value in cast("Mapping[str, Any]", variables).items():
            if isinstance(value, str) and VARIABLE_VALUE.fullmatch(value) is None:
                message = "AWS allows letters, digits and - . _ ~ : / ? # & = , in the value of a stage variable"
                yield Problem(path=("variables", name), message=message)
    settings = inputs.get("accessLogSettings")
    if isinstance(settings, Mapping):
        yield from _log_problems(cast("Mapping[str, Any]", settings))


def _log_problems(settings: Mapping[str, Any]) -> Iterator[Problem]:
    where = "accessLogSettings"
    destination, line_format = settings.get("destinationArn"), settings.get("format")
    if isinstance(destination, str) and LOG_DESTINATION.fullmatch(destination) is None:
        message = f"{destination!r} is not the ARN of a log group, or of a Firehose stream named amazon-apigateway-..."
        yield Problem(path=(where, "destinationArn"), message=message)
    if isinstance(line_format, str):
        # ${context.requestId} is the same variable, written with braces.
        plain = line_format.replace("${context.", "$context.")
        if not any(variable in plain for variable in REQUEST_ID_VARIABLES):
            message = f"must contain {' or '.join(REQUEST_ID_VARIABLES)}"
            yield Problem(path=(where, "format"), message=message)
        if "\n" in line_format.rstrip("\n"):
            yield Problem(path=(where, "format"), message="must be a single line")


RESOURCE_TYPES: Final = (
    ResourceType(
        token="aws:apigateway/stage:Stage",  # noqa: S106 - a type token
        create=_create,
        read=_read,
        update=_update,
        delete=_delete,
        replaces=frozenset({"restApi", "stageName"}),
        defaults={"cacheClusterEnabled": False, "xrayTracingEnabled": False},
        locators=frozenset({"restApi", "stageName"}),
        import_id=import_parts("REST-API-ID/STAGE-NAME", ("restApi", "stageName"), _stage_id),
        check=_check,
        unsupported={"canarySettings": "the emulator sends every caller to the stage's own deployment"},
        cloudformation=CloudFormationShape(
            type_name="AWS::ApiGateway::Stage",
            renames={
                "accessLogSettings": "AccessLogSetting",
                "deployment": "DeploymentId",
                "restApi": "RestApiId",
                "xrayTracingEnabled": "TracingEnabled",
            },
            omits=frozenset({"canarySettings"}),
        ),
        api=ApiShape(service="apigateway", operation="CreateStage", members={"cacheClusterSize": "cacheClusterSize"}),
    ),
)
