"""The kind `cognito-app-client`: the client secret of one Cognito app client, made by Cognito, rotated with an overlap.

    value       {"client_id": "<app client id>", "client_secret": "...", "client_secret_id": "<its id at Cognito>"}
    settings    USER_POOL_ID, and APP_CLIENT_ID of a function that rotates one client's secret

A function without APP_CLIENT_ID rotates the secrets of many clients, those that come while the system runs: whoever
makes such a secret names the app client in its first value, `{"client_id": "<app client id>"}`, which every reader
refuses, and each rotation keeps it.

An app client has at most two active secrets, and Cognito takes either: the current and the previous version of this
secret. A rotation ends whatever else there is (the one before, what an attempt left behind that failed half-way, the
secret that the app client was made with) and adds a new one; the current one stays. So each step can be repeated, and
nothing that was ever outside of Secrets Manager counts once the first rotation is through.

https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_AddUserPoolClientSecret.html
"""

from __future__ import annotations

import json

from jwt_verification.strict_json import parse_object
from secret_rotation.kinds import SecretKind
from secret_store.errors import SecretUnusable

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from typing import Any

    from aws_calls.own_role import Call
    from secret_store.secret_source import SecretVersion

APP_CLIENT_KIND = "cognito-app-client"
MOST_SECRETS = 2
"""https://docs.aws.amazon.com/cognito/latest/developerguide/quotas.html"""
_MEMBERS = ("client_id", "client_secret", "client_secret_id")


class AppClientSecretKind(SecretKind):
    """Makes and tests secrets of one app client; `cognito` makes the calls of its API."""

    def __init__(self, *, cognito: Call, user_pool_id: str, client_id: str | None) -> None:
        """Hold all; nothing is asked yet. Without `client_id`, each secret says whose it is."""
        super().__init__(new_value=self._without_a_current_one, test=self._test_secret)
        self._cognito = cognito
        self._user_pool_id = user_pool_id
        self._client_id = client_id

    def make(self, current: Callable[[], SecretVersion | None]) -> str:
        """Add a secret to the app client, beside the one that is current, and return the new value.

        Raises:
            SecretUnusable: nothing says whose secret it is.
        """
        version = current()
        client_id = self._client_id or _client_id_in(version)
        active = self._active(client_id)
        kept = _id_in(version, active)
        others = [secret_id for secret_id in active if secret_id != kept]
        room = MOST_SECRETS - 1 - (1 if kept is not None else 0)
        # Cognito refuses to delete the last secret: where none is kept, one of the others stays until there is a new.
        for secret_id in others[room:]:
            self._end(client_id, secret_id)
        made = self._cognito("AddUserPoolClientSecret", self._client(client_id))["ClientSecretDescriptor"]
        for secret_id in others[:room]:
            self._end(client_id, secret_id)
        return json.dumps(
            {
                "client_id": client_id,
                "client_secret": made["ClientSecretValue"],
                "client_secret_id": made["ClientSecretId"],
            }
        )

    def _without_a_current_one(self) -> str:
        return self.make(lambda: None)

    def _test_secret(self, version: SecretVersion) -> None:
        """Show that the app client has this secret; Cognito tells ids, never values."""
        document = app_client_secret_in(version)
        client_id = document["client_id"]
        if self._client_id not in (None, client_id) or document["client_secret_id"] not in self._active(client_id):
            raise SecretUnusable(f"version {version.version_id} is no active secret of {client_id}: rotate again")

    def _active(self, client_id: str) -> list[str]:
        listed = self._cognito("ListUserPoolClientSecrets", self._client(client_id))["ClientSecrets"]
        return [secret["ClientSecretId"] for secret in sorted(listed, key=lambda each: each["ClientSecretCreateDate"])]

    def _end(self, client_id: str, secret_id: str) -> None:
        self._cognito("DeleteUserPoolClientSecret", {**self._client(client_id), "ClientSecretId": secret_id})

    def _client(self, client_id: str) -> dict[str, str]:
        return {"UserPoolId": self._user_pool_id, "ClientId": client_id}


def _id_in(current: SecretVersion | None, active: Sequence[str]) -> str | None:
    """Return the id of the secret that is current, None before the first rotation or where it does not count."""
    if current is None:
        return None
    try:
        document = app_client_secret_in(current)
    except SecretUnusable:
        return None  # the placeholder
    secret_id = document["client_secret_id"]
    return secret_id if secret_id in active else None


def _client_id_in(current: SecretVersion | None) -> str:
    """Return whose secret it is, also where its value has nothing else yet."""
    client_id = None if current is None else _members(current).get("client_id")
    if type(client_id) is not str or not client_id:
        raise SecretUnusable("the secret's value names no app client: `python -m cli client issue` makes such secrets")
    return client_id


def _members(version: SecretVersion) -> dict[str, Any]:
    try:
        return parse_object(version.value.encode())
    except (ValueError, RecursionError):
        return {}


def app_client_secret_in(version: SecretVersion) -> dict[str, str]:
    """Return the value's members by name.

    Raises:
        SecretUnusable: the value is the placeholder or another kind of secret. The message does not hold the value.
    """
    document = _members(version)
    if set(document) != set(_MEMBERS) or not all(type(text) is str and text for text in document.values()):
        raise SecretUnusable(f"version {version.version_id} is no secret of an app client: rotate the secret once")
    return document


def app_client_kind(environment: Mapping[str, str], cognito: Call) -> AppClientSecretKind:
    """Return the kind for these settings; raises KeyError for a setting that is missing."""
    return AppClientSecretKind(
        cognito=cognito, user_pool_id=environment["USER_POOL_ID"], client_id=environment.get("APP_CLIENT_ID")
    )
