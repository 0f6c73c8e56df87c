"""The server's HTTP/1.1: what a client sends on a socket, what the application gets, and what comes back."""

import asyncio
import contextlib
import socket
from collections.abc import AsyncGenerator, Awaitable, Callable
from typing import Any

import pytest

from sandbox.server.http1 import connection as http
from sandbox.server.http1.exchange import MOST_WAITING_BYTES
from sandbox.server.http1.port import serve

PATIENCE_SECONDS = 30
LINGERING = "/lingers"

Send = Callable[[Any], Awaitable[None]]


async def answer(send: Send, body: bytes, *, status: int = 200, length: int | None = None) -> None:
    fields = [(b"content-length", str(len(body) if length is None else length).encode())]
    await send({"type": "http.response.start", "status": status, "headers": fields})
    await send({"type": "http.response.body", "body": body})


class Application:
    """Keeps what it was asked and answers by the path."""

    def __init__(self) -> None:
        self.scopes: list[Any] = []
        self.messages: list[Any] = []
        self.lifespan: list[str] = []
        self.may_answer = asyncio.Event()

    async def __call__(self, scope: Any, receive: Any, send: Send) -> None:
        if scope["type"] == "lifespan":
            for _ in range(2):
                stage = (await receive())["type"]
                self.lifespan.append(stage)
                await send({"type": f"{stage}.complete"})
            return
        self.scopes.append(scope)
        if scope["path"] == LINGERING:
            await self.may_answer.wait()
        body = b""
        while True:
            message = await receive()
            self.messages.append(message)
            body += message.get("body", b"")
            if not message.get("more_body"):
                break
        match scope["path"]:
            case "/raises":
                raise ZeroDivisionError
            case "/cut":
                await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"9")]})
                await send({"type": "http.response.body", "body": b"begun", "more_body": True})
            case "/parts":
                await send({"type": "http.response.start", "status": 200, "headers": []})
                for part in (b"one", b"two"):
                    await send({"type": "http.response.body", "body": part, "more_body": True})
                await send({"type": "http.response.body", "body": b""})
            case "/nothing":
                await answer(send, b"", status=204, length=0)
            case _:
                await answer(send, body or scope["raw_path"])


class Client:
    """A connection's other end."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader, self._writer = reader, writer

    async def sends(self, *parts: bytes, end: bool = False) -> None:
        for part in parts:
            self._writer.write(part)
            await self._writer.drain()
        if end:
            self._writer.write_eof()

    async def gets(self, *, without_body: bool = False) -> tuple[bytes, bytes]:
        """The status line and the body of the next answer."""
        head = await self._reader.readuntil(b"\r\n\r\n")
        line, *fields = head[:-4].split(b"\r\n")
        named = dict(field.lower().split(b": ", 1) for field in fields)
        length = 0 if without_body else int(named.get(b"content-length", b"0"))
        return line.rstrip(), await self._reader.readexactly(length)

    async def gets_the_end(self) -> bytes:
        """All that is left until the server closes."""
        return await self._reader.read()

    def leaves(self) -> None:
        self._writer.transport.abort()


@contextlib.asynccontextmanager
async def served(application: Application) -> AsyncGenerator[Callable[[], Awaitable[Client]]]:
    """Serves; what it gives makes connections."""
    bound, stopping = socket.create_server(("127.0.0.1", 0)), asyncio.Event()
    port = bound.getsockname()[1]
    clients: list[Client] = []

    async def connect() -> Client:
        clients.append(Client(*await asyncio.open_connection("127.0.0.1", port)))
        return clients[-1]

    serving = asyncio.create_task(serve(application, bound, stopping=stopping))
    try:
        yield connect
    finally:
        stopping.set()
        await serving
        for client in clients:
            client.leaves()


def story(told: Callable[[Application, Callable[[], Awaitable[Client]]], Awaitable[None]]) -> None:
    async def bounded() -> None:
        application = Application()
        async with asyncio.timeout(PATIENCE_SECONDS), served(application) as connect:
            await told(application, connect)

    asyncio.run(bounded())


async def until(holds: Callable[[], bool]) -> None:
    while not holds():
        await asyncio.sleep(0.01)


def test_one_connection_serves_requests_in_their_order_even_those_sent_at_once() -> None:
    async def told(application: Application, connect: Any) -> None:
        client = await connect()
        await client.sends(
            b"POST /first HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabc"
            b"GET /second%20one?a=b HTTP/1.1\r\nhost: a\r\nX-Name: v\r\n\r\n"
        )
        assert await client.gets() == (b"HTTP/1.1 200", b"abc")
        assert await client.gets() == (b"HTTP/1.1 200", b"/second%20one")
        await client.sends(b"GET /third HTTP/1.1\r\nHost: a\r\n\r\n")
        assert await client.gets() == (b"HTTP/1.1 200", b"/third")
        second = application.scopes[1]
        assert (second["method"], second["path"], second["query_string"]) == ("GET", "/second one", b"a=b")
        assert (second["http_version"], second["scheme"], second["client"][0]) == ("1.1", "http", "127.0.0.1")
        assert list(second["headers"]) == [(b"host", b"a"), (b"X-Name", b"v")]

    story(told)


def test_a_body_arrives_whole_in_whatever_pieces_and_coding_it_is_sent() -> None:
    async def told(application: Application, connect: Any) -> None:
        client = await connect()
        await client.sends(
            b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Enc", b"oding: chunked\r\n\r\n3\r\nab", b"c\r\n0\r\n\r\n"
        )
        assert await client.gets() == (b"HTTP/1.1 200", b"abc")
        await client.sends(b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\nExpect: 100-continue\r\n\r\n")
        assert (await client.gets())[0].startswith(b"HTTP/1.1 100")
        await client.sends(b"hi")
        assert await client.gets() == (b"HTTP/1.1 200", b"hi")

    story(told)


def test_a_body_that_nobody_asks_for_yet_waits_with_its_sender() -> None:
    async def told(application: Application, connect: Any) -> None:
        client, size = await connect(), 40 * MOST_WAITING_BYTES
        sending = asyncio.create_task(
            client.sends(b"POST /lingers HTTP/1.1\r\nHost: a\r\nContent-Length: %d\r\n\r\n" % size, b"x" * size)
        )
        await until(lambda: bool(application.scopes))
        assert not (await asyncio.wait([sending], timeout=0.2))[0]
        application.may_answer.set()
        status, body = await client.gets()
        assert (status, len(body)) == (b"HTTP/1.1 200", size)
        await sending

    story(told)


@pytest.mark.parametrize(
    ("request_line", "status"), [("HEAD /long", b"HTTP/1.1 200"), ("GET /nothing", b"HTTP/1.1 204")]
)
def test_what_has_no_body_by_its_kind_is_sent_none(request_line: str, status: bytes) -> None:
    async def told(application: Application, connect: Any) -> None:
        client = await connect()
        await client.sends(f"{request_line} HTTP/1.1\r\nHost: a\r\n\r\n".encode())
        assert await client.gets(without_body=True) == (status, b"")
        await client.sends(b"GET /next HTTP/1.1\r\nHost: a\r\n\r\n")
        assert await client.gets() == (b"HTTP/1.1 200", b"/next")

    story(told)


def test_an_answer_of_unknown_length_is_sent_in_chunks() -> None:
    async def told(application: Application, connect: Any) -> None:
        client = await connect()
        await client.sends(b"GET /parts HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
        head, _, body = (await client.gets_the_end()).partition(b"\r\n\r\n")
        assert b"transfer-encoding: chunked" in head.lower()
        assert body == b"3\r\none\r\n3\r\ntwo\r\n0\r\n\r\n"

    story(told)


@pytest.mark.parametrize(
    ("sent", "status"),
    [
        (b"nonsense\r\n\r\n", b"400"),
        (b"GET / HTTP/1.1\r\n\r\n", b"400"),
        (b"GET / HTTP/1.1\r\nHost: a\r\nX: " + b"a" * http.MOST_HEAD_BYTES, b"431"),
        (b"GET / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: x\r\n\r\n", b"501"),
        (b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nno size\r\n", b"400"),
    ],
)
def test_what_is_no_http_is_refused_and_the_connection_ended(sent: bytes, status: bytes) -> None:
    async def told(application: Application, connect: Any) -> None:
        client = await connect()
        await client.sends(sent)
        refusal = (await client.gets_the_end()).lower()
        assert refusal.startswith(b"http/1.1 " + status)
        assert b"connection: close" in refusal
        assert b"date: " in refusal

    story(told)


def test_an_application_that_fails_is_a_500_and_one_that_stops_midway_ends_the_connection(
    capsys: pytest.CaptureFixture[str],
) -> None:
    async def told(application: Application, connect: Any) -> None:
        client = await connect()
        await client.sends(b"GET /raises HTTP/1.1\r\nHost: a\r\n\r\n")
        assert (await client.gets_the_end()).startswith(b"HTTP/1.1 500")
        assert "GET /raises was not answered" in capsys.readouterr().err
        client = await connect()
        await client.sends(b"GET /cut HTTP/1.1\r\nHost: a\r\n\r\n")
        assert (await client.gets_the_end()).endswith(b"\r\n\r\nbegun")

    story(told)


@pytest.mark.parametrize("asked", [b"HTTP/1.1\r\nHost: a\r\nConnection: close", b"HTTP/1.0"])
def test_a_connection_ends_where_the_client_wants_no_more(asked: bytes) -> None:
    async def told(application: Application, connect: Any) -> None:
        client = await connect()
        await client.sends(b"GET /last " + asked + b"\r\n\r\n")
        assert (await client.gets_the_end()).endswith(b"\r\n\r\n/last")

    story(told)


def test_a_client_that_says_no_more_still_gets_its_answer() -> None:
    async def told(application: Application, connect: Any) -> None:
        client = await connect()
        await client.sends(b"GET /lingers HTTP/1.1\r\nHost: a\r\n\r\n", end=True)
        await until(lambda: bool(application.scopes))
        application.may_answer.set()
        assert (await client.gets_the_end()).endswith(b"\r\n\r\n/lingers")

    story(told)


def test_an_application_is_told_of_a_client_that_is_gone() -> None:
    async def told(application: Application, connect: Any) -> None:
        client = await connect()
        await client.sends(b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\nhalf")
        await until(lambda: bool(application.messages))
        client.leaves()
        await until(lambda: len(application.messages) > 1)
        assert application.messages[-1] == {"type": "http.disconnect"}

    story(told)


def test_a_connection_without_a_request_is_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(http, "KEEP_ALIVE_SECONDS", 0.05)

    async def told(application: Application, connect: Any) -> None:
        client = await connect()
        await client.sends(b"GET /only HTTP/1.1\r\nHost: a\r\n\r\nGET /half HTTP/1.1\r\n")
        assert (await client.gets_the_end()).endswith(b"\r\n\r\n/only")

    story(told)


def test_at_the_stop_what_is_asked_is_answered_and_then_the_application_shuts_down() -> None:
    async def told() -> None:
        application = Application()
        async with asyncio.timeout(PATIENCE_SECONDS):
            async with served(application) as connect:
                idle, busy = await connect(), await connect()
                await busy.sends(b"GET /lingers HTTP/1.1\r\nHost: a\r\n\r\n")
                await until(lambda: bool(application.scopes))
                asyncio.get_running_loop().call_later(0.05, application.may_answer.set)
                ends = asyncio.gather(idle.gets_the_end(), busy.gets_the_end())
                await asyncio.sleep(0)
            said = await ends
        assert said[0] == b""
        assert said[1].endswith(b"\r\n\r\n/lingers")
        assert application.lifespan == ["lifespan.startup", "lifespan.shutdown"]

    asyncio.run(told())


def test_an_application_that_does_not_start_up_is_an_error() -> None:
    async def failing(scope: Any, receive: Any, send: Any) -> None:
        raise ZeroDivisionError

    async def told() -> None:
        with socket.create_server(("127.0.0.1", 0)) as bound:
            await serve(failing, bound, stopping=asyncio.Event())

    with pytest.raises(ZeroDivisionError):
        asyncio.run(told())
