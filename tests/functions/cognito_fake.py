"""The calls of Cognito that functions make on app clients, with the rules that AWS documents."""

import copy
import json
from collections.abc import Mapping
from typing import Any

from aws_calls.errors import Refused, Throttled
from tests.functions.aws_model import check_parameters

POOL_ID = "eu-west-1_Example01"


class FakeCognito:
    """One pool, called as `aws_calls.json_apis` calls a real one. `secrets` has the active client secrets of each app
    client, by id; `fails` names operations that fail once, before (`Name`) or after (`Name!`) they did their work.
    """

    def __init__(self) -> None:
        self.clients: dict[str, dict[str, Any]] = {}
        self.secrets: dict[str, dict[str, str]] = {}
        self.calls: list[str] = []
        self.fails: list[str] = []
        self._made = 0
        self._operations = {
            "AddUserPoolClientSecret": self._add_secret,
            "CreateUserPoolClient": self._create,
            "DeleteUserPoolClient": self._delete,
            "DeleteUserPoolClientSecret": self._delete_secret,
            "ListUserPoolClients": self._list,
            "ListUserPoolClientSecrets": self._list_secrets,
            "UpdateUserPoolClient": self._update,
        }

    def __call__(self, operation: str, parameters: Mapping[str, Any]) -> dict[str, Any]:
        check_parameters("cognito-idp", operation, parameters)
        given = json.loads(json.dumps(parameters))
        assert given.pop("UserPoolId") == POOL_ID
        self.calls.append(operation)
        self._fail(operation, operation)
        answer = self._operations[operation](given)
        self._fail(operation, f"{operation}!")
        return answer

    def _create(self, given: dict[str, Any]) -> dict[str, Any]:
        self._made += 1
        client_id = f"appclient{self._made}"
        if "client_credentials" in given["AllowedOAuthFlows"] and not given["GenerateSecret"]:
            raise Refused("CreateUserPoolClient", "InvalidOAuthFlowException")
        settings = {name: value for name, value in given.items() if name != "GenerateSecret"}
        self.clients[client_id] = settings
        secret_id, value = self._new_secret(client_id)
        self.secrets[client_id] = {secret_id: value}
        return {"UserPoolClient": {**settings, "ClientId": client_id, "ClientSecret": value}}

    def _update(self, given: dict[str, Any]) -> dict[str, Any]:
        client_id = given.pop("ClientId")
        self.clients[client_id] = given
        return {"UserPoolClient": {**given, "ClientId": client_id}}

    def _delete(self, given: dict[str, Any]) -> dict[str, Any]:
        del self.clients[given["ClientId"]], self.secrets[given["ClientId"]]
        return {}

    def _list(self, given: dict[str, Any]) -> dict[str, Any]:
        assert given["MaxResults"] <= 60
        told = [
            {"ClientId": client_id, "UserPoolId": POOL_ID, "ClientName": settings["ClientName"]}
            for client_id, settings in self.clients.items()
        ]
        first = int(given.get("NextToken", "0"))
        page: dict[str, Any] = {"UserPoolClients": told[first : first + 2]}  # short pages: callers must turn them
        return {**page, "NextToken": str(first + 2)} if first + 2 < len(told) else page

    def _add_secret(self, given: dict[str, Any]) -> dict[str, Any]:
        active = self.secrets[given["ClientId"]]
        if len(active) >= 2:
            raise Refused("AddUserPoolClientSecret", "LimitExceededException")
        secret_id, value = self._new_secret(given["ClientId"])
        active[secret_id] = value
        return {"ClientSecretDescriptor": {"ClientSecretId": secret_id, "ClientSecretValue": value}}

    def _delete_secret(self, given: dict[str, Any]) -> dict[str, Any]:
        active = self.secrets[given["ClientId"]]
        if len(active) == 1:
            raise Refused("DeleteUserPoolClientSecret", "InvalidParameterException")
        del active[given["ClientSecretId"]]
        return {}

    def _list_secrets(self, given: dict[str, Any]) -> dict[str, Any]:
        listed = [
            {"ClientSecretId": secret_id, "ClientSecretCreateDate": number}
            for number, secret_id in enumerate(self.secrets[given["ClientId"]])
        ]
        return {"ClientSecrets": copy.deepcopy(listed)}

    def _new_secret(self, client_id: str) -> tuple[str, str]:
        self._made += 1
        return f"{client_id}--{self._made}", f"value-of-secret-number-{self._made}"

    def _fail(self, operation: str, when: str) -> None:
        if when in self.fails:
            self.fails.remove(when)
            raise Throttled(operation, "TooManyRequestsException")
