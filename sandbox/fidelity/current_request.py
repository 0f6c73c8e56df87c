"""The HTTP request that is being served, for wraps that sit too deep in the emulator to be handed it.

Filled by `sandbox.server.edge` before the emulator sees the request; follows `asyncio.to_thread` into worker threads.
Deliberately read from the connection and never from headers that a caller can set (`X-Forwarded-For` is not the peer).
"""

from collections.abc import Mapping
from contextvars import ContextVar
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, Final

READS_ONLY: Final = "reads only"
"""In a request's notes: it changed nothing that would have to be saved."""


class ConnectionCutError(Exception):
    """The connection of the request being served is to break off within its answer (`sandbox.fidelity.faults`)."""


@dataclass(frozen=True, kw_only=True)
class TlsConnection:
    """The TLS connection that a request came by. `domains` are the names that it may ask for, in lower case.

    `client_certificate` is the caller's in DER, which the handshake has verified; `None` where none was demanded.
    """

    domains: frozenset[str]
    client_certificate: bytes | None = None


def _no_notes() -> dict[str, Any]:
    return {}


@dataclass(frozen=True, kw_only=True)
class CurrentRequest:
    """One request. `peer` is the TCP peer's address, `started_at` seconds since the epoch, `started` a
    `perf_counter()`.

    `headers` has lower-case names, repeated ones joined by `, `; `header_fields` has each field as sent, in order.
    `raw_path` is still percent-encoded, `path` is not.
    `tls` is `None` on the emulator's plain port.
    `notes` is the one thing that may be changed: fidelity modules leave there what later ones of the same request need
    (each under its own module name).
    """

    request_id: str
    method: str
    host: str
    path: str
    raw_path: str
    query_string: str
    protocol: str
    peer: str
    started_at: float
    started: float
    headers: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    header_fields: tuple[tuple[str, str], ...] = ()
    tls: TlsConnection | None = None
    notes: dict[str, Any] = field(default_factory=_no_notes)


_current: ContextVar[CurrentRequest | None] = ContextVar("gatehouse_current_request", default=None)


def current_request() -> CurrentRequest | None:
    """The request being served in this task or thread; `None` in background work such as schedules and rotations."""
    return _current.get()


def set_current_request(request: CurrentRequest | None) -> None:
    """For the edge (and for tests of single modules): makes `request` the current one of this task."""
    _current.set(request)
