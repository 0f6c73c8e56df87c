"""Gap: `RotateSecret` never calls the rotation function; it copies the old value to a new current version.

What AWS does (https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_RotateSecret.html and
https://docs.aws.amazon.com/secretsmanager/latest/userguide/rotate-secrets_lambda-functions.html): it stores the
configuration, checks that its principal may invoke the function, adds an empty version under the request's token with
the label AWSPENDING, answers, and in the background invokes the function with `Step`, `SecretId` and
`ClientRequestToken` for createSecret, setSecret, testSecret and finishSecret. The function fills the version and moves
AWSCURRENT. A failed step leaves AWSCURRENT where it is and the whole is tried again; a later `RotateSecret` then
answers that the previous rotation is not complete and will be reattempted. With `RotateImmediately=false` only
testSecret is called, on a version that is removed again. `CancelRotateSecret` (unknown to the emulator) turns rotation
off.

The wrap does that with the deployed function. It needs `secret_versions`. Deliberately no schedule (the rules are
stored and shown), no managed rotation, and no `RotationToken` (for rotation across accounts).
"""

import json
import uuid
from functools import wraps
from typing import Any
from urllib.parse import parse_qs

from sandbox.fidelity.current_request import current_request
from sandbox.fidelity.emulator import Action, Answer, Handler, emulator_module, mapping
from sandbox.fidelity.secret_rotation.runner import (
    RotationRunner,
    add_pending_version,
    find_function,
    lambda_service,
    secretsmanager,
)
from sandbox.fidelity.secret_rotation.state import CURRENT, Rotation, Step, pending_version
from sandbox.fidelity.secret_versions import refuse
from sandbox.fidelity.settings import FidelitySettings
from sandbox.fidelity.wrapping import require_parameters, wrap

iam_evaluator = emulator_module("core.iam_evaluator")
responses = emulator_module("core.responses")
router = emulator_module("core.router")
concurrency = emulator_module("core.concurrency")

SERVICE = "secretsmanager.amazonaws.com"
INVOKE = "lambda:InvokeFunction"
SECONDS_A_DAY = 86_400

runner = RotationRunner()


def apply(settings: FidelitySettings) -> None:
    """Installs the wraps."""
    del settings
    require_parameters(concurrency, "run_reentrant", ("fn", "args", "thread_name"))
    require_parameters(lambda_service, "_execute_function_with_config_scope", ("func", "event"))
    require_parameters(lambda_service, "_execution_record_for_config", ("func", "config"))
    require_parameters(lambda_service, "_get_func_record_for_ref_in_scope", ("function_ref", "account_id", "region"))
    require_parameters(
        iam_evaluator, "evaluate_resource_policy", ("doc", "ctx", "service", "named_only", "direct_only")
    )
    require_parameters(router, "extract_access_key_id", ("headers", "query_params"))
    handler = ("method", "path", "headers", "body", "query_params")
    wrap(secretsmanager, "handle_request", handler, _with_cancellation, by=__name__)
    wrap(secretsmanager, "_rotate_secret", ("data",), _rotating, by=__name__)
    wrap(secretsmanager, "_describe_secret", ("data",), _describing, by=__name__)


def _rotating(original: Action) -> Action:
    @wraps(original)
    def rotate_secret(data: dict[str, Any]) -> Answer:
        _, secret = secretsmanager._resolve(data.get("SecretId"))
        if secret is None or secret.get("DeletedDate") or secretsmanager._is_replica(secret):
            return original(data)  # its refusals of these are AWS's
        function_arn = data.get("RotationLambdaARN") or secret.get("RotationLambdaARN")
        if not function_arn:
            return refuse("InvalidRequestException", NO_FUNCTION)
        if not service_may_invoke(function_arn, secret["ARN"]):
            return refuse("AccessDeniedException", MAY_NOT_INVOKE)
        if not caller_may_invoke(function_arn):
            return refuse("AccessDeniedException", f"You are not authorized to perform {INVOKE} on {function_arn}")
        waiting = pending_version(secret)
        token = data.get("ClientRequestToken") or str(uuid.uuid4())
        if waiting is not None and waiting != token:
            _reattempt(secret, waiting)
            return refuse("InvalidRequestException", NOT_COMPLETE)
        secret["RotationLambdaARN"] = function_arn
        secret["RotationRules"] = data.get("RotationRules") or secret.get("RotationRules")
        secret["RotationEnabled"] = True
        _begin(secret, token, immediately=data.get("RotateImmediately", True))
        return responses.json_response({"ARN": secret["ARN"], "Name": secret["Name"], "VersionId": token})

    return rotate_secret


NO_FUNCTION = (
    "You tried to enable rotation on a secret that doesn't already have a Lambda function ARN configured "
    "and you didn't include such an ARN as a parameter in this call."
)
MAY_NOT_INVOKE = (
    "Secrets Manager cannot invoke the specified Lambda function. "
    "Ensure that the function policy grants access to the principal secretsmanager.amazonaws.com."
)
NOT_COMPLETE = "A previous rotation isn't complete. That rotation will be reattempted."


def _begin(secret: dict[str, Any], token: str, *, immediately: bool) -> None:
    """Starts the rotation under `token`, unless that very rotation is done or under way (the token makes it one)."""
    known = secret["Versions"].get(token)
    if runner.is_running(secret["ARN"]) or (known is not None and CURRENT in known["Stages"]):
        return
    if immediately:
        if known is None:
            add_pending_version(secret, token)
        runner.start(Rotation(secret_arn=secret["ARN"], version_id=token))
        return
    current = next((one for one in secret["Versions"].values() if CURRENT in one["Stages"]), None)
    value = None if current is None else {name: current.get(name) for name in ("SecretString", "SecretBinary")}
    add_pending_version(secret, token, value)
    runner.start(Rotation(secret_arn=secret["ARN"], version_id=token, steps=(Step.TEST,)))


def _reattempt(secret: dict[str, Any], waiting: str) -> None:
    if not runner.is_running(secret["ARN"]):
        runner.start(Rotation(secret_arn=secret["ARN"], version_id=waiting))


def service_may_invoke(function_arn: str, secret_arn: str) -> bool:
    """Whether the function's resource policy lets Secrets Manager invoke it for this secret."""
    record, configuration = find_function(function_arn)
    if record is None or configuration is None:
        return False
    _, _, _, region, account_id, _ = secret_arn.split(":", 5)
    keys = {"aws:sourcearn": secret_arn, "aws:sourceaccount": account_id}
    context = iam_evaluator.EvalContext("", "", "", INVOKE, function_arn, region, service_context=keys)
    decision = iam_evaluator.evaluate_resource_policy(record.get("policy"), context, service=SERVICE)
    return decision.decision == "Allow"


def caller_may_invoke(function_arn: str) -> bool:
    """Whether who calls `RotateSecret` may invoke the function ("You also need lambda:InvokeFunction permissions")."""
    request = current_request()
    if request is None:
        return True  # the emulator itself calls, for a service that was checked
    query = parse_qs(request.query_string, keep_blank_values=True)
    access_key = router.extract_access_key_id(dict(request.headers), query)
    region = responses.get_region()
    return iam_evaluator.enforce(access_key, INVOKE, "lambda", region, resource_arn=function_arn) is None


def _describing(original: Action) -> Action:
    @wraps(original)
    def describe_secret(data: dict[str, Any]) -> Answer:
        answer = original(data)
        if answer[0] != 200:
            return answer
        _, secret = secretsmanager._resolve(data.get("SecretId"))
        content = {name: value for name, value in json.loads(answer[2]).items() if value is not None}
        if not secret.get("RotationLambdaARN"):
            # AWS answers null for a secret that was never configured for rotation.
            content.pop("RotationEnabled", None)
        if rotated := secret.get("LastRotatedDate"):
            content["LastRotatedDate"] = rotated
        days = mapping(secret.get("RotationRules")).get("AutomaticallyAfterDays")
        if secret.get("RotationEnabled") and days:
            content["NextRotationDate"] = (rotated or secret["CreatedDate"]) + days * SECONDS_A_DAY
        return responses.json_response(content)

    return describe_secret


def _with_cancellation(original: Handler) -> Handler:
    @wraps(original)
    async def handle_request(method: str, path: str, headers: dict[str, str], body: bytes, query_params: Any) -> Answer:
        if headers.get("x-amz-target", "").endswith(".CancelRotateSecret"):
            return _cancel(json.loads(body or b"{}"))
        return await original(method, path, headers, body, query_params)

    return handle_request


def _cancel(data: dict[str, Any]) -> Answer:
    """`CancelRotateSecret` (API_CancelRotateSecret.html): the labels stay as they are."""
    _, secret = secretsmanager._resolve(data.get("SecretId"))
    if secret is None:
        return refuse("ResourceNotFoundException", "Secrets Manager can't find the specified secret.")
    if secret.get("DeletedDate"):
        message = "You can't perform this operation on the secret because it was marked for deletion."
        return refuse("InvalidRequestException", message)
    if not secret.get("RotationLambdaARN"):
        return refuse("InvalidRequestException", NO_FUNCTION)
    runner.cancel(secret["ARN"])
    secret["RotationEnabled"] = False
    content = {"ARN": secret["ARN"], "Name": secret["Name"]}
    if waiting := pending_version(secret):
        content["VersionId"] = waiting
    return responses.json_response(content)
