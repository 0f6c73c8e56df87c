"""The sandbox's own HTTP paths below `/_gatehouse/`. Deliberately few, and none that shows a secret.

GET  /_gatehouse/status      applied fidelity modules, the last error of saving, whether changes are unsaved
POST /_gatehouse/save        writes the state now; 200 when it is on disk, 507 with the reason when it cannot be
GET  /_gatehouse/rotations   rotations of secrets that run or failed (`sandbox.fidelity.secret_rotation`)
GET  /_gatehouse/requests    AWS API calls so far; filters in the query (`sandbox.fidelity.request_log`)
"""

import json
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import parse_qsl

from sandbox.server.edge import Application, Receive, Scope, Send, answer_json
from sandbox.server.saving import SaveError, StateSaver

Document = Callable[[Mapping[str, str]], dict[str, Any]]
"""Makes the answer to the parameters of a GET; raises `ValueError` for those that it does not take."""


def control(saver: StateSaver, documents: Mapping[str, Document]) -> Application:
    """The ASGI application of these paths; `documents` are those that are only read, by the last part of their path."""

    async def application(scope: Scope, receive: Receive, send: Send) -> None:  # noqa: ARG001 - ASGI's signature
        method, name = scope["method"], scope["path"].rpartition("/")[2]
        match method, name:
            case "POST", "save":
                try:
                    await saver.save()
                except SaveError as error:
                    await _answer(send, 507, {"message": str(error)})
                else:
                    await _answer(send, 200, {})
            case "GET", _ if name in documents:
                query = dict(parse_qsl(scope.get("query_string", b"").decode("latin-1"), keep_blank_values=True))
                try:
                    await _answer(send, 200, documents[name](query))
                except ValueError as error:
                    await _answer(send, 400, {"message": str(error)})
            case _:
                await _answer(send, 404, {"message": "no such path of the sandbox"})

    return application


async def _answer(send: Send, status: int, document: dict[str, Any]) -> None:
    await answer_json(send, status, json.dumps(document).encode())
