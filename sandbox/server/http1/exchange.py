"""A request and its answer as ASGI has them: messages that the application receives, and messages that it sends.

Deliberately no knowledge of what is HTTP, and no trailers, pushes or early hints.
"""

import asyncio
from collections import deque
from typing import Final, Protocol

import h11

from sandbox.server.edge import Message

MOST_WAITING_BYTES: Final = 640 * 1024
"""Of a body that the application has not asked for; the client waits with the rest."""

WITHOUT_BODY: Final = (204, 304)


class Connection(Protocol):
    """What an exchange needs of its connection."""

    def pause_reading(self) -> None:
        """No more of the body for now."""
        ...

    def resume_reading(self) -> None:
        """The next of the body."""
        ...

    async def write(self, *events: h11.Event) -> None:
        """Sends."""
        ...

    def answered(self) -> None:
        """The answer is complete."""
        ...


class Exchange:
    """`receive` and `send` are the application's; the connection calls the others."""

    def __init__(self, connection: Connection, *, without_body: bool) -> None:
        self._connection = connection
        self._without_body = without_body
        self._messages: deque[Message] = deque()
        self._waiting_bytes = 0
        self._arrived: asyncio.Future[None] | None = None
        self._started = False
        self._unsent: list[h11.Event] = []
        self._over = False

    def add(self, body: bytes) -> None:
        """A part of the body arrived."""
        self._waiting_bytes += len(body)
        if self._waiting_bytes > MOST_WAITING_BYTES:
            self._connection.pause_reading()
        self._put({"type": "http.request", "body": body, "more_body": True})

    def complete(self) -> None:
        """The request arrived as a whole."""
        self._put({"type": "http.request", "body": b"", "more_body": False})

    def disconnect(self) -> None:
        """The client is gone, or the answer complete."""
        self._over = True
        self._put({"type": "http.disconnect"})

    async def receive(self) -> Message:
        """ASGI's."""
        while not self._messages:
            self._arrived = asyncio.get_running_loop().create_future()
            await self._arrived
        message = self._messages.popleft()
        if self._waiting_bytes and message["type"] == "http.request":
            was, self._waiting_bytes = self._waiting_bytes, self._waiting_bytes - len(message["body"])
            if was > MOST_WAITING_BYTES >= self._waiting_bytes and not self._over:
                self._connection.resume_reading()
        return message

    async def send(self, message: Message) -> None:
        """ASGI's. Raises `RuntimeError` for a message that does not belong here, `h11.LocalProtocolError` for wrong
        ones.
        """
        if message["type"] == "http.response.start" and not self._started:
            headers = [(name.strip(), value.strip()) for name, value in message.get("headers", ())]
            # Kept until there is a body, which goes with it in one piece.
            self._unsent = [h11.Response(status_code=message["status"], headers=headers)]
            self._without_body |= message["status"] in WITHOUT_BODY
            self._started = True
        elif message["type"] == "http.response.body" and self._started:
            await self._send_body(message.get("body", b""), more=message.get("more_body", False))
        else:
            raise RuntimeError(f"{message['type']} is not what comes next")

    async def _send_body(self, body: bytes, *, more: bool) -> None:
        events, self._unsent = self._unsent, []
        if body and not self._without_body:
            events.append(h11.Data(data=bytes(body)))
        if not more:
            events.append(h11.EndOfMessage())
        await self._connection.write(*events)
        if not more and not self._over:
            self.disconnect()
            self._connection.answered()

    def _put(self, message: Message) -> None:
        self._messages.append(message)
        if self._arrived is not None and not self._arrived.done():
            self._arrived.set_result(None)
