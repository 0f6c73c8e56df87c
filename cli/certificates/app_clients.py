"""The app clients of a Cognito user pool, for machines: client credentials, a secret, and scopes.

The secret goes from Cognito to Secrets Manager and nowhere else; Cognito shows it to whoever may describe the client.
"""

from __future__ import annotations

from typing import Any

from app_clients.app_clients import MACHINE_FLOW, AppClientSettings
from cli.certificates.ports import AppClient
from cli.errors import CliError, aws_explained
from cli.target import Target

TOKEN_MINUTES = 15


class CognitoAppClients:
    """`AppClients` of one user pool."""

    def __init__(self, target: Target, *, user_pool_id: str) -> None:
        """Take the pool."""
        self._client = target.client("cognito-idp")
        self._pool_id = user_pool_id

    def find(self, name: str) -> AppClient | None:
        """See `AppClients.find`."""
        with aws_explained(f"list the app clients of {self._pool_id}"):
            pages = self._client.get_paginator("list_user_pool_clients").paginate(
                UserPoolId=self._pool_id, PaginationConfig={"PageSize": 60}
            )
            found = [
                each["ClientId"] for page in pages for each in page["UserPoolClients"] if each["ClientName"] == name
            ]
        if len(found) > 1:
            raise CliError(f"{self._pool_id} has {len(found)} app clients named {name}: name one with --app-client ID")
        return self.describe(found[0]) if found else None

    def describe(self, app_client_id: str) -> AppClient:
        """See `AppClients.describe`."""
        with aws_explained(f"read the app client {app_client_id} of {self._pool_id}"):
            answer = self._client.describe_user_pool_client(UserPoolId=self._pool_id, ClientId=app_client_id)
        return _app_client(answer["UserPoolClient"])

    def create(self, name: str, scopes: frozenset[str]) -> AppClient:
        """See `AppClients.create`."""
        settings = AppClientSettings(name=name, scopes=sorted(scopes), token_minutes=TOKEN_MINUTES)
        with aws_explained(f"create the app client {name} in {self._pool_id}"):
            answer = self._client.create_user_pool_client(
                UserPoolId=self._pool_id, GenerateSecret=True, **settings.request()
            )
        return _app_client(answer["UserPoolClient"])


def _app_client(described: dict[str, Any]) -> AppClient:
    app_client_id = str(described["ClientId"])
    if MACHINE_FLOW not in described.get("AllowedOAuthFlows", []):
        raise CliError(f"the app client {app_client_id} is not one for machines: it lacks the grant {MACHINE_FLOW}")
    scopes = frozenset(str(scope) for scope in described.get("AllowedOAuthScopes", []))
    return AppClient(app_client_id=app_client_id, secret=str(described.get("ClientSecret") or ""), scopes=scopes)
