"""The sandbox's own HTTP paths below `/_gatehouse/`. Deliberately few, and none that shows a secret.

GET  /_gatehouse/status      applied fidelity modules, the last error of saving, whether changes are unsaved
GET  /_gatehouse/domains     custom domains: host and port, whether they are served, truststore warnings
POST /_gatehouse/save        writes the state now; 200 when it is on disk, 507 with the reason when it cannot be
GET  /_gatehouse/rotations   rotations of secrets that run or failed (`sandbox.fidelity.secret_rotation`)
GET  /_gatehouse/requests    AWS API calls so far; filters in the query (`sandbox.fidelity.request_log`)
POST /_gatehouse/faults      makes AWS fail; GET shows what waits, /faults/clear forgets it (`sandbox.fidelity.faults`)
POST /_gatehouse/kill        ends the running processes of a function
POST /_gatehouse/expire      ends temporary credentials
     /_gatehouse/spiffe/...  the built-in SPIFFE issuer (`sandbox.spiffe_issuer.routes`)
"""

import asyncio
import json
from collections.abc import Callable, Mapping
from typing import Any, Protocol, cast
from urllib.parse import parse_qsl

from sandbox.server.edge import CONTROL_PREFIX, Application, Receive, Scope, Send, answer_json
from sandbox.server.saving import SaveError, StateSaver

Document = Callable[[Mapping[str, str]], dict[str, Any]]
"""Makes the answer to the parameters of a GET; raises `ValueError` for those that it does not take."""


Action = Callable[[Mapping[str, Any]], dict[str, Any]]
"""Carries out a POST with the JSON object that it was sent and makes the answer; raises `ValueError` as well."""

MOST_BODY_BYTES = 65_536


class Routes(Protocol):
    """A part with paths of its own below `/_gatehouse/`, called in a thread."""

    def serves(self, path: str) -> bool:
        """Whether the path, without `/_gatehouse/`, is one of them."""
        ...

    def answer(self, method: str, path: str, asked: Mapping[str, Any]) -> tuple[int, dict[str, Any]]:
        """Status and document for a request; `asked` is the JSON object that a POST carries."""
        ...


def control(
    saver: StateSaver, documents: Mapping[str, Document], actions: Mapping[str, Action], *parts: Routes
) -> Application:
    """The ASGI application of these paths: what is read and what is done, by what stands after `/_gatehouse/`."""

    async def application(scope: Scope, receive: Receive, send: Send) -> None:
        method, name = scope["method"], scope["path"].removeprefix(CONTROL_PREFIX)
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
            case "POST", _ if name in actions:
                try:
                    asked = await _json_object(receive)
                    await _answer(send, 200, await asyncio.to_thread(actions[name], asked))
                except ValueError as error:
                    await _answer(send, 400, {"message": str(error)})
            case _:
                part = next((part for part in parts if part.serves(name)), None)
                if part is None:
                    await _answer(send, 404, {"message": "no such path of the sandbox"})
                    return
                try:
                    asked = await _json_object(receive) if method == "POST" else {}
                except ValueError as error:
                    await _answer(send, 400, {"message": str(error)})
                else:
                    await _answer(send, *await asyncio.to_thread(part.answer, method, name, asked))

    return application


async def _json_object(receive: Receive) -> dict[str, Any]:
    """The JSON object in the request's body; `ValueError` for anything else."""
    body, more = b"", True
    while more:
        message = await receive()
        body, more = body + message.get("body", b""), bool(message.get("more_body"))
        if len(body) > MOST_BODY_BYTES:
            raise ValueError(f"the body is larger than {MOST_BODY_BYTES} bytes")
    found: Any = json.loads(body or b"{}")
    if not isinstance(found, dict):
        raise ValueError("the body must be a JSON object")
    return cast("dict[str, Any]", found)


async def _answer(send: Send, status: int, document: dict[str, Any]) -> None:
    await answer_json(send, status, json.dumps(document).encode())
