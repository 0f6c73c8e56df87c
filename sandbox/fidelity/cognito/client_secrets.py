"""Gap: an app client has one secret for ever; AddUserPoolClientSecret and its siblings are unknown.

What AWS does: an app client has one or two active secrets, and the token endpoint takes either.
AddUserPoolClientSecret makes the second one (LimitExceededException where there are two), ListUserPoolClientSecrets
tells their ids and dates and never a value, DeleteUserPoolClientSecret ends one that is not the last
(https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_AddUserPoolClientSecret.html and its
neighbours). DescribeUserPoolClient goes on telling the secret that the app client was made with, as long as that one
is active; the others are told once, when they are made.

An id is `<app client id>--<milliseconds>`; AWS documents `<app client id>--<time of creation>`.
"""

import hmac
import json
import secrets
import string
import time
from collections.abc import Callable
from functools import wraps
from typing import Any

from sandbox.fidelity.emulator import Action, Answer, Handler, emulator_module
from sandbox.fidelity.settings import FidelitySettings
from sandbox.fidelity.wrapping import require_parameters, wrap

cognito = emulator_module("services.cognito")
responses = emulator_module("core.responses")

MOST_SECRETS = 2
SECRET_LENGTH = 51
OWN_LENGTHS = range(24, 64 + 1)
ALPHABET = string.ascii_lowercase + string.digits
STORE = "_client_secrets"
"""In the pool's record, so that it is saved with it; the emulator never shows members that begin with `_`."""


def apply(settings: FidelitySettings) -> None:
    """Installs the wraps."""
    del settings
    require_parameters(cognito, "_resolve_pool", ("pool_id",))
    require_parameters(cognito, "_find_pool_by_client_id", ("client_id",))
    wrap(cognito, "_dispatch_idp", ("action", "data"), _with_secret_actions, by=__name__)
    wrap(cognito, "_authenticate_client", ("headers", "form"), _by_any_active_secret, by=__name__)
    for action in ("_create_user_pool_client", "_describe_user_pool_client", "_update_user_pool_client"):
        wrap(cognito, action, ("data",), _hiding_ended_secrets, by=__name__)


def active_secrets(pool: dict[str, Any], client: dict[str, Any]) -> list[dict[str, Any]]:
    """The client's active secrets, oldest first: `id`, `value`, `created` (seconds)."""
    store: dict[str, list[dict[str, Any]]] = pool.setdefault(STORE, {})
    if client["ClientId"] not in store:
        first = _record(client["ClientId"], client["ClientSecret"], client["CreationDate"])
        store[client["ClientId"]] = [first] if client.get("ClientSecret") else []
    return store[client["ClientId"]]


def _record(client_id: str, value: str | None, created: float) -> dict[str, Any]:
    return {"id": f"{client_id}--{int(created * 1000)}", "value": value, "created": created}


def _by_any_active_secret(original: Callable[..., tuple[str, str]]) -> Callable[..., tuple[str, str]]:
    @wraps(original)
    def authenticate_client(headers: dict[str, str], form: dict[str, str]) -> tuple[str, str]:
        client_id, presented = original(headers, form)
        _, pool, client = cognito._find_pool_by_client_id(client_id)
        if pool is None or client is None or not client.get("ClientSecret"):
            return client_id, presented
        matches = [
            hmac.compare_digest(presented.encode(), each["value"].encode()) for each in active_secrets(pool, client)
        ]
        # What the emulator compares with is the secret that the client was made with, active or not.
        return client_id, client["ClientSecret"] if any(matches) else ""

    return authenticate_client


def _hiding_ended_secrets(original: Action) -> Action:
    @wraps(original)
    def answer_client(data: dict[str, Any]) -> Answer:
        status, headers, body = original(data)
        if status != 200:
            return status, headers, body
        content = json.loads(body)
        told = content["UserPoolClient"]
        pool, _ = cognito._resolve_pool(data.get("UserPoolId"))
        active = active_secrets(pool, pool["_clients"][told["ClientId"]])
        if all(each["value"] != told.get("ClientSecret") for each in active):
            told.pop("ClientSecret", None)
        return responses.json_response(content)

    return answer_client


def _with_secret_actions(original: Handler) -> Handler:
    actions: dict[str, Action] = {
        "AddUserPoolClientSecret": _add,
        "DeleteUserPoolClientSecret": _delete,
        "ListUserPoolClientSecrets": _list,
    }

    @wraps(original)
    async def dispatch_idp(action: str, data: dict[str, Any]) -> Answer:
        if action in actions:
            return actions[action](data)
        return await original(action, data)

    return dispatch_idp


def _refuse(code: str, message: str) -> Answer:
    return responses.error_response_json(code, message, 400)


def _found(data: dict[str, Any]) -> tuple[list[dict[str, Any]], Answer | None]:
    pool, error = cognito._resolve_pool(data.get("UserPoolId"))
    if error:
        return [], error
    client = pool["_clients"].get(data.get("ClientId"))
    if client is None:
        return [], _refuse("ResourceNotFoundException", f"User pool client {data.get('ClientId')} does not exist.")
    if not client.get("ClientSecret"):
        return [], _refuse("InvalidParameterException", "The app client is a public client and has no secrets.")
    return active_secrets(pool, client), None


def _add(data: dict[str, Any]) -> Answer:
    active, error = _found(data)
    if error:
        return error
    own = data.get("ClientSecret")
    if own is not None and len(own) not in OWN_LENGTHS:
        return _refuse("InvalidParameterException", "A client secret has 24 to 64 characters.")
    if len(active) >= MOST_SECRETS:
        return _refuse("LimitExceededException", "The app client has the maximum number of active secrets.")
    value = own or "".join(secrets.choice(ALPHABET) for _ in range(SECRET_LENGTH))
    record = _record(data["ClientId"], value, max(time.time(), active[-1]["created"] + 0.001))
    active.append(record)
    told = _descriptor(record)
    return responses.json_response(
        {"ClientSecretDescriptor": told if own else {**told, "ClientSecretValue": value}},
    )


def _list(data: dict[str, Any]) -> Answer:
    active, error = _found(data)
    return error or responses.json_response({"ClientSecrets": [_descriptor(each) for each in active]})


def _delete(data: dict[str, Any]) -> Answer:
    active, error = _found(data)
    if error:
        return error
    ended = next((each for each in active if each["id"] == data.get("ClientSecretId")), None)
    if ended is None:
        return _refuse("ResourceNotFoundException", "The app client has no such secret.")
    if len(active) == 1:
        return _refuse("InvalidParameterException", "The last secret of an app client cannot be deleted.")
    active.remove(ended)
    return responses.json_response({})


def _descriptor(record: dict[str, Any]) -> dict[str, Any]:
    return {"ClientSecretId": record["id"], "ClientSecretCreateDate": record["created"]}
