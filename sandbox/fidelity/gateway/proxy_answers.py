"""Gap: what a function answers through a proxy integration reaches the caller even where AWS keeps it back.

The emulator answers a failed function with 502 and the function's own error message, takes an answer without
`statusCode` for a body with status 200, and lets numbers and objects through as a body (the server then fails with an
empty 500). An exception in its own code is answered with the exception's text.

AWS (AWS Lambda developer guide, "Handling Lambda errors with an API Gateway API"): "If the Lambda API rejects the
invocation request, API Gateway returns a 500 error code. If the function runs but returns an error, or returns a
response in the wrong format, API Gateway returns a 502"; the body is `{"message": "Internal server error"}` in each
case. The format is in "Output format of a Lambda function for proxy integration" (Amazon API Gateway developer
guide).

The wraps judge the answer first; refusals are DEFAULT_5XX gateway responses, so that they carry the CORS headers set
for those. The reason goes to the sandbox's log, without a word of what the function answered.
"""

import logging
import re
from collections.abc import Callable, Mapping
from typing import Any

from sandbox.fidelity.gateway.documents import as_list, as_object, child
from sandbox.fidelity.gateway.emulator import GATEWAY
from sandbox.fidelity.gateway.tracking import (
    INNER_EXECUTE_PARAMETERS,
    LAMBDA_INTEGRATION_PARAMETERS,
    Handler,
    track_invocations,
)
from sandbox.fidelity.settings import FidelitySettings
from sandbox.fidelity.wrapping import wrap

logger = logging.getLogger("gatehouse.gateway")

MESSAGE = "Internal server error"
STATUS_CODE = re.compile(r"[1-5]\d\d")


class RefusedAnswerError(Exception):
    """The function's answer is not handed on. `status` is 500 or 502; the message says why, for the log only."""

    def __init__(self, reason: str, *, status: int) -> None:
        super().__init__(reason)
        self.status = status


def apply(settings: FidelitySettings) -> None:
    """Installs the wraps; raises `EmulatorChangedError` when the emulator does not have what they wrap."""
    del settings  # nothing here depends on them
    track_invocations()
    wrap(GATEWAY, "_lambda_proxy_response", ("result",), _judging, by=__name__)
    wrap(GATEWAY, "_invoke_lambda_proxy_v1", LAMBDA_INTEGRATION_PARAMETERS, _refusing, by=__name__)
    wrap(GATEWAY, "_execute_in_scope", INNER_EXECUTE_PARAMETERS, _without_exception_text, by=__name__)


def _judging(original: Callable[[dict[str, Any]], Any]) -> Callable[[dict[str, Any]], Any]:
    def lambda_proxy_response(result: dict[str, Any]) -> Any:
        if result.get("throttle"):
            raise RefusedAnswerError("Lambda throttled the invocation", status=500)
        if result.get("error"):
            raise RefusedAnswerError("the function ended with an error", status=502)
        answer = as_object(result.get("body"))
        problem = answer_problem(answer)
        if answer is None or problem is not None:
            raise RefusedAnswerError(f"malformed Lambda proxy response: {problem}", status=502)
        return original({**result, "body": normalized(answer)})

    return lambda_proxy_response


def _refusing(original: Handler) -> Handler:
    async def invoke(*arguments: Any, **named: Any) -> Any:
        try:
            return await original(*arguments, **named)
        except RefusedAnswerError as refused:
            logger.warning("integration %s: %s", arguments[0].get("uri"), refused)
            return gateway_error(refused.status)

    return invoke


def _without_exception_text(original: Handler) -> Handler:
    async def execute(request: dict[str, Any], *arguments: Any) -> Any:
        try:
            return await original(request, *arguments)
        except Exception:
            if not request.get("stage"):
                raise  # no stage, so no gateway response to answer with
            logger.exception("the emulator failed on %s %s", arguments[2], request.get("resource_path"))
            return gateway_error(500)

    return execute


def gateway_error(status: int) -> Any:
    """The emulator's DEFAULT_5XX error; `gateway_responses` answers it with `status` unless another is set."""
    error = GATEWAY._GatewayError("DEFAULT_5XX", MESSAGE)
    error.status = status
    return error


def answer_problem(answer: Mapping[str, Any] | None) -> str | None:
    """What is wrong with the answer of a proxy integration's function, or `None`. Names members, never values."""
    if answer is None:
        return "it is not an object"
    status = answer.get("statusCode")
    if isinstance(status, bool) or not isinstance(status, int | str) or not STATUS_CODE.fullmatch(str(status)):
        return "its statusCode is missing or no HTTP status"
    if not isinstance(answer.get("body"), str | None):
        return "its body is not a string"
    if not isinstance(answer.get("isBase64Encoded"), bool | None):
        return "its isBase64Encoded is not a boolean"
    if not _are_headers(answer.get("headers"), _is_scalar):
        return "its headers are not an object of strings"
    if not _are_headers(answer.get("multiValueHeaders"), _is_scalar_list):
        return "its multiValueHeaders are not an object of arrays of strings"
    return None


def normalized(answer: Mapping[str, Any]) -> dict[str, Any]:
    """A well-formed answer with a number as status and strings as header values."""
    return {
        **answer,
        "statusCode": int(answer["statusCode"]),
        "body": answer.get("body") or "",
        "headers": {name: _as_text(value) for name, value in child(answer, "headers").items()},
        "multiValueHeaders": {
            name: [_as_text(value) for value in values] for name, values in child(answer, "multiValueHeaders").items()
        },
    }


def _are_headers(headers: Any, valid: Callable[[Any], bool]) -> bool:
    if headers is None:
        return True
    named = as_object(headers)
    return named is not None and all(valid(value) for value in named.values())


def _is_scalar(value: Any) -> bool:
    return isinstance(value, str | bool | int | float)


def _is_scalar_list(value: Any) -> bool:
    items = as_list(value)
    return items is not None and all(_is_scalar(item) for item in items)


def _as_text(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
