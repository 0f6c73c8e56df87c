"""Gap: the emulator stores authorizers that AWS refuses, and deletes those that methods still need.

AWS (Amazon API Gateway API reference, CreateAuthorizer and DeleteAuthorizer; developer guide, "Use API Gateway Lambda
authorizers"): `authorizerUri` is required for TOKEN and REQUEST and names a Lambda invocation; the TTL is 0 to 3600
seconds; a TOKEN authorizer has one header as identity source; a REQUEST authorizer needs identity sources unless its
TTL is 0; names are unique in an API (ConflictException); an authorizer that a method refers to cannot be deleted
(ConflictException). FlushStageAuthorizersCache empties the cache of a stage's authorizers.

The wraps refuse with AWS's error types (the wording is ours where AWS documents none), and add the missing call.
"""

import json
import re
from collections.abc import Callable
from typing import Any

from sandbox.fidelity.gateway.documents import child
from sandbox.fidelity.gateway.emulator import GATEWAY, require
from sandbox.fidelity.gateway.tracking import Handler
from sandbox.fidelity.settings import FidelitySettings
from sandbox.fidelity.wrapping import wrap

TTL_SECONDS = range(3601)
LAMBDA_AUTHORIZER_TYPES = ("TOKEN", "REQUEST")
LAMBDA_URI = re.compile(
    r"arn:aws[a-z-]*:apigateway:[a-z0-9-]+:lambda:path/2015-03-31/functions/arn:aws[a-z-]*:lambda:.+/invocations"
)
TOKEN_SOURCE = re.compile(r"method\.request\.header\.[^,\s]+")
FLUSH_PATH = re.compile(r"/?restapis/([^/]+)/stages/([^/]+)/cache/authorizers/?")


def apply(settings: FidelitySettings) -> None:
    """Installs the wraps; raises `EmulatorChangedError` when the emulator does not have what they wrap."""
    del settings  # nothing here depends on them
    require(GATEWAY, "_v1_error", "_authorizers_v1", "_authorizer_cache", "_resources", "_DEFAULT_AUTHORIZER_TTL")
    wrap(GATEWAY, "_create_authorizer", ("api_id", "data"), _creating, by=__name__)
    wrap(GATEWAY, "_update_authorizer", ("api_id", "auth_id", "data"), _updating, by=__name__)
    wrap(GATEWAY, "_delete_authorizer", ("api_id", "auth_id"), _deleting, by=__name__)
    wrap(GATEWAY, "handle_request", ("method", "path", "headers", "body", "query_params"), _flushing, by=__name__)


def _creating(original: Callable[..., Any]) -> Callable[..., Any]:
    def create_authorizer(api_id: str, data: dict[str, Any]) -> Any:
        problem = authorizer_problem(data)
        if problem is not None:
            return GATEWAY._v1_error("BadRequestException", problem, 400)
        others = child(GATEWAY._authorizers_v1, api_id).values()
        if any(other.get("name") == data.get("name") for other in others):
            return GATEWAY._v1_error("ConflictException", "Authorizer name must be unique", 409)
        if data.get("identitySource") or data["type"] != "REQUEST":
            return original(api_id, data)
        return _without_invented_source(api_id, original(api_id, {**data, "identitySource": ""}))

    return create_authorizer


def _without_invented_source(api_id: str, response: Any) -> Any:
    """The emulator gives a REQUEST authorizer without identity sources the Authorization header as one."""
    status, _, body = response
    if status != 201:
        return response
    authorizer = GATEWAY._authorizers_v1.get(api_id)[json.loads(body)["id"]]
    del authorizer["identitySource"]
    return GATEWAY._v1_response(authorizer, 201)


def _updating(original: Callable[..., Any]) -> Callable[..., Any]:
    def update_authorizer(api_id: str, auth_id: str, data: dict[str, Any]) -> Any:
        authorizer = child(GATEWAY._authorizers_v1, api_id).get(auth_id)
        if authorizer is None:
            return original(api_id, auth_id, data)
        before = dict(authorizer)
        response = original(api_id, auth_id, data)
        problem = authorizer_problem(authorizer)
        if problem is None:
            return response
        authorizer.clear()
        authorizer.update(before)
        return GATEWAY._v1_error("BadRequestException", problem, 400)

    return update_authorizer


def _deleting(original: Callable[..., Any]) -> Callable[..., Any]:
    def delete_authorizer(api_id: str, auth_id: str) -> Any:
        users = sorted(
            f"{resource.get('path')}/{http_method}"
            for resource in child(GATEWAY._resources, api_id).values()
            for http_method, method in child(resource, "resourceMethods").items()
            if method.get("authorizerId") == auth_id
        )
        if users:
            message = f"Cannot delete authorizer '{auth_id}', is referenced in method: [{', '.join(users)}]"
            return GATEWAY._v1_error("ConflictException", message, 409)
        return original(api_id, auth_id)

    return delete_authorizer


def _flushing(original: Handler) -> Handler:
    async def handle_request(method: str, path: str, headers: Any, body: Any, query_params: Any) -> Any:
        flush = FLUSH_PATH.fullmatch(path)
        if method != "DELETE" or flush is None:
            return await original(method, path, headers, body, query_params)
        api_id, stage_name = flush.groups()
        if stage_name not in child(GATEWAY._stages_v1, api_id):
            return GATEWAY._v1_error("NotFoundException", "Invalid stage identifier specified", 404)
        cache: dict[tuple[Any, ...], Any] = GATEWAY._authorizer_cache
        for key in [key for key in cache if key[2] == api_id and key[4] == stage_name]:
            del cache[key]
        return 202, {}, b""

    return handle_request


def authorizer_problem(data: dict[str, Any]) -> str | None:
    """What AWS would refuse about an authorizer's settings, or `None`."""
    if not data.get("name"):
        return "Authorizer name is required"
    kind = data.get("type")
    if kind not in (*LAMBDA_AUTHORIZER_TYPES, "COGNITO_USER_POOLS"):
        return "Authorizer type must be one of TOKEN, REQUEST and COGNITO_USER_POOLS"
    ttl = data.get("authorizerResultTtlInSeconds")
    if ttl in (None, ""):
        ttl = GATEWAY._DEFAULT_AUTHORIZER_TTL
    if not str(ttl).isdecimal() or int(ttl) not in TTL_SECONDS:
        return f"Authorizer result TTL must be between 0 and {TTL_SECONDS.stop - 1} seconds"
    if kind not in LAMBDA_AUTHORIZER_TYPES:
        return None
    uri = data.get("authorizerUri") or ""
    if not LAMBDA_URI.fullmatch(uri):
        return (
            f"Invalid Authorizer URI: {uri}. Authorizer URI should be a valid API Gateway ARN that represents "
            "a Lambda function invocation."
        )
    return _identity_source_problem(data, kind, int(ttl))


def _identity_source_problem(data: dict[str, Any], kind: str, ttl: int) -> str | None:
    source = data.get("identitySource")
    if kind == "TOKEN" and not TOKEN_SOURCE.fullmatch(source or ""):
        return "Identity source of a TOKEN authorizer must be one header, as method.request.header.Authorization"
    if kind == "REQUEST" and not source and ttl > 0:
        return "Identity source is required for REQUEST authorizers with caching"
    expression = data.get("identityValidationExpression")
    if expression:
        try:
            re.compile(expression)
        except re.error:
            return f"Invalid identity validation expression: {expression}"
    return None
