"""The edge fills the current request from the connection, guards the sandbox's own paths, and tells of changes."""

import asyncio
from typing import Any

import pytest

from sandbox.fidelity.current_request import READS_ONLY, CurrentRequest, current_request
from sandbox.server.edge import edge, request_of


class Recorder:
    """An ASGI application that keeps what it was called with and answers 200."""

    def __init__(self) -> None:
        self.requests: list[CurrentRequest | None] = []

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        self.requests.append(current_request())
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b""})


def scope(path: str, headers: dict[str, str] | None = None, method: str = "GET") -> dict[str, Any]:
    """An HTTP scope from a peer."""
    fields = [(name.encode(), value.encode()) for name, value in (headers or {}).items()]
    return {
        "type": "http", "method": method, "path": path, "raw_path": path.encode(), "query_string": b"a=b",
        "headers": fields, "client": ("127.0.0.9", 4321), "http_version": "1.1",
    }  # fmt: skip


def statuses(application: Any, *scopes: dict[str, Any]) -> list[int]:
    """The status of the answer to each."""
    found: list[int] = []

    async def send(message: Any) -> None:
        if message["type"] == "http.response.start":
            found.append(message["status"])

    async def receive() -> Any:
        return {"type": "http.request", "body": b""}

    async def story() -> None:
        for one in scopes:
            await application(one, receive, send)

    asyncio.run(story())
    return found


def test_the_current_request_is_that_of_the_connection_not_of_headers() -> None:
    emulator = Recorder()
    headers = {"Host": "api.example", "X-Forwarded-For": "203.0.113.7", "Accept": "one"}
    statuses(edge(emulator, Recorder(), on_change=lambda: None), scope("/some/path", headers))
    (request,) = emulator.requests
    assert request is not None
    assert (request.peer, request.host) == ("127.0.0.9", "api.example")
    assert (request.method, request.path) == ("GET", "/some/path")
    assert request.query_string == "a=b"
    assert request.headers["accept"] == "one"
    assert request.protocol == "HTTP/1.1"


def test_each_request_has_an_id_and_notes_of_its_own() -> None:
    first, second = request_of(scope("/")), request_of(scope("/"))
    assert first.request_id != second.request_id
    first.notes["seen"] = True
    assert second.notes == {}


def test_repeated_headers_are_joined() -> None:
    repeated = scope("/")
    repeated["headers"] = [(b"accept", b"one"), (b"Accept", b"two")]
    assert request_of(repeated).headers["accept"] == "one, two"


def test_own_paths_go_to_the_control_and_all_others_to_the_emulator() -> None:
    emulator, control = Recorder(), Recorder()
    statuses(edge(emulator, control, on_change=lambda: None), scope("/_gatehouse/status"), scope("/bucket/key"))
    assert (len(control.requests), len(emulator.requests)) == (1, 1)


@pytest.mark.parametrize("path", ["/_ministack/reset", "/_ministack/config", "/_gatehouse/save"])
def test_a_web_page_reaches_no_administration(path: str) -> None:
    emulator, control = Recorder(), Recorder()
    page = scope(path, {"Origin": "https://evil.example"}, method="POST")
    assert statuses(edge(emulator, control, on_change=lambda: None), page) == [403]
    assert emulator.requests == control.requests == []


@pytest.mark.parametrize("path", ["/_ministack/reset", "/_ministack/config", "/_ministack/reset/"])
def test_the_emulators_state_cannot_be_wiped_from_outside(path: str) -> None:
    emulator = Recorder()
    assert statuses(edge(emulator, Recorder(), on_change=lambda: None), scope(path, method="POST")) == [403]
    assert emulator.requests == []


def test_every_request_but_health_looks_tells_of_a_change() -> None:
    changes: list[int] = []
    application = edge(Recorder(), Recorder(), on_change=lambda: changes.append(1))
    statuses(application, scope("/_ministack/ready"), scope("/_ministack/health"), scope("/_gatehouse/status"))
    assert changes == []
    statuses(application, scope("/"), scope("/_aws/execute-api/api/prod/hello"))
    assert len(changes) == 2


def test_a_request_that_only_reads_tells_of_no_change() -> None:
    async def reading(scope: Any, receive: Any, send: Any) -> None:
        request = current_request()
        assert request is not None
        request.notes[READS_ONLY] = True
        await Recorder()(scope, receive, send)

    changes: list[int] = []
    assert statuses(edge(reading, Recorder(), on_change=lambda: changes.append(1)), scope("/")) == [200]
    assert changes == []


def test_a_request_that_fails_tells_of_a_change_too() -> None:
    async def broken(scope: Any, receive: Any, send: Any) -> None:
        raise ValueError("half done")

    changes: list[int] = []
    with pytest.raises(ValueError, match="half done"):
        statuses(edge(broken, Recorder(), on_change=lambda: changes.append(1)), scope("/"))
    assert changes == [1]
