"""The sandbox's own HTTP paths below `/_gatehouse/`. Deliberately few, and none that shows a secret.

GET  /_gatehouse/status      applied fidelity modules, the last error of saving, whether changes are unsaved
POST /_gatehouse/save        writes the state now; 200 when it is on disk, 507 with the reason when it cannot be
GET  /_gatehouse/rotations   rotations of secrets that run or failed (`sandbox.fidelity.secret_rotation`)
"""

import json
from collections.abc import Callable
from typing import Any

from sandbox.server.edge import Application, Receive, Scope, Send, answer_json
from sandbox.server.saving import SaveError, StateSaver


def control(
    saver: StateSaver, *, status: Callable[[], dict[str, Any]], rotations: Callable[[], list[dict[str, Any]]]
) -> Application:
    """The ASGI application of these paths."""

    async def application(scope: Scope, receive: Receive, send: Send) -> None:  # noqa: ARG001 - ASGI's signature
        match scope["method"], scope["path"]:
            case "GET", "/_gatehouse/status":
                await answer_json(send, 200, json.dumps(status()).encode())
            case "POST", "/_gatehouse/save":
                try:
                    await saver.save()
                except SaveError as error:
                    await answer_json(send, 507, json.dumps({"message": str(error)}).encode())
                else:
                    await answer_json(send, 200, b"{}")
            case "GET", "/_gatehouse/rotations":
                await answer_json(send, 200, json.dumps({"rotations": rotations()}).encode())
            case _:
                await answer_json(send, 404, b'{"message":"no such path of the sandbox"}')

    return application
