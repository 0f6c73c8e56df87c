"""One TLS port: accepts connections, shakes hands by whatever counts at that moment, and serves HTTP/1.1.

The accepting socket stays while certificates and truststores change, so no connection is lost to a change. Bounded:
handshakes in time and number, connections in number, what a client may send before it is let in by OpenSSL (100 KB of
certificates). A refused handshake is one debug line: clients cause them at will.
"""

import asyncio
import contextlib
import logging
import socket
import ssl
from collections.abc import Callable
from typing import Any, cast

import hypercorn.config
from hypercorn.app_wrappers import ASGIWrapper
from hypercorn.asyncio.tcp_server import TCPServer
from hypercorn.asyncio.worker_context import WorkerContext

from sandbox.fidelity.current_request import TlsConnection
from sandbox.server.edge import TLS_SCOPE, Application, Receive, Scope, Send
from sandbox.server.tls.contexts import Handshake

logger = logging.getLogger("gatehouse.tls")

BACKLOG = 256
HANDSHAKE_SECONDS = 10.0
SHUTDOWN_SECONDS = 0.5
MOST_CONNECTIONS = 512
# Out of file descriptors: accepting again at once would spin.
ACCEPT_PAUSE_SECONDS = 0.1


class TlsListener:
    """Serves `application` on a bound socket. `current` answers what the next handshake goes by; `None` refuses it.

    `domains` answers the names that callers of this port may ask for.
    """

    def __init__(
        self,
        bound: socket.socket,
        application: Application,
        config: hypercorn.config.Config,
        *,
        current: Callable[[], Handshake | None],
        domains: Callable[[], frozenset[str]],
    ) -> None:
        self._bound = bound
        self._application = application
        self._config = config
        self._current = current
        self._domains = domains
        self._context = WorkerContext(None)
        self._connections: set[asyncio.Task[None]] = set()
        self._accepting: asyncio.Task[None] | None = None

    @property
    def port(self) -> int:
        """The TCP port."""
        return int(self._bound.getsockname()[1])

    def start(self) -> None:
        """Begins to accept."""
        self._bound.setblocking(False)  # noqa: FBT003 - positional only
        self._bound.listen(BACKLOG)
        self._accepting = asyncio.create_task(self._accept())

    async def stop(self) -> None:
        """Ends the port and its connections."""
        if self._accepting is not None:
            self._accepting.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._accepting
        self._bound.close()
        await self._context.terminated.set()
        for connection in list(self._connections):
            connection.cancel()
        await asyncio.gather(*self._connections, return_exceptions=True)

    async def _accept(self) -> None:
        loop = asyncio.get_running_loop()
        while True:
            try:
                accepted, _ = await loop.sock_accept(self._bound)
            except OSError as error:
                logger.warning("port %d cannot accept: %s", self.port, error.strerror or error)
                await asyncio.sleep(ACCEPT_PAUSE_SECONDS)
                continue
            if len(self._connections) >= MOST_CONNECTIONS:
                accepted.close()
                continue
            connection = asyncio.create_task(self._serve(accepted))
            self._connections.add(connection)
            connection.add_done_callback(self._connections.discard)

    async def _serve(self, accepted: socket.socket) -> None:
        handshake = self._current()
        if handshake is None:
            accepted.close()
            return
        accepted.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        loop = asyncio.get_running_loop()
        reader = asyncio.StreamReader(loop=loop)
        protocol = asyncio.StreamReaderProtocol(reader, loop=loop)
        try:
            transport, _ = await loop.connect_accepted_socket(
                lambda: protocol,
                accepted,
                ssl=handshake.context,
                ssl_handshake_timeout=HANDSHAKE_SECONDS,
                ssl_shutdown_timeout=SHUTDOWN_SECONDS,
            )
        except (OSError, ssl.SSLError) as error:
            logger.debug("port %d: handshake refused: %s", self.port, error)
            accepted.close()
            return
        tls = cast("ssl.SSLObject", transport.get_extra_info("ssl_object"))
        certificate = tls.getpeercert(binary_form=True)
        if not handshake.lets_in(certificate):
            logger.debug("port %d: certificate refused: its chain is not the truststore's", self.port)
            transport.abort()
            return
        writer = asyncio.StreamWriter(transport, protocol, reader, loop)
        connection = TlsConnection(domains=self._domains(), client_certificate=certificate)
        application = cast("Any", _with_connection(self._application, connection))
        # The server's own callback, so that one connection of the edge is served exactly as one of the plain port.
        await TCPServer(ASGIWrapper(application), loop, self._config, self._context, {}, reader, writer)


def _with_connection(application: Application, connection: TlsConnection) -> Application:
    async def with_connection(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":  # REST APIs know no WebSockets
            await send({"type": "websocket.close", "code": 1008})
            return
        await application({**scope, TLS_SCOPE: connection}, receive, send)

    return with_connection
