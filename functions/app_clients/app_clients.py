"""The machine-to-machine app clients of one user pool, found by their names.

Every call can be repeated: what is there already is changed, what is gone already is fine. Cognito makes each app
client with a secret and tells it in its answer; it is dropped here. The secret that clients use is made by rotation
(`secret_rotation.app_client_secrets`), which also ends the first one.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from typing import Any

    from aws_calls.own_role import Call

MOST_PER_PAGE = 60
MACHINE_FLOW = "client_credentials"


class AmbiguousClient(Exception):  # noqa: N818 -- read as a reason
    """Two app clients of the pool have the name: which one is meant is not known."""


class AppClientSettings:
    """What an app client is: its name, the scopes that it may ask for, and how long its tokens live."""

    __slots__ = ("name", "scopes", "token_minutes")

    def __init__(self, *, name: str, scopes: Sequence[str], token_minutes: int) -> None:
        """Hold all; scopes are whole ones, `<resource server>/<scope>`."""
        self.name = name
        self.scopes = scopes
        self.token_minutes = token_minutes

    def request(self) -> dict[str, Any]:
        """Return all that Create and Update take: what an update does not name is reset."""
        return {
            "ClientName": self.name,
            "AccessTokenValidity": self.token_minutes,
            "TokenValidityUnits": {"AccessToken": "minutes"},
            "AllowedOAuthFlows": [MACHINE_FLOW],
            "AllowedOAuthFlowsUserPoolClient": True,
            "AllowedOAuthScopes": list(self.scopes),
            "EnableTokenRevocation": True,
            # None of the flows of people: without this, Cognito allows sign-in with passwords and custom challenges.
            "ExplicitAuthFlows": ["ALLOW_REFRESH_TOKEN_AUTH"],
            "PreventUserExistenceErrors": "ENABLED",
        }


class AppClients:
    """The app clients of `user_pool_id`; `cognito` makes the calls of its API."""

    def __init__(self, *, cognito: Call, user_pool_id: str) -> None:
        """Hold both."""
        self._cognito = cognito
        self._user_pool_id = user_pool_id

    def put(self, settings: AppClientSettings, *, previous_name: str | None = None) -> str:
        """Make the app client, or change the one of this name (or of `previous_name`), and return its id.

        Raises:
            AmbiguousClient: the pool has two of that name.
        """
        found = self._find(settings.name)
        if found is None and previous_name is not None:
            found = self._find(previous_name)
        request = {"UserPoolId": self._user_pool_id, **settings.request()}
        if found is not None:
            self._cognito("UpdateUserPoolClient", {"ClientId": found, **request})
            return found
        made = self._cognito("CreateUserPoolClient", {"GenerateSecret": True, **request})
        client_id: str = made["UserPoolClient"]["ClientId"]
        return client_id

    def delete(self, name: str) -> str | None:
        """Delete the app client of this name, return its id, or None where there is none (any more).

        Raises:
            AmbiguousClient: the pool has two of that name.
        """
        found = self._find(name)
        if found is not None:
            self._cognito("DeleteUserPoolClient", {"UserPoolId": self._user_pool_id, "ClientId": found})
        return found

    def _find(self, name: str) -> str | None:
        found = [client["ClientId"] for client in self._all() if client["ClientName"] == name]
        if len(found) > 1:
            raise AmbiguousClient(f"{len(found)} app clients are named {name}: delete those that nobody uses")
        return found[0] if found else None

    def _all(self) -> Iterator[dict[str, Any]]:
        request: dict[str, Any] = {"UserPoolId": self._user_pool_id, "MaxResults": MOST_PER_PAGE}
        while True:
            page = self._cognito("ListUserPoolClients", request)
            yield from page["UserPoolClients"]
            if not page.get("NextToken"):
                return
            request["NextToken"] = page["NextToken"]
