"""One HTTP/1.1 connection: its requests one after the other, each answered by the application in a task of its own.

h11 decides what is HTTP, and refuses the rest; here it is joined to the event loop and to ASGI. Bounded: the head of a
request, the bytes of a body that the application has not asked for yet, and the time without a request. Deliberately no
HTTP/2 and no WebSockets, which REST APIs do not have: a wish to change to them is not heard (RFC 9110 section 7.8).
"""

import asyncio
import logging
from collections.abc import Callable
from email.utils import formatdate
from typing import Any, Final, cast
from urllib.parse import unquote

import h11

from sandbox.server.edge import Application
from sandbox.server.http1.exchange import Exchange

logger = logging.getLogger("gatehouse.http")

KEEP_ALIVE_SECONDS: Final = 75
MOST_HEAD_BYTES: Final = 16 * 1024


class HttpConnection(asyncio.Protocol):
    """`admit` answers what serves the connection once it stands; for `None` it is ended before anything is read.

    `ended` is called when it is no more.
    """

    def __init__(
        self,
        admit: Callable[[asyncio.Transport], Application | None],
        *,
        ended: Callable[["HttpConnection"], None],
    ) -> None:
        self._admit = admit
        self._ended = ended
        self._http = h11.Connection(h11.SERVER, max_incomplete_event_size=MOST_HEAD_BYTES)
        self._exchange: Exchange | None = None
        self._idle_since = 0.0
        self._idle_look: asyncio.TimerHandle | None = None
        self._tasks: set[asyncio.Task[None]] = set()
        self._ending = False
        self._writable = asyncio.Event()
        self._writable.set()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """asyncio's: the connection stands, after the handshake where there is one."""
        self._transport = cast("asyncio.Transport", transport)
        self._loop = asyncio.get_running_loop()
        application = self._admit(self._transport)
        if application is None:
            self._transport.abort()
            return
        self._application = application
        self._scheme = "http" if transport.get_extra_info("ssl_object") is None else "https"
        self._client, self._server = (transport.get_extra_info(each) for each in ("peername", "sockname"))
        self._idle_since = self._loop.time()
        self._look_whether_idle()

    def data_received(self, data: bytes) -> None:
        """asyncio's."""
        self._http.receive_data(data)
        self._read()

    def eof_received(self) -> bool:
        """asyncio's: the client says no more; what it has asked before is still answered."""
        self._http.receive_data(b"")
        self._read()
        return self._exchange is not None and self._scheme == "http"  # TLS knows no half of a connection

    def connection_lost(self, exc: Exception | None) -> None:
        """asyncio's."""
        del exc
        if self._idle_look is not None:
            self._idle_look.cancel()
        self._writable.set()
        if self._exchange is not None:
            self._exchange.disconnect()
        self._ended(self)

    def pause_writing(self) -> None:
        """asyncio's: the client takes slower than it is sent."""
        self._writable.clear()

    def resume_writing(self) -> None:
        """asyncio's."""
        self._writable.set()

    def end(self) -> None:
        """Ends it when the request that is being served, if there is one, has been answered."""
        self._ending = True
        if self._exchange is None:
            self._transport.close()

    def abort(self) -> None:
        """Ends it now, and what is being served."""
        for task in self._tasks:
            task.cancel()
        self._transport.abort()

    def pause_reading(self) -> None:
        """The application has enough of the body for now."""
        self._transport.pause_reading()

    def resume_reading(self) -> None:
        """The application has taken what it had."""
        self._transport.resume_reading()

    async def write(self, *events: h11.Event) -> None:
        """Sends them in one piece. Raises `h11.LocalProtocolError` for what is no proper answer."""
        self._send(*events)
        if not self._writable.is_set():
            await self._writable.wait()

    def answered(self) -> None:
        """The answer is complete or never will be: goes on with the next request, or ends the connection."""
        self._exchange = None
        if self._transport.is_closing():
            return
        if self._ending or not self._http.our_state is self._http.their_state is h11.DONE:
            self._transport.close()
            return
        self._http.start_next_cycle()
        self._idle_since = self._loop.time()
        self._transport.resume_reading()
        if any(self._http.trailing_data):  # a next request, or the client's end
            self._read()

    def fail(self) -> None:
        """The application ended without an answer, or in the middle of one."""
        if self._http.our_state is h11.SEND_RESPONSE:
            self._refuse(500)
        self.answered()

    def _send(self, *events: h11.Event) -> None:
        try:
            data = b"".join(filter(None, map(self._http.send, events)))
        except h11.LocalProtocolError:
            if self._http.their_state is not h11.ERROR:  # then it was told so already
                raise
            return
        if data and not self._transport.is_closing():
            self._transport.write(data)

    def _read(self) -> None:
        while True:
            if self._http.they_are_waiting_for_100_continue:
                self._send(h11.InformationalResponse(status_code=100, headers=[]))
            try:
                event = self._http.next_event()
            except h11.RemoteProtocolError as error:
                if self._http.our_state in (h11.IDLE, h11.SEND_RESPONSE):
                    self._refuse(error.error_status_hint)
                self._transport.close()
                return
            if isinstance(event, h11.Request):
                self._begin(event)
            elif isinstance(event, h11.Data) and self._exchange is not None:
                self._exchange.add(bytes(event.data))
            elif isinstance(event, h11.EndOfMessage) and self._exchange is not None:
                self._exchange.complete()
            else:
                self._read_nothing(event)
                return

    def _read_nothing(self, event: object) -> None:
        if event is h11.PAUSED:
            if self._http.trailing_data[0]:  # a next request, which waits until this one is answered
                self._transport.pause_reading()
        elif isinstance(event, h11.ConnectionClosed) and self._exchange is None:
            self._transport.close()

    def _begin(self, request: h11.Request) -> None:
        path, _, query = request.target.partition(b"?")
        scope: dict[str, Any] = {
            "type": "http",
            "asgi": {"spec_version": "2.1", "version": "3.0"},
            "http_version": request.http_version.decode("ascii"),
            "method": request.method.decode("ascii").upper(),
            "scheme": self._scheme,
            "path": unquote(path.decode("ascii")),
            "raw_path": path,
            "query_string": query,
            "root_path": "",
            # As they were sent, unlike ASGI's: API Gateway's events have names so, and functions may depend on it.
            "headers": request.headers.raw_items(),
            "client": self._client,
            "server": self._server,
            "extensions": {},
        }
        self._exchange = exchange = Exchange(self, without_body=request.method == b"HEAD")
        task = self._loop.create_task(self._answer(scope, exchange))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _answer(self, scope: dict[str, Any], exchange: Exchange) -> None:
        try:
            await self._application(scope, exchange.receive, exchange.send)
        except Exception:  # of one request, which must not end the sandbox
            logger.exception("%s %s was not answered", scope["method"], scope["path"])
        finally:
            if exchange is self._exchange:
                self.fail()

    def _refuse(self, status: int) -> None:
        headers = [("content-length", "0"), ("connection", "close"), ("date", formatdate(usegmt=True))]
        self._send(h11.Response(status_code=status, headers=headers), h11.EndOfMessage())

    def _look_whether_idle(self) -> None:
        # One timer for all requests: to set and cancel one for each is not free.
        if self._exchange is not None:
            self._idle_since = self._loop.time()
        left = self._idle_since + KEEP_ALIVE_SECONDS - self._loop.time()
        if left > 0:
            self._idle_look = self._loop.call_later(left, self._look_whether_idle)
        else:
            self._transport.close()
