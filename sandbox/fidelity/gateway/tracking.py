"""Opens an `Invocation` for each request to a stage, and notes on it what the emulator decides.

Support for the modules of this package, not a gap of its own: it changes nothing that a caller sees. Every module
that needs the current invocation calls `track_invocations()` in its `apply`; only the first call installs anything.
"""

import json
import time
from collections.abc import Awaitable, Callable
from typing import Any, cast

from sandbox.fidelity.current_request import CurrentRequest, current_request
from sandbox.fidelity.gateway.documents import as_object
from sandbox.fidelity.gateway.emulator import APPLICATION, GATEWAY, LAMBDA, require
from sandbox.fidelity.gateway.invocation import (
    GatewayErrorOutcome,
    Invocation,
    current_invocation,
    elapsed_milliseconds,
    set_current_invocation,
)
from sandbox.fidelity.wrapping import wrap

EXECUTE_PARAMETERS = ("api_id", "stage_name", "method", "path", "headers", "body", "query_params")
SCOPED_EXECUTE_PARAMETERS = (*EXECUTE_PARAMETERS, "owner_account_id", "owner_region")
INNER_EXECUTE_PARAMETERS = ("request", *SCOPED_EXECUTE_PARAMETERS)
AUTHORIZE_PARAMETERS = (
    *("api_id", "stage_name", "method_obj", "method", "request_path", "resource", "headers", "body", "query_params"),
    *("path_params", "stage", "owner_account_id", "owner_region"),
)
INVOKE_AUTHORIZER_PARAMETERS = ("authorizer", "event", "account_id", "region")
LAMBDA_INTEGRATION_PARAMETERS = (
    *("integration", "api_id", "stage_name", "stage", "resource", "request_path", "method", "headers", "body"),
    *("query_params", "path_params", "owner_account_id", "owner_region", "binary_media_types", "authorizer_context"),
    "caller_identity",
)
EXECUTE_FUNCTION_PARAMETERS = ("func", "config", "event", "request_id", "started")
HTTP_INTEGRATION_PARAMETERS = ("integration", "path", "method", "headers", "body", "query_params", "path_params")

# Where the emulator's record of an invocation of a function keeps its request id for whoever asked for it.
REQUEST_ID = "gatehouse_request_id"


class AuthorizerPolicy(dict[str, Any]):
    """A policy document with the context that the authorizer answered beside it: the authorizer cache keeps both.

    `context` has strings only, and the `principalId`.
    """

    context: dict[str, str]


Response = tuple[int, dict[str, Any], bytes]
Handler = Callable[..., Awaitable[Any]]


def track_invocations() -> None:
    """Installs the tracking, once per process. Raises `EmulatorChangedError` when the emulator is another."""
    require(APPLICATION, "_parse_execute_api_url")
    require(GATEWAY, "find_api_scope", "find_domain_scope", "_GatewayError", "_stringify_context")
    wrap(LAMBDA, "_execute_function_dispatch", EXECUTE_FUNCTION_PARAMETERS, _keeping_request_id, by=__name__)
    wrap(GATEWAY, "handle_execute", EXECUTE_PARAMETERS, _opening, by=__name__)
    wrap(GATEWAY, "_execute_in_scope", INNER_EXECUTE_PARAMETERS, _sharing_facts, by=__name__)
    wrap(GATEWAY, "_authorize_request_v1", AUTHORIZE_PARAMETERS, _timing_authorization, by=__name__)
    wrap(GATEWAY, "_invoke_authorizer_lambda", INVOKE_AUTHORIZER_PARAMETERS, _noting_authorizer_answer, by=__name__)
    wrap(GATEWAY, "_evaluate_policy", ("policy_doc", "method_arn"), _noting_authorizer_context, by=__name__)
    wrap(GATEWAY, "_invoke_lambda_proxy_v1", LAMBDA_INTEGRATION_PARAMETERS, _timing_integration, by=__name__)
    wrap(GATEWAY, "_invoke_lambda_custom_v1", LAMBDA_INTEGRATION_PARAMETERS, _timing_integration, by=__name__)
    wrap(GATEWAY, "_invoke_http_proxy_v1", HTTP_INTEGRATION_PARAMETERS, _timing_integration, by=__name__)
    wrap(GATEWAY, "_call_lambda_raw", ("function_ref", "event", "account_id", "region"), _noting_service, by=__name__)
    wrap(GATEWAY, "_gateway_error_response", ("error", "request"), _noting_error, by=__name__)


def open_invocation(api_id: str, stage_name: str, method: str, path: str) -> Invocation:
    """The invocation of the request that is being served, which `path` below the stage `stage_name` answers."""
    request = current_request() or _background_request(method, path)
    account_id, region = GATEWAY.find_api_scope(api_id) or ("", "")
    default_endpoint = APPLICATION._parse_execute_api_url(request.host, request.path) is not None
    host = request.host.split(":", 1)[0].lower()
    custom_domain = host if not default_endpoint and GATEWAY.find_domain_scope(host) else None
    return Invocation(
        request=request,
        api_id=api_id,
        account_id=account_id,
        region=region,
        stage_name=stage_name,
        method=method,
        path=path,
        custom_domain=custom_domain,
        base_path=_base_path(request.path, path) if custom_domain else None,
    )


def _base_path(request_path: str, path: str) -> str | None:
    """The base path mapping that led here: what the request's path has in front of the path below the stage."""
    prefix = request_path.removesuffix(path) if path != "/" else request_path
    return prefix.strip("/") or None


def _background_request(method: str, path: str) -> CurrentRequest:
    """For a request that another service of the emulator makes, which did not come through the edge."""
    return CurrentRequest(
        request_id=str(GATEWAY.new_uuid()),
        method=method,
        host="",
        path=path,
        raw_path=path,
        query_string="",
        protocol="HTTP/1.1",
        peer="127.0.0.1",
        started_at=time.time(),
        started=time.perf_counter(),
    )


def _keeping_request_id(original: Callable[..., Any]) -> Callable[..., Any]:
    def execute_function_dispatch(func: Any, config: Any, event: Any, request_id: str, started: float) -> Any:
        result = original(func, config, event, request_id, started)
        return {**cast("dict[str, Any]", result), REQUEST_ID: request_id} if isinstance(result, dict) else result

    return execute_function_dispatch


def _opening(original: Handler) -> Handler:
    async def handle_execute(
        api_id: str, stage_name: str, method: str, path: str, headers: Any, body: Any, query_params: Any
    ) -> Any:
        before = current_invocation()
        set_current_invocation(open_invocation(api_id, stage_name, method, path))
        try:
            return await original(api_id, stage_name, method, path, headers, body, query_params)
        finally:
            set_current_invocation(before)

    return handle_execute


def _sharing_facts(original: Handler) -> Handler:
    async def execute(request: dict[str, Any], *arguments: Any) -> Any:
        invocation = current_invocation()
        if invocation is not None:
            request["request_id"] = invocation.request.request_id
            invocation.facts = request
        return await original(request, *arguments)

    return execute


def _timing_authorization(original: Handler) -> Handler:
    async def authorize(
        api_id: str, stage_name: str, method_obj: dict[str, Any], method: str, path: str, resource: Any, *rest: Any
    ) -> Any:
        invocation = current_invocation()
        if invocation is None:
            return await original(api_id, stage_name, method_obj, method, path, resource, *rest)
        invocation.resource = resource
        started = time.perf_counter()
        error, context = await original(api_id, stage_name, method_obj, method, path, resource, *rest)
        if (method_obj.get("authorizationType") or "NONE").upper() == "CUSTOM":
            outcome = invocation.authorizer
            outcome.latency = elapsed_milliseconds(started)
            if context is not None:
                outcome.context = context
            if error is not None and error.response_type != "ACCESS_DENIED":
                outcome.error = error.message
                outcome.status = 401 if error.response_type == "UNAUTHORIZED" else 500
            else:
                outcome.status = 200
        return error, context

    return authorize


def _noting_authorizer_answer(original: Handler) -> Handler:
    async def invoke_authorizer(authorizer: Any, event: Any, account_id: str, region: str) -> Any:
        invocation = current_invocation()
        started = time.perf_counter()
        result = await original(authorizer, event, account_id, region)
        if invocation is not None and result is not None:
            invocation.authorizer.integration_latency = elapsed_milliseconds(started)
            invocation.authorizer.request_id = result.get(REQUEST_ID)
        return (
            result if result is None or result.get("error") else {**result, "body": _with_context(result.get("body"))}
        )

    return invoke_authorizer


def _with_context(body: Any) -> Any:
    """The authorizer's answer with its policy document as an `AuthorizerPolicy`; what is no such answer as it is."""
    try:
        parsed = json.loads(body) if isinstance(body, str | bytes) else body
    except ValueError:
        return body
    answer = as_object(parsed)
    document = None if answer is None else as_object(answer.get("policyDocument"))
    if answer is None or document is None:
        return parsed
    policy = AuthorizerPolicy(document)
    policy.context = GATEWAY._stringify_context(as_object(answer.get("context")))
    if answer.get("principalId") not in (None, ""):
        policy.context["principalId"] = str(answer["principalId"])
    return {**answer, "policyDocument": policy}


def _noting_authorizer_context(original: Callable[[Any, str], str]) -> Callable[[Any, str], str]:
    def evaluate_policy(policy_doc: Any, method_arn: str) -> str:
        invocation = current_invocation()
        if invocation is not None and isinstance(policy_doc, AuthorizerPolicy):
            invocation.authorizer.context = dict(policy_doc.context)
        return original(policy_doc, method_arn)

    return evaluate_policy


def _timing_integration(original: Handler) -> Handler:
    async def invoke(*arguments: Any, **named: Any) -> Any:
        invocation = current_invocation()
        if invocation is None:
            return await original(*arguments, **named)
        outcome = invocation.integration
        started = time.perf_counter()
        try:
            answer = await original(*arguments, **named)
        except Exception as error:
            outcome.error = str(error)
            raise
        finally:
            outcome.latency = elapsed_milliseconds(started)
        if isinstance(answer, GATEWAY._GatewayError):
            outcome.error = answer.message
        else:
            outcome.status = answer[0]
        return answer

    return invoke


def _noting_service(original: Handler) -> Handler:
    async def call_lambda_raw(*arguments: Any, **named: Any) -> Any:
        result, error = await original(*arguments, **named)
        invocation = current_invocation()
        if invocation is not None:
            throttled = error is None and result.get("throttle")
            invocation.integration.service_status = 404 if error is not None else 429 if throttled else 200
            invocation.integration.request_id = None if error is not None else result.get(REQUEST_ID)
        return result, error

    return call_lambda_raw


def _noting_error(original: Callable[[Any, dict[str, Any]], Response]) -> Callable[[Any, dict[str, Any]], Response]:
    def gateway_error_response(error: Any, request: dict[str, Any]) -> Response:
        invocation = current_invocation()
        if invocation is not None:
            invocation.error = outcome_of(error)
        return original(error, request)

    return gateway_error_response


def outcome_of(error: Any) -> GatewayErrorOutcome:
    """The emulator's gateway error as data."""
    return GatewayErrorOutcome(
        response_type=error.response_type, message=error.message, validation=getattr(error, "validation", None)
    )
