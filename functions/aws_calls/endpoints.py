"""Where a service of AWS listens: the address from the SDKs' own settings, and connections that are kept open.

One set of connections serves every tenant, because the credentials are in each request and not in the connection: a new
tenant costs no TLS handshake. A connection that the other side has closed meanwhile is noticed before anything is sent
over it, so that nothing has to be sent twice. After a pause none is used at all: a worker that was frozen may not know
yet what became of it.
"""

from __future__ import annotations

import http.client
import select
import ssl
from time import perf_counter_ns, time
from urllib.parse import urlsplit

from aws_calls.errors import NoAnswer, NotSent

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import Protocol

    class Endpoint(Protocol):
        """Sends requests to one service."""

        host: str

        def post(self, call: str, headers: Mapping[str, str], body: bytes) -> tuple[int, bytes]:
            """Send a signed request and return the answer's status and body.

            Raises:
                NotSent: there is no connection.
                NoAnswer: there was one, and no answer in time.
            """
            ...

    class CountingEndpoint(Endpoint, Protocol):
        """An endpoint that counts the time in which it waits for answers."""

        waited_nanoseconds: int


CONNECT_TIMEOUT_SECONDS = 1.0
READ_TIMEOUT_SECONDS = 3.0
MAXIMUM_ANSWER_BYTES = 20_000_000  # BatchGetItem returns at most 16 MB
MAXIMUM_IDLE_CONNECTIONS = 8
MAXIMUM_IDLE_SECONDS = 20.0  # below what AWS's endpoints and the network in between keep quiet connections for
_LOOPBACK_HOSTS = frozenset({"127.0.0.1", "::1", "localhost"})
# The SDKs' settings name a service by its id, which for these is not what its endpoint is called.
_NAMES_IN_SETTINGS = {
    "cognito-idp": "COGNITO_IDENTITY_PROVIDER",
    "logs": "CLOUDWATCH_LOGS",
    "secretsmanager": "SECRETS_MANAGER",
}
_DOMAINS = {"cn-": "amazonaws.com.cn", "us-iso-": "c2s.ic.gov", "us-isob-": "sc2s.sgov.gov"}


def endpoint_url(service: str, environment: Mapping[str, str]) -> str:
    """Return the URL of `service`: the SDKs' `AWS_ENDPOINT_URL_<SERVICE>` or `AWS_ENDPOINT_URL`, else the region's own.

    https://docs.aws.amazon.com/sdkref/latest/guide/feature-ss-endpoints.html. Raises KeyError without `AWS_REGION`.
    """
    setting = f"AWS_ENDPOINT_URL_{_NAMES_IN_SETTINGS.get(service) or service.upper()}"
    given = environment.get(setting) or environment.get("AWS_ENDPOINT_URL")
    if given:
        return given
    region = environment["AWS_REGION"]
    domain = next((name for prefix, name in _DOMAINS.items() if region.startswith(prefix)), "amazonaws.com")
    return f"https://{service}.{region}.{domain}"


def is_loopback_url(url: str) -> bool:
    """Tell whether `url` stays on this machine, where plain HTTP shows nothing to anybody else."""
    return urlsplit(url).hostname in _LOOPBACK_HOSTS


class HttpEndpoint:
    """An `Endpoint` over HTTPS, or HTTP where the URL says so. Counts the time that it waits for answers."""

    def __init__(
        self,
        url: str,
        *,
        path: str = "/",
        connect_timeout_seconds: float = CONNECT_TIMEOUT_SECONDS,
        read_timeout_seconds: float = READ_TIMEOUT_SECONDS,
        clock: Callable[[], float] = time,
    ) -> None:
        """Take the URL; nothing is connected yet. Raises ValueError for one that is not an endpoint's.

        `path` is where requests go, `/` for all services whose calls are signed here.
        `clock` is in seconds and goes on while a worker is frozen, which monotonic clocks need not.
        """
        parts = urlsplit(url)
        if parts.scheme not in ("http", "https") or not parts.hostname or parts.path.strip("/"):
            raise ValueError("an endpoint's URL has a scheme, a host and a port at most")
        self.host = parts.netloc
        self.waited_nanoseconds = 0
        self._path = path
        self._secure = parts.scheme == "https"
        self._connect_timeout = connect_timeout_seconds
        self._read_timeout = read_timeout_seconds
        self._context: ssl.SSLContext | None = None
        self._clock = clock
        self._idle: list[tuple[http.client.HTTPConnection, float]] = []  # each with when it was used last

    def post(self, call: str, headers: Mapping[str, str], body: bytes) -> tuple[int, bytes]:
        """See `Endpoint.post`."""
        connection = self._connection(call)
        try:
            connection.request("POST", self._path, body, dict(headers))
            self._wait(connection)
            response = connection.getresponse()
            content = response.read(MAXIMUM_ANSWER_BYTES)
            usable = response.isclosed() and not response.will_close
        except (OSError, http.client.HTTPException) as error:
            connection.close()
            raise NoAnswer(call, type(error).__name__) from None
        if usable and len(self._idle) < MAXIMUM_IDLE_CONNECTIONS:
            self._idle.append((connection, self._clock()))
        else:
            connection.close()
        return response.status, content

    def close(self) -> None:
        """Close the connections that are kept."""
        while self._idle:
            self._idle.pop()[0].close()

    def _connection(self, call: str) -> http.client.HTTPConnection:
        while self._idle:
            connection, used_at = self._idle.pop()
            fresh = 0 <= self._clock() - used_at < MAXIMUM_IDLE_SECONDS
            if fresh and not _readable(connection, 0):  # before anything is sent, only an end or an error can be read
                return connection
            connection.close()
        if self._secure:
            self._context = self._context or ssl.create_default_context()
            connection = http.client.HTTPSConnection(self.host, timeout=self._connect_timeout, context=self._context)
        else:
            connection = http.client.HTTPConnection(self.host, timeout=self._connect_timeout)
        try:
            connection.connect()
        except OSError as error:
            connection.close()
            raise NotSent(call, type(error).__name__) from None
        connection.sock.settimeout(self._read_timeout)
        return connection

    def _wait(self, connection: http.client.HTTPConnection) -> None:
        started = perf_counter_ns()
        arrived = _readable(connection, self._read_timeout)
        self.waited_nanoseconds += perf_counter_ns() - started
        if not arrived:
            raise TimeoutError


def _readable(connection: http.client.HTTPConnection, seconds: float) -> bool:
    poll = select.poll()
    poll.register(connection.sock, select.POLLIN)
    return bool(poll.poll(seconds * 1000))
