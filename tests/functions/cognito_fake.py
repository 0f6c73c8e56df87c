# ruff: noqa: N803 -- names of boto3
"""The calls of Cognito that functions make on app clients, with the rules that AWS documents."""

import copy
from typing import Any

POOL_ID = "eu-west-1_Example01"


class CognitoRefusedError(Exception):
    """What boto3 raises; `code` is Cognito's exception."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class FakeCognito:
    """One pool. `secrets` has the active client secrets of each app client, by id; `fails` names calls that fail once,
    before (`name`) or after (`name!`) they did their work.
    """

    def __init__(self) -> None:
        self.clients: dict[str, dict[str, Any]] = {}
        self.secrets: dict[str, dict[str, str]] = {}
        self.calls: list[str] = []
        self.fails: list[str] = []
        self._made = 0

    def create_user_pool_client(self, *, UserPoolId: str, GenerateSecret: bool, **settings: Any) -> dict[str, Any]:
        self._begin("create_user_pool_client", UserPoolId)
        self._made += 1
        client_id = f"appclient{self._made}"
        if "client_credentials" in settings["AllowedOAuthFlows"] and not GenerateSecret:
            raise CognitoRefusedError("InvalidOAuthFlowException")
        self.clients[client_id] = settings
        secret_id, value = self._new_secret(client_id)
        self.secrets[client_id] = {secret_id: value}
        self._end("create_user_pool_client")
        return {"UserPoolClient": {**settings, "ClientId": client_id, "ClientSecret": value}}

    def update_user_pool_client(self, *, UserPoolId: str, ClientId: str, **settings: Any) -> dict[str, Any]:
        self._begin("update_user_pool_client", UserPoolId)
        self.clients[ClientId] = settings
        return {"UserPoolClient": {**settings, "ClientId": ClientId}}

    def delete_user_pool_client(self, *, UserPoolId: str, ClientId: str) -> None:
        self._begin("delete_user_pool_client", UserPoolId)
        del self.clients[ClientId], self.secrets[ClientId]

    def list_user_pool_clients(self, *, UserPoolId: str, MaxResults: int, NextToken: str = "0") -> dict[str, Any]:
        self._begin("list_user_pool_clients", UserPoolId)
        assert MaxResults <= 60
        told = [
            {"ClientId": client_id, "UserPoolId": UserPoolId, "ClientName": settings["ClientName"]}
            for client_id, settings in self.clients.items()
        ]
        first = int(NextToken)
        page: dict[str, Any] = {"UserPoolClients": told[first : first + 2]}  # short pages: callers must turn them
        return {**page, "NextToken": str(first + 2)} if first + 2 < len(told) else page

    def add_user_pool_client_secret(self, *, UserPoolId: str, ClientId: str) -> dict[str, Any]:
        self._begin("add_user_pool_client_secret", UserPoolId)
        if len(self.secrets[ClientId]) >= 2:
            raise CognitoRefusedError("LimitExceededException")
        secret_id, value = self._new_secret(ClientId)
        self.secrets[ClientId][secret_id] = value
        self._end("add_user_pool_client_secret")
        return {"ClientSecretDescriptor": {"ClientSecretId": secret_id, "ClientSecretValue": value}}

    def delete_user_pool_client_secret(self, *, UserPoolId: str, ClientId: str, ClientSecretId: str) -> None:
        self._begin("delete_user_pool_client_secret", UserPoolId)
        if len(self.secrets[ClientId]) == 1:
            raise CognitoRefusedError("InvalidParameterException")
        del self.secrets[ClientId][ClientSecretId]

    def list_user_pool_client_secrets(self, *, UserPoolId: str, ClientId: str) -> dict[str, Any]:
        self._begin("list_user_pool_client_secrets", UserPoolId)
        listed = [
            {"ClientSecretId": secret_id, "ClientSecretCreateDate": number}
            for number, secret_id in enumerate(self.secrets[ClientId])
        ]
        return {"ClientSecrets": copy.deepcopy(listed)}

    def _new_secret(self, client_id: str) -> tuple[str, str]:
        self._made += 1
        return f"{client_id}--{self._made}", f"value-of-secret-number-{self._made}"

    def _begin(self, call: str, pool_id: str) -> None:
        assert pool_id == POOL_ID
        self.calls.append(call)
        self._fail(call)

    def _end(self, call: str) -> None:
        self._fail(f"{call}!")

    def _fail(self, call: str) -> None:
        if call in self.fails:
            self.fails.remove(call)
            raise CognitoRefusedError("TooManyRequestsException")
