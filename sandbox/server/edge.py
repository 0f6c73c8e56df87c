"""The ASGI application in front of the emulator: fills the current request, answers the sandbox's own paths.

Paths below `/_gatehouse/` are the sandbox's own (`sandbox.server.control`); everything else goes to the emulator
unchanged. Requests that a web page could make a browser send (they carry `Origin`) get nothing of `/_gatehouse/` or
`/_ministack/`: those paths take no credentials. Deliberately no behaviour of API Gateway or any other service: those
are fidelity modules.
"""

import time
import uuid
from collections.abc import Awaitable, Callable, MutableMapping
from types import MappingProxyType
from typing import Any

from sandbox.fidelity.current_request import READS_ONLY, ConnectionCutError, CurrentRequest, set_current_request

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Application = Callable[[Scope, Receive, Send], Awaitable[None]]

CONTROL_PREFIX = "/_gatehouse/"
EMULATOR_ADMIN_PREFIX = "/_ministack/"
# The emulator's own switches that would pull the state from under the engine; `make reset` is the way.
REFUSED_EMULATOR_PATHS = ("/_ministack/reset", "/_ministack/config")
# Where a TLS listener leaves the connection in the scope of each request (`sandbox.server.tls.listener`).
TLS_SCOPE = "gatehouse.tls"
HEALTH_PATHS = ("/_ministack/health", "/_ministack/ready")


def edge(emulator: Application, control: Application, *, on_change: Callable[[], None]) -> Application:
    """Wraps the emulator's application. `on_change` is called after each request that may have changed state."""

    async def application(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await emulator(scope, receive, send)
            return
        request = request_of(scope)
        set_current_request(request)
        path = request.path
        if request.tls is not None:
            if path.startswith(EMULATOR_ADMIN_PREFIX):  # part of it is answered before anything else is asked
                await answer_json(send, 403, b'{"message":"Forbidden"}')
                return
            await served(request, scope, receive, send)
            return
        if path.startswith((CONTROL_PREFIX, EMULATOR_ADMIN_PREFIX)) and "origin" in request.headers:
            await answer_json(send, 403, b'{"message":"not for web pages"}')
            return
        if path.startswith(CONTROL_PREFIX):
            await control(scope, receive, send)
            return
        if path.startswith(REFUSED_EMULATOR_PATHS):
            await answer_json(send, 403, b'{"message":"the sandbox keeps this state; use `make reset`"}')
            return
        await served(request, scope, receive, send)

    async def served(request: CurrentRequest, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            await emulator({**scope, "headers": lower_case_names(scope)}, receive, send)
        except ConnectionCutError:
            await cut(send)
        finally:
            if scope["path"] not in HEALTH_PATHS and not request.notes.get(READS_ONLY):
                on_change()

    return application


def request_of(scope: Scope) -> CurrentRequest:
    """The current request of an ASGI HTTP scope (ASGI specification, HTTP connection scope)."""
    fields = tuple((name.decode("latin-1"), value.decode("latin-1")) for name, value in scope.get("headers", []))
    headers: dict[str, str] = {}
    for sent_name, value in fields:
        name = sent_name.lower()
        headers[name] = f"{headers[name]}, {value}" if name in headers else value
    path: str = scope["path"]
    raw_path: bytes | None = scope.get("raw_path")
    return CurrentRequest(
        request_id=str(uuid.uuid4()),
        method=scope["method"],
        host=headers.get("host", ""),
        path=path,
        raw_path=raw_path.decode("latin-1") if raw_path else path,
        query_string=scope.get("query_string", b"").decode("latin-1"),
        protocol=f"HTTP/{scope.get('http_version', '1.1')}",
        peer=(scope.get("client") or ("127.0.0.1", 0))[0],
        started_at=time.time(),
        started=time.perf_counter(),
        headers=MappingProxyType(headers),
        header_fields=fields,
        tls=scope.get(TLS_SCOPE),
    )


def lower_case_names(scope: Scope) -> list[tuple[bytes, bytes]]:
    """The header fields as ASGI wants them; the server may hand them on as they were sent (module `header_names`)."""
    return [(name.lower(), value) for name, value in scope.get("headers", [])]


async def cut(send: Send) -> None:
    """Begins an answer and never ends it: the server then closes the connection."""
    headers = [(b"content-type", b"application/json"), (b"content-length", b"1000")]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": b"{", "more_body": True})


async def answer_json(send: Send, status: int, body: bytes) -> None:
    """Sends one JSON answer."""
    headers = [(b"content-type", b"application/json"), (b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
