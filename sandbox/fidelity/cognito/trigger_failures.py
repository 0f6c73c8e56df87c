"""Gap: a token is issued all the same when the pre token generation trigger fails, and whoever may not be invoked is.

What the emulator does: it logs that the trigger failed, answered nonsense or is missing, and signs the token without
what the trigger would have said. It invokes the function without looking at its resource policy.

What AWS does: the request fails when the function fails, does not answer in time or answers something else than the
event with its `response`
(https://docs.aws.amazon.com/cognito/latest/developerguide/cognito-user-pools-working-with-lambda-triggers.html), and
Cognito needs permission to invoke it, for the principal `cognito-idp.amazonaws.com` with the pool's ARN and account
(the same page). The API answers UserLambdaValidationException or InvalidLambdaResponseException; the token endpoint
answers 400. Which OAuth error it names is not documented; `invalid_request` with a description is what its sign-in
pages answer.

Deliberately no time limit of five seconds and no three attempts: the function is invoked once, with its own timeout.
"""

import json
import logging
import os
from collections.abc import Callable
from contextvars import ContextVar
from functools import wraps
from typing import Any

from sandbox.fidelity.emulator import Answer, emulator_module, mapping
from sandbox.fidelity.settings import FidelitySettings
from sandbox.fidelity.wrapping import require_parameters, wrap

cognito = emulator_module("services.cognito")
iam_evaluator = emulator_module("core.iam_evaluator")
lambda_service = emulator_module("services.lambda_svc")
responses = emulator_module("core.responses")

logger = logging.getLogger("gatehouse.cognito")

SERVICE = "cognito-idp.amazonaws.com"
INVOKE = "lambda:InvokeFunction"
STRICT_VARIABLE = "MINISTACK_COGNITO_PRETOKEN_STRICT"
TRIGGER_PARAMETERS = (
    "pool_id",
    "claims",
    "token_type",
    "trigger_source",
    "client_id",
    "username",
    "user_attrs",
    "groups",
    "client_metadata",
    "scope",
)

_answers_are_judged: ContextVar[bool] = ContextVar("trigger answers are judged", default=False)


class TriggerFailedError(Exception):
    """The trigger does not let a token be issued. `code` is the exception of Cognito's API."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


def apply(settings: FidelitySettings) -> None:
    """Installs the wraps."""
    del settings
    os.environ[STRICT_VARIABLE] = "1"  # the emulator's own switch, read for each token: let failures through to us
    require_parameters(lambda_service, "_get_func_record_for_ref", ("function_ref",))
    require_parameters(
        iam_evaluator, "evaluate_resource_policy", ("doc", "ctx", "service", "named_only", "direct_only")
    )
    wrap(cognito, "_apply_pretoken_trigger", TRIGGER_PARAMETERS, _deciding, by=__name__)
    wrap(cognito, "_extract_trigger_response", ("payload",), _judging, by=__name__)
    wrap(cognito, "_oauth2_token", ("data", "query_params", "raw_body", "headers"), _refusing_tokens, by=__name__)
    wrap(cognito, "_run_idp_handler", ("handler", "action", "data"), _refusing_calls, by=__name__)


def _deciding(original: Callable[..., dict[str, Any]]) -> Callable[..., dict[str, Any]]:
    @wraps(original)
    def apply_pretoken_trigger(pool_id: str, claims: dict[str, Any], *rest: Any, **named: Any) -> dict[str, Any]:
        pool = mapping(cognito._user_pools.get(pool_id))
        function_arn = trigger_of(pool)
        if function_arn and not may_invoke(function_arn, pool["Arn"]):
            logger.warning("the pool %s may not invoke its pre token generation trigger", pool_id)
            raise TriggerFailedError("UnexpectedLambdaException", "PreTokenGeneration invocation failed")
        judging = _answers_are_judged.set(True)
        try:
            return original(pool_id, claims, *rest, **named)
        except TriggerFailedError:
            raise
        except Exception as error:
            # What the function said may hold anything; its log has it.
            logger.warning("the pre token generation trigger of %s failed", pool_id)
            raise TriggerFailedError("UserLambdaValidationException", "PreTokenGeneration failed with error") from error
        finally:
            _answers_are_judged.reset(judging)

    return apply_pretoken_trigger


def trigger_of(pool: dict[str, Any]) -> str | None:
    """The ARN of the pool's pre token generation trigger, whichever version."""
    triggers = mapping(pool.get("LambdaConfig"))
    return mapping(triggers.get("PreTokenGenerationConfig")).get("LambdaArn") or triggers.get("PreTokenGeneration")


def may_invoke(function_arn: str, pool_arn: str) -> bool:
    """Whether the function's resource policy lets Cognito invoke it for this pool."""
    record, _, _ = lambda_service._get_func_record_for_ref(function_arn)
    if record is None:
        return False
    _, _, _, region, account_id, _ = pool_arn.split(":", 5)
    keys = {"aws:sourcearn": pool_arn, "aws:sourceaccount": account_id}
    context = iam_evaluator.EvalContext("", "", "", INVOKE, function_arn, region, service_context=keys)
    decision = iam_evaluator.evaluate_resource_policy(record.get("policy"), context, service=SERVICE)
    return decision.decision == "Allow"


def _judging(original: Callable[[Any], Any]) -> Callable[[Any], Any]:
    @wraps(original)
    def extract_trigger_response(payload: Any) -> Any:
        if not _answers_are_judged.get():
            return original(payload)
        answer = _parsed(payload)
        if not isinstance(answer, dict) or not isinstance(mapping(answer).get("response"), dict):
            raise TriggerFailedError("InvalidLambdaResponseException", "Unrecognizable lambda output")
        return original(answer)

    return extract_trigger_response


def _parsed(payload: Any) -> Any:
    if not isinstance(payload, (str, bytes)):
        return payload
    try:
        return json.loads(payload)
    except ValueError:
        return None


def _refusing_tokens(original: Callable[..., Answer]) -> Callable[..., Answer]:
    @wraps(original)
    def oauth2_token(*arguments: Any, **named: Any) -> Answer:
        try:
            return original(*arguments, **named)
        except TriggerFailedError as failure:
            body = {"error": "invalid_request", "error_description": str(failure)}
            return 400, {"Content-Type": "application/json"}, json.dumps(body).encode()

    return oauth2_token


def _refusing_calls(original: Callable[..., Answer]) -> Callable[..., Answer]:
    @wraps(original)
    def run_idp_handler(handler: Any, action: str, data: dict[str, Any]) -> Answer:
        try:
            return original(handler, action, data)
        except TriggerFailedError as failure:
            return responses.error_response_json(failure.code, str(failure), 400)

    return run_idp_handler
