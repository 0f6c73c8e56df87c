"""Gap: versions of a secret can be overwritten, come into being without a value, and get other ids than asked for.

What the emulator does: `PutSecretValue` replaces the value of an existing version; a staging label may be on two
versions, and labels given beside AWSCURRENT are lost; `CreateSecret` without a value makes a current version without
one; `GetSecretValue` answers such a version without a value, and ignores the label when an id is given;
`ClientRequestToken` of `CreateSecret` and `UpdateSecret` is ignored.

What AWS does: `ClientRequestToken` becomes the version's id; the same value again under the same id changes nothing, a
different one is refused, because a version cannot be modified; a label moves to the version that it is put on; a secret
may have no version (https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_PutSecretValue.html,
API_CreateSecret.html, API_UpdateSecret.html, API_GetSecretValue.html). The version that a rotation is to fill exists
before it has a value, and reading it is a ResourceNotFoundException: AWS's rotation templates rest on that
(https://docs.aws.amazon.com/secretsmanager/latest/userguide/rotate-secrets_lambda-functions.html).

Secrets in several regions and the pruning of old versions stay as the emulator has them.
"""

import json
from functools import wraps
from typing import Any

from sandbox.fidelity.emulator import Action, Answer, emulator_module, mapping
from sandbox.fidelity.settings import FidelitySettings
from sandbox.fidelity.wrapping import require_parameters, wrap

secretsmanager = emulator_module("services.secretsmanager")
responses = emulator_module("core.responses")


CURRENT = "AWSCURRENT"
VALUE_FIELDS = ("SecretString", "SecretBinary")


def apply(settings: FidelitySettings) -> None:
    """Installs the wraps."""
    del settings
    require_parameters(secretsmanager, "_resolve", ("secret_id", "use_arn_scope"))
    require_parameters(secretsmanager, "_remove_stage_everywhere", ("secret", "stage", "except_version_id"))
    require_parameters(secretsmanager, "_add_stage", ("secret", "version_id", "stage"))
    wrap(secretsmanager, "_create_secret", ("data",), _creating, by=__name__)
    wrap(secretsmanager, "_update_secret", ("data",), _updating, by=__name__)
    wrap(secretsmanager, "_put_secret_value", ("data",), _putting, by=__name__)
    wrap(secretsmanager, "_get_secret_value", ("data",), _getting, by=__name__)


def refuse(code: str, message: str) -> Answer:
    """An error answer of Secrets Manager: they are all 400."""
    return responses.error_response_json(code, message, 400)


def has_value(version: dict[str, Any]) -> bool:
    """Whether anything can be read from the version."""
    return any(version.get(field) is not None for field in VALUE_FIELDS)


def _creating(original: Action) -> Action:
    @wraps(original)
    def create_secret(data: dict[str, Any]) -> Answer:
        answer = original(data)
        if answer[0] != 200:
            return answer
        if not has_value(data):
            secretsmanager._secrets[data["Name"]]["Versions"].clear()
            content = json.loads(answer[2])
            del content["VersionId"]
            return responses.json_response(content)
        return _named_by_token(data, data["Name"], answer)

    return create_secret


def _updating(original: Action) -> Action:
    @wraps(original)
    def update_secret(data: dict[str, Any]) -> Answer:
        if has_value(data) and (refusal := _existing_version_answer(data)):
            return refusal
        answer = original(data)
        made_version = answer[0] == 200 and "VersionId" in json.loads(answer[2])
        return _named_by_token(data, data["SecretId"], answer) if made_version else answer

    return update_secret


def _putting(original: Action) -> Action:
    @wraps(original)
    def put_secret_value(data: dict[str, Any]) -> Answer:
        if not has_value(data):
            return refuse("InvalidParameterException", "You must provide either SecretString or SecretBinary.")
        if answer := _existing_version_answer(data):
            return answer
        answer = original(data)
        if answer[0] != 200:
            return answer
        _, secret = secretsmanager._resolve(data.get("SecretId"))
        content = json.loads(answer[2])
        version_id = content["VersionId"]
        for stage in data.get("VersionStages") or ():
            secretsmanager._remove_stage_everywhere(secret, stage, except_version_id=version_id)
            secretsmanager._add_stage(secret, version_id, stage)
        if not any(CURRENT in version["Stages"] for version in secret["Versions"].values()):
            secretsmanager._add_stage(secret, version_id, CURRENT)
        content["VersionStages"] = list(secret["Versions"][version_id]["Stages"])
        return responses.json_response(content)

    return put_secret_value


def _getting(original: Action) -> Action:
    @wraps(original)
    def get_secret_value(data: dict[str, Any]) -> Answer:
        answer = original(data)
        if answer[0] != 200:
            return answer
        content: dict[str, Any] = json.loads(answer[2])
        asked_id, asked_stage = data.get("VersionId"), data.get("VersionStage")
        if asked_id and asked_stage and asked_stage not in content["VersionStages"]:
            message = "You provided a VersionStage that is not associated to the provided VersionId."
            return refuse("InvalidRequestException", message)
        if not has_value(content):
            which = f"VersionId: {asked_id}" if asked_id else f"staging label: {asked_stage or CURRENT}"
            message = f"Secrets Manager can't find the specified secret value for {which}"
            return refuse("ResourceNotFoundException", message)
        return answer

    return get_secret_value


def _existing_version_answer(data: dict[str, Any]) -> Answer | None:
    """The answer when the token names a version that has a value already, else `None`: carry the request out."""
    _, secret = secretsmanager._resolve(data.get("SecretId"))
    if secret is None or secret.get("DeletedDate"):
        return None
    version = mapping(secret["Versions"].get(data.get("ClientRequestToken")))
    if not has_value(version):
        return None
    if any(version.get(field) != data.get(field) for field in VALUE_FIELDS):
        return refuse("ResourceExistsException", "You can't modify an existing version.")
    content = {"ARN": secret["ARN"], "Name": secret["Name"], "VersionId": data["ClientRequestToken"]}
    return responses.json_response({**content, "VersionStages": list(version["Stages"])})


def _named_by_token(data: dict[str, Any], secret_id: str, answer: Answer) -> Answer:
    """Gives the version that `answer` made the id that the request asked for."""
    token = data.get("ClientRequestToken")
    content = json.loads(answer[2])
    if not token:
        return answer
    _, secret = secretsmanager._resolve(secret_id)
    secret["Versions"][token] = secret["Versions"].pop(content["VersionId"])
    content["VersionId"] = token
    return responses.json_response(content)
