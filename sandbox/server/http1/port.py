"""Serves an ASGI application on a bound socket until it is told to stop: its startup, its requests, its shutdown."""

import asyncio
import contextlib
import socket
from collections.abc import AsyncGenerator
from typing import Final

from sandbox.errors import SandboxError
from sandbox.server.edge import Application, Message
from sandbox.server.http1.connection import HttpConnection

BACKLOG: Final = 100
GRACE_SECONDS: Final = 3.0
"""For requests that are being served at the stop."""

END_POLL_SECONDS: Final = 0.01
LIFESPAN_SECONDS: Final = 60.0


async def serve(application: Application, bound: socket.socket, *, stopping: asyncio.Event) -> None:
    """Returns after `stopping` was set and the application has shut down. Raises what its startup raises."""
    connections: set[HttpConnection] = set()

    def connection() -> HttpConnection:
        made = HttpConnection(lambda _: application, ended=connections.discard)
        connections.add(made)
        return made

    async with _lifespan(application):
        server = await asyncio.get_running_loop().create_server(connection, sock=bound, backlog=BACKLOG)
        try:
            await stopping.wait()
        finally:
            server.close()
            await _end(connections)


async def _end(connections: set[HttpConnection]) -> None:
    for connection in list(connections):
        connection.end()
    give_up = asyncio.get_running_loop().time() + GRACE_SECONDS
    while connections and asyncio.get_running_loop().time() < give_up:
        await asyncio.sleep(END_POLL_SECONDS)
    for connection in list(connections):
        connection.abort()


@contextlib.asynccontextmanager
async def _lifespan(application: Application) -> AsyncGenerator[None]:
    """ASGI's: the application starts up before the first request, and shuts down after the last one."""
    asked: asyncio.Queue[Message] = asyncio.Queue()
    told: asyncio.Queue[Message] = asyncio.Queue()
    scope = {"type": "lifespan", "asgi": {"spec_version": "2.0", "version": "3.0"}, "state": {}}
    task = asyncio.ensure_future(application(scope, asked.get, told.put))
    await _said(task, asked, told, "startup")
    try:
        yield
    finally:
        await _said(task, asked, told, "shutdown")
        await task


async def _said(
    task: asyncio.Future[None], asked: asyncio.Queue[Message], told: asyncio.Queue[Message], stage: str
) -> None:
    asked.put_nowait({"type": f"lifespan.{stage}"})
    answer = asyncio.ensure_future(told.get())
    await asyncio.wait([task, answer], timeout=LIFESPAN_SECONDS, return_when=asyncio.FIRST_COMPLETED)
    if answer.done() and answer.result()["type"] == f"lifespan.{stage}.complete":
        return
    answer.cancel()
    if task.done():
        task.result()  # raises what ended it
    raise SandboxError(f"the emulator did not complete its {stage}; see the log (`make logs`)")
