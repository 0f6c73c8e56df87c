"""Gap: a log group's key cannot be changed, and any text is taken for a key when a group is made.

What AWS does: AssociateKmsKey gives a group a customer managed key in the place of the one it has, DisassociateKmsKey
takes it away. Both take a group by its name or the results of queries by `resourceIdentifier`, one of the two. A key
that is not there, is disabled or is not symmetric is an InvalidParameterException, for CreateLogGroup too
(https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_AssociateKmsKey.html and its neighbours).

Deliberately nothing is encrypted, the key's policy is not asked whether CloudWatch Logs may use it, and a key of the
results of queries is refused.
"""

import json
from collections.abc import Awaitable, Callable
from functools import wraps
from typing import Any

from sandbox.fidelity.emulator import Action, Answer, emulator_module
from sandbox.fidelity.settings import FidelitySettings
from sandbox.fidelity.wrapping import require_parameters, wrap

logs = emulator_module("services.cloudwatch_logs")
kms = emulator_module("services.kms")
responses = emulator_module("core.responses")

SYMMETRIC = "SYMMETRIC_DEFAULT"

Handler = Callable[..., Awaitable[Any]]


def apply(settings: FidelitySettings) -> None:
    """Installs the wraps."""
    del settings
    require_parameters(kms, "_resolve_key", ("key_id_or_arn",))
    wrap(logs, "handle_request", ("method", "path", "headers", "body", "query_params"), _with_keys, by=__name__)
    wrap(logs, "_create_log_group", ("data",), _checking_the_key, by=__name__)


def _with_keys(original: Handler) -> Handler:
    @wraps(original)
    async def handle_request(method: str, path: str, headers: dict[str, str], body: bytes, query_params: Any) -> Any:
        change = _CHANGES.get(headers.get("x-amz-target", "").rpartition(".")[2])
        if change is None:
            return await original(method, path, headers, body, query_params)
        return change(json.loads(body or b"{}"))  # boto3 and the provider send nothing but JSON

    return handle_request


def _associate(data: dict[str, Any]) -> Answer:
    return _refusal(data) or _refused_key(data.get("kmsKeyId")) or _set_key(data["logGroupName"], data["kmsKeyId"])


def _disassociate(data: dict[str, Any]) -> Answer:
    return _refusal(data) or _set_key(data["logGroupName"], None)


_CHANGES: dict[str, Action] = {
    "AssociateKmsKey": _associate,
    "DisassociateKmsKey": _disassociate,
}


def _set_key(group: str, key: str | None) -> Answer:
    logs._log_groups[group]["kmsKeyId"] = key
    return responses.json_response({})


def _refusal(data: dict[str, Any]) -> Answer | None:
    group = data.get("logGroupName")
    if not group or "resourceIdentifier" in data:
        return _invalid("Name one log group by logGroupName; this sandbox keeps no key for the results of queries.")
    if group not in logs._log_groups:
        return responses.error_response_json(
            "ResourceNotFoundException", "The specified log group does not exist.", 400
        )
    return None


def _checking_the_key(original: Action) -> Action:
    @wraps(original)
    def create_log_group(data: dict[str, Any]) -> Answer:
        refused = _refused_key(data["kmsKeyId"]) if data.get("kmsKeyId") else None
        return refused or original(data)

    return create_log_group


def _refused_key(key: object) -> Answer | None:
    found = kms._resolve_key(key) if isinstance(key, str) and key.startswith("arn:") else None
    if found is None or not found["Enabled"] or found["KeySpec"] != SYMMETRIC:
        return _invalid("The specified KMS Key Id does not exist, is not enabled or is not symmetric.")
    return None


def _invalid(message: str) -> Answer:
    return responses.error_response_json("InvalidParameterException", message, 400)
