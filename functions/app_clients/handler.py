"""The Lambda handler that a deployment calls for each app client that it makes, changes or deletes.

    event       {"name": "acme", "scopes": ["partner/orders.read"], "token_minutes": 15,
                 "tf": {"action": "create" | "update" | "delete", "prev_input": the event before, or null}}
    answer      {"client_id": "..."}; after a delete of what was gone already, null in place of the id
    settings    USER_POOL_ID, TOKEN_MINUTES (of tokens where the event does not say it)

The shape is that of the resource `aws:lambda/invocation:Invocation` with the lifecycle scope CRUD; operators' commands
make clients in the same way while the system runs. Fails on anything unexpected, and so stops the deployment. Logs one
line per call: names and ids, never a secret.
"""

from __future__ import annotations

import functools
import json
import os
import sys

from app_clients.app_clients import AppClients, AppClientSettings
from aws_calls.json_apis import USER_POOLS, api_calls

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import Any

    from aws_calls.own_role import Call

    Handler = Callable[[object, object], dict[str, str | None]]

LIFECYCLE = "tf"
CREATE, UPDATE, DELETE = ACTIONS = ("create", "update", "delete")


class EventRefused(Exception):  # noqa: N818 -- read as a reason
    """The event is not what a deployment sends; nothing was changed."""


def build_handler(
    environment: Mapping[str, str], *, cognito: Call, write: Callable[[str], object] = sys.stdout.write
) -> Handler:
    """Return the handler for these settings and these calls of Cognito; raises KeyError for one that is missing."""
    clients = AppClients(cognito=cognito, user_pool_id=environment["USER_POOL_ID"])
    token_minutes = int(environment["TOKEN_MINUTES"])

    def handle_event(event: object, _context: object) -> dict[str, str | None]:
        document = _object(event, "the event")
        lifecycle = _object(document.get(LIFECYCLE), LIFECYCLE)
        action: object = lifecycle.get("action")
        if action not in ACTIONS:
            raise EventRefused(f"{LIFECYCLE}.action is none of {', '.join(ACTIONS)}")
        settings = _settings({"token_minutes": token_minutes, **document})
        client_id = (
            clients.delete(settings.name)
            if action == DELETE
            else clients.put(settings, previous_name=_previous_name(lifecycle) if action == UPDATE else None)
        )
        write(json.dumps({"action": action, "name": settings.name, "client_id": client_id}) + "\n")
        return {"client_id": client_id}

    return handle_event


def _settings(document: Mapping[str, Any]) -> AppClientSettings:
    name, scopes, minutes = (document.get(member) for member in ("name", "scopes", "token_minutes"))
    if type(name) is not str or not name:
        raise EventRefused("name is missing")
    if type(scopes) is not list or not scopes or not all(type(scope) is str for scope in scopes):  # pyright: ignore[reportUnknownVariableType, reportUnknownArgumentType] -- JSON
        raise EventRefused("scopes is no list of texts with at least one")
    if type(minutes) is not int:
        raise EventRefused("token_minutes is no whole number")
    return AppClientSettings(name=name, scopes=scopes, token_minutes=minutes)  # pyright: ignore[reportUnknownArgumentType] -- JSON


def _previous_name(lifecycle: Mapping[str, Any]) -> str | None:
    previous = lifecycle.get("prev_input")
    name: object = previous.get("name") if hasattr(previous, "get") else None  # pyright: ignore[reportUnknownMemberType, reportOptionalMemberAccess] -- JSON
    return name if isinstance(name, str) else None


def _object(value: object, what: str) -> Mapping[str, Any]:
    if not isinstance(value, dict):
        raise EventRefused(f"{what} is no object; only deployments and operators call this function")
    return value  # pyright: ignore[reportUnknownVariableType] -- JSON


@functools.cache
def _built() -> Handler:
    return build_handler(os.environ, cognito=api_calls(USER_POOLS))


def handle(event: object, context: object) -> dict[str, str | None]:
    """Handle one call. Built at the first one, so that importing needs no settings."""
    return _built()(event, context)
