"""Fetches a small public document over HTTPS with the standard library: one deadline, one size limit, no redirection.

The deadline covers everything after the name was resolved: connecting, the TLS handshake, every header and the last
byte of the body, so that a server that sends a byte per second does not hold a request up. Deliberately no proxies, no
compression, no cookies, no connection that stays open: key sets are fetched once in minutes.
"""

from __future__ import annotations

import socket
from _thread import allocate_lock
from io import BufferedReader, RawIOBase
from time import monotonic

from jwt_verification.http_answer import AnswerIncomplete, AnswerMalformed, AnswerTooLarge, HttpAnswer
from jwt_verification.key_set_errors import KeySetRedirected, KeySetTooLarge, KeySetTooSlow, KeySetUnreachable
from jwt_verification.key_set_url import checked_url

TYPE_CHECKING = False
if TYPE_CHECKING:
    import ssl
    from collections.abc import Callable
    from urllib.parse import SplitResult

TIME_LIMIT_SECONDS = 3.0  # API Gateway waits 29 s for the authorizer; a caller should not wait for more than this
SIZE_LIMIT_BYTES = 256 * 1024  # a key with its certificate chain has some 6 KB
_REDIRECTIONS = frozenset({301, 302, 303, 307, 308})
_DEFAULT_PORTS = {"https": 443, "http": 80}


class HttpsFetcher:
    """A `KeySetFetcher` over the network."""

    def __init__(
        self,
        *,
        allow_plain_http: bool = False,
        time_limit_seconds: float = TIME_LIMIT_SECONDS,
        size_limit_bytes: int = SIZE_LIMIT_BYTES,
        tls_context: Callable[[], ssl.SSLContext] | None = None,
    ) -> None:
        """Take the limits.

        Args:
            allow_plain_http: also fetch `http://` addresses, for issuers in a private network that is trusted as the
                issuer itself is.
            time_limit_seconds: for the whole fetch.
            size_limit_bytes: of the body.
            tls_context: makes what servers are verified with, at the first fetch; by default the system's authorities.
        """
        if not time_limit_seconds > 0 or not size_limit_bytes > 0:
            raise ValueError("the limits are greater than 0")
        self._allow_plain_http = allow_plain_http
        self._time_limit_seconds = time_limit_seconds
        self._size_limit_bytes = size_limit_bytes
        self._make_tls_context = tls_context
        self._tls_context: ssl.SSLContext | None = None
        self._making = allocate_lock()

    def check(self, url: str) -> None:
        """Raise ValueError unless `url` may be fetched; call it where configuration is read, to fail early."""
        checked_url(url, allow_plain_http=self._allow_plain_http)

    def fetch(self, url: str) -> bytes:
        """See `jwt_verification.key_set_fetcher.KeySetFetcher`; raises ValueError for a `url` that `check` refuses."""
        parts = checked_url(url, allow_plain_http=self._allow_plain_http)
        deadline = monotonic() + self._time_limit_seconds
        try:
            with _connected(parts, deadline, self._context(parts)) as connection:
                request = _request(parts)
                connection.settimeout(_remaining(deadline))
                connection.sendall(request)
                return self._body(HttpAnswer(BufferedReader(_Readable(connection, deadline))))
        except TimeoutError:
            raise KeySetTooSlow(f"no complete answer within {self._time_limit_seconds} s") from None
        except (OSError, AnswerMalformed, AnswerIncomplete) as error:
            # The class, not the message: what a server sent is nobody's log line. TLS failures are OSErrors.
            raise KeySetUnreachable(f"no answer that can be used ({type(error).__name__})") from None

    def _context(self, parts: SplitResult) -> ssl.SSLContext | None:
        if parts.scheme != "https":
            return None
        with self._making:  # once: the system's authorities take a megabyte or two
            if self._tls_context is None:
                if self._make_tls_context is None:
                    import ssl  # here, because an issuer over plain HTTP does without it

                    self._make_tls_context = ssl.create_default_context
                self._tls_context = self._make_tls_context()
            return self._tls_context

    def _body(self, answer: HttpAnswer) -> bytes:
        if answer.status in _REDIRECTIONS:
            raise KeySetRedirected(f"the answer is a redirection ({answer.status}), which is not followed")
        if answer.status != 200:
            raise KeySetUnreachable(f"the answer has status {answer.status}")
        if answer.headers.get("content-encoding", "identity").lower() != "identity":
            raise KeySetUnreachable("the answer is compressed, which nobody asked for")
        try:
            return answer.body(self._size_limit_bytes)
        except AnswerTooLarge:
            raise KeySetTooLarge(f"the answer has more than {self._size_limit_bytes} bytes") from None
        except AnswerIncomplete:
            raise KeySetUnreachable("the answer ends before the length that it announces") from None


class _Readable(RawIOBase):
    """A connection on which every single read ends at the one deadline."""

    def __init__(self, connection: socket.socket, deadline: float) -> None:
        self._connection = connection
        self._deadline = deadline

    def readable(self) -> bool:
        """See `io.RawIOBase`."""
        return True

    def readinto(self, buffer: memoryview, /) -> int:  # pyright: ignore[reportIncompatibleMethodOverride] -- narrower on purpose: `BufferedReader` passes no other
        """See `io.RawIOBase`; raises TimeoutError at the deadline."""
        self._connection.settimeout(_remaining(self._deadline))
        return self._connection.recv_into(buffer)


def _connected(parts: SplitResult, deadline: float, tls_context: ssl.SSLContext | None) -> socket.socket:
    host = parts.hostname or ""
    port = parts.port or _DEFAULT_PORTS[parts.scheme]
    failure: OSError = OSError("the name has no address")
    for family, kind, protocol, _, address in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM):
        connection = socket.socket(family, kind, protocol)
        try:
            connection.settimeout(_remaining(deadline))
            connection.connect(address)
            if tls_context is None:
                return connection
            connection.settimeout(_remaining(deadline))
            return tls_context.wrap_socket(connection, server_hostname=host)
        except OSError as error:
            connection.close()
            failure = error
    raise failure


def _request(parts: SplitResult) -> bytes:
    target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    host = parts.netloc
    lines = (
        f"GET {target} HTTP/1.1",
        f"Host: {host}",
        "Accept: application/jwk-set+json, application/json",
        "Accept-Encoding: identity",
        "User-Agent: gatehouse",
        "Connection: close",
    )
    return ("\r\n".join(lines) + "\r\n\r\n").encode("ascii")


def _remaining(deadline: float) -> float:
    left = deadline - monotonic()
    if left <= 0:
        raise TimeoutError
    return left
