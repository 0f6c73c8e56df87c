"""The Lambda handler that Secrets Manager calls for each step of a rotation.

    event       {"SecretId": ARN, "ClientRequestToken": version id, "Step": a step of `secret_rotation.rotation`}
    settings    SECRET_KIND, one of `secret_rotation.kinds.SECRET_KINDS`, or `cognito-app-client` with USER_POOL_ID,
                and with APP_CLIENT_ID where it rotates the secret of one client

Fails, and so stops the rotation with the old version still current, on anything unexpected. Logs one line per step:
ids and what was done, never a value.
"""

from __future__ import annotations

import functools
import json
import os
import sys

from aws_calls.json_apis import SECRETS_MANAGER, USER_POOLS, api_calls
from secret_rotation.app_client_secrets import APP_CLIENT_KIND, app_client_kind
from secret_rotation.kinds import secret_kind
from secret_rotation.rotation import Rotation, RotationError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import Any

    from aws_calls.own_role import Call

    Handler = Callable[[object, object], None]


def build_handler(
    environment: Mapping[str, str],
    *,
    secrets_manager: Call,
    cognito: Call,
    write: Callable[[str], object] = sys.stdout.write,
) -> Handler:
    """Return the handler for these settings and these calls of AWS; those of Cognito are for one kind alone.

    Raises ValueError for an unknown kind, KeyError for a setting of the kind that is missing.
    """
    name = environment.get("SECRET_KIND", "")
    kind = app_client_kind(environment, cognito) if name == APP_CLIENT_KIND else secret_kind(name)

    def handle_step(event: object, _context: object) -> None:
        secret_id, version_id, step = (_text(event, name) for name in ("SecretId", "ClientRequestToken", "Step"))
        done = Rotation(call=secrets_manager, kind=kind, secret_id=secret_id, version_id=version_id).run(step)
        write(json.dumps({"step": step, "secret": secret_id, "version": version_id, "done": done}) + "\n")

    return handle_step


def _text(event: Any, name: str) -> str:
    value: object = event.get(name) if hasattr(event, "get") else None
    if not isinstance(value, str) or not value:
        raise RotationError(f"the event has no {name}; only Secrets Manager calls this function")
    return value


@functools.cache
def _built() -> Handler:
    return build_handler(os.environ, secrets_manager=api_calls(SECRETS_MANAGER), cognito=api_calls(USER_POOLS))


def handle(event: object, context: object) -> None:
    """Handle one step. Built at the first one, so that importing needs no settings."""
    _built()(event, context)
