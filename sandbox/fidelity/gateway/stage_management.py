"""Gap: the emulator creates stages and deployments that AWS refuses, and answers settings that nobody made.

AWS (Amazon API Gateway API reference, CreateStage, UpdateStage, CreateDeployment, DeleteDeployment; developer guide,
"Set up CloudWatch logging for REST APIs"):
- a stage's name is new in its API (ConflictException) and its deployment exists;
- access logs need a format with `$context.requestId` or `$context.extendedRequestId`, and an account whose
  `cloudwatchRoleArn` is set: "CloudWatch Logs role ARN must be set in account settings to enable logging";
- a stage without access logs has no `accessLogSettings`;
- an API without methods, or with a method that lacks its integration, cannot be deployed; a deployment that a stage
  uses cannot be deleted.

The wraps refuse with AWS's error types and messages.
"""

import json
from collections.abc import Callable
from typing import Any

from sandbox.fidelity.gateway.documents import child
from sandbox.fidelity.gateway.emulator import GATEWAY, require
from sandbox.fidelity.settings import FidelitySettings
from sandbox.fidelity.wrapping import wrap

REQUEST_ID_VARIABLES = ("context.requestId", "context.extendedRequestId")
NO_ROLE = "CloudWatch Logs role ARN must be set in account settings to enable logging"
LOG_SETTINGS = "accessLogSettings"


def apply(settings: FidelitySettings) -> None:
    """Installs the wraps; raises `EmulatorChangedError` when the emulator does not have what they wrap."""
    del settings  # nothing here depends on them
    require(GATEWAY, "_v1_error", "_v1_response", "_stages_v1", "_deployments_v1", "_resources", "_account_settings")
    wrap(GATEWAY, "_create_stage", ("api_id", "data"), _creating_stage, by=__name__)
    wrap(GATEWAY, "_update_stage", ("api_id", "stage_name", "data"), _updating_stage, by=__name__)
    parameters = ("api_id", "deployment_id", "stage_name", "description", "variables")
    wrap(GATEWAY, "_deploy_to_stage", parameters, _deploying_to_stage, by=__name__)
    wrap(GATEWAY, "_create_deployment", ("api_id", "data"), _creating_deployment, by=__name__)
    wrap(GATEWAY, "_delete_deployment", ("api_id", "deployment_id"), _deleting_deployment, by=__name__)


def _creating_stage(original: Callable[..., Any]) -> Callable[..., Any]:
    def create_stage(api_id: str, data: dict[str, Any]) -> Any:
        name = data.get("stageName")
        if name and name in _stages(api_id):
            return GATEWAY._v1_error("ConflictException", "Stage already exists", 409)
        if data.get("deploymentId") not in child(GATEWAY._deployments_v1, api_id):
            return GATEWAY._v1_error("BadRequestException", "Deployment id does not exist", 400)
        response = original(api_id, data)
        stage = _stages(api_id).get(str(name))
        return response if stage is None else _answer(stage, response[0])

    return create_stage


def _updating_stage(original: Callable[..., Any]) -> Callable[..., Any]:
    def update_stage(api_id: str, stage_name: str, data: dict[str, Any]) -> Any:
        stage = _stages(api_id).get(stage_name)
        if stage is None:
            return original(api_id, stage_name, data)
        before = json.loads(json.dumps(stage))
        response = original(api_id, stage_name, data)
        problem = logging_problem(stage.get(LOG_SETTINGS), _account_role())
        if stage.get("deploymentId") not in child(GATEWAY._deployments_v1, api_id):
            problem = "Deployment id does not exist"
        if problem is None:
            return _answer(stage, response[0])
        stage.clear()
        stage.update(before)
        return GATEWAY._v1_error("BadRequestException", problem, 400)

    return update_stage


def _deploying_to_stage(original: Callable[..., Any]) -> Callable[..., Any]:
    def deploy_to_stage(*arguments: Any, **named: Any) -> Any:
        stage = original(*arguments, **named)
        _drop_unset_logging(stage)
        return stage

    return deploy_to_stage


def _creating_deployment(original: Callable[..., Any]) -> Callable[..., Any]:
    def create_deployment(api_id: str, data: dict[str, Any]) -> Any:
        methods = [
            method
            for resource in child(GATEWAY._resources, api_id).values()
            for method in child(resource, "resourceMethods").values()
        ]
        problem = None
        if not methods:
            problem = "The REST API doesn't contain any methods"
        elif any(not method.get("methodIntegration") for method in methods):
            problem = "No integration defined for method"
        if problem is not None and GATEWAY._rest_apis.get(api_id):
            return GATEWAY._v1_error("BadRequestException", problem, 400)
        return original(api_id, data)

    return create_deployment


def _deleting_deployment(original: Callable[..., Any]) -> Callable[..., Any]:
    def delete_deployment(api_id: str, deployment_id: str) -> Any:
        if any(stage.get("deploymentId") == deployment_id for stage in _stages(api_id).values()):
            message = "Active stages pointing to this deployment must be moved or deleted"
            return GATEWAY._v1_error("BadRequestException", message, 400)
        return original(api_id, deployment_id)

    return delete_deployment


def logging_problem(settings: dict[str, Any] | None, role_arn: str | None) -> str | None:
    """What AWS would refuse about a stage's access log settings, or `None`."""
    if not settings or not settings.get("destinationArn"):
        return None
    if not role_arn:
        return NO_ROLE
    line_format = settings.get("format")
    if line_format and not any(name in line_format for name in REQUEST_ID_VARIABLES):
        return "Invalid access log format: it must contain $context.requestId or $context.extendedRequestId"
    return None


def _answer(stage: dict[str, Any], status: int) -> Any:
    _drop_unset_logging(stage)
    return GATEWAY._v1_response(stage, status)


def _drop_unset_logging(stage: dict[str, Any]) -> None:
    if not stage.get(LOG_SETTINGS):
        stage.pop(LOG_SETTINGS, None)


def _stages(api_id: str) -> dict[str, Any]:
    return child(GATEWAY._stages_v1, api_id)


def _account_role() -> str | None:
    return child(GATEWAY._account_settings, "settings").get("cloudwatchRoleArn")
