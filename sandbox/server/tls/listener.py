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
from typing import cast

from sandbox.fidelity.current_request import TlsConnection
from sandbox.server.edge import TLS_SCOPE, Application, Receive, Scope, Send
from sandbox.server.http1.connection import HttpConnection
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
        *,
        current: Callable[[], Handshake | None],
        domains: Callable[[], frozenset[str]],
    ) -> None:
        self._bound = bound
        self._application = application
        self._current = current
        self._domains = domains
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
        over = asyncio.Event()
        connection = HttpConnection(lambda made: self._admitted(made, handshake), ended=lambda _: over.set())
        try:
            await asyncio.get_running_loop().connect_accepted_socket(
                lambda: connection,
                accepted,
                ssl=handshake.context,
                ssl_handshake_timeout=HANDSHAKE_SECONDS,
                ssl_shutdown_timeout=SHUTDOWN_SECONDS,
            )
        except (OSError, ssl.SSLError) as error:
            logger.debug("port %d: handshake refused: %s", self.port, error)
            accepted.close()
            return
        try:
            await over.wait()
        finally:
            connection.abort()

    def _admitted(self, transport: asyncio.Transport, handshake: Handshake) -> Application | None:
        tls = cast("ssl.SSLObject", transport.get_extra_info("ssl_object"))
        certificate = tls.getpeercert(binary_form=True)
        if not handshake.lets_in(certificate):
            logger.debug("port %d: certificate refused: its chain is not the truststore's", self.port)
            return None
        return _with_connection(
            self._application, TlsConnection(domains=self._domains(), client_certificate=certificate)
        )


def _with_connection(application: Application, connection: TlsConnection) -> Application:
    async def with_connection(scope: Scope, receive: Receive, send: Send) -> None:
        await application({**scope, TLS_SCOPE: connection}, receive, send)

    return with_connection
