"""The app clients of a Cognito user pool, for machines: client credentials, a secret, and scopes.

They are made by the function that deployments use as well, so that all are alike and no secret passes through here.
Cognito shows the secret that it makes an app client with to whoever may describe it, until the first rotation ends it.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from app_clients.app_clients import MACHINE_FLOW
from app_clients.handler import CREATE, LIFECYCLE
from cli.certificates.ports import AppClient
from cli.errors import CliError, aws_explained
from cli.target import Target


class CognitoAppClients:
    """`AppClients` of one user pool; `function` names the one that makes them, and is asked when it is needed."""

    def __init__(self, target: Target, *, user_pool_id: str, function: Callable[[], str]) -> None:
        """Take the pool."""
        self._client = target.client("cognito-idp")
        self._functions = target.client("lambda")
        self._pool_id = user_pool_id
        self._function = function

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
        function = self._function()
        event = {"name": name, "scopes": sorted(scopes), LIFECYCLE: {"action": CREATE, "prev_input": None}}
        with aws_explained(f"have {function} create the app client {name} in {self._pool_id}"):
            answer = self._functions.invoke(FunctionName=function, Payload=json.dumps(event).encode())
        document: Any = json.loads(answer["Payload"].read() or b"null")
        if answer.get("FunctionError"):
            told = f"{document.get('errorType', '')}: {document.get('errorMessage', '')}"
            raise CliError(f"{function} did not create the app client {name}: {' '.join(told.split())[:300]}")
        return self.describe(str(document["client_id"]))


def _app_client(described: dict[str, Any]) -> AppClient:
    app_client_id = str(described["ClientId"])
    if MACHINE_FLOW not in described.get("AllowedOAuthFlows", []):
        raise CliError(f"the app client {app_client_id} is not one for machines: it lacks the grant {MACHINE_FLOW}")
    scopes = frozenset(str(scope) for scope in described.get("AllowedOAuthScopes", []))
    return AppClient(app_client_id=app_client_id, scopes=scopes)
