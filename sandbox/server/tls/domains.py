"""Keeps TLS listeners in step with API Gateway's custom domains. Ports are remembered, as all ports of the sandbox are.

A domain with mutual TLS has a port of its own, because which certificate to demand is settled before the name that the
caller asks for can be trusted. All others share one, where the name in the handshake (SNI) chooses the certificate.
"""

import asyncio
import logging
import ssl
import tempfile
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

import hypercorn.config

from sandbox.errors import SandboxError
from sandbox.fidelity.acm.authority import authority_path
from sandbox.fidelity.gateway.served_domain import ServedDomain
from sandbox.loopback_ports import bound_socket
from sandbox.server.edge import Application
from sandbox.server.ports import remember_ports, remembered_ports
from sandbox.server.tls.contexts import Handshake, UnservableError, handshake
from sandbox.server.tls.listener import TlsListener

logger = logging.getLogger("gatehouse.tls")

HTTPS = "https"
OWN_PORT = "https "
"""Beginning of the remembered name of a domain's own port; no part of the sandbox has a name with a space."""


class TlsDomains:
    """The listeners. Everything is called on the event loop."""

    def __init__(
        self,
        application: Application,
        config: hypercorn.config.Config,
        state_directory: Path,
        *,
        served: Callable[[], Iterable[ServedDomain]],
    ) -> None:
        self._application = application
        self._config = config
        self._state_directory = state_directory
        self._served = served
        self._domains: dict[str, ServedDomain] = {}
        self._handshakes: dict[str, Handshake] = {}
        self._problems: dict[str, str] = {}
        self._listeners: dict[str, TlsListener] = {}
        self._changing = asyncio.Lock()
        # Only this process's user may look into it, and it is empty but for the moment in which a key is read.
        self._folder = tempfile.TemporaryDirectory(prefix="gatehouse-tls-")

    async def reconcile(self) -> None:
        """Starts and ends listeners, and makes new handshakes where a domain changed. Raises nothing that a domain
        causes: what cannot be served is told by `document`.
        """
        async with self._changing:
            await self._follow({domain.domain: domain for domain in self._served()})

    async def _follow(self, wanted: dict[str, ServedDomain]) -> None:
        for name in self._domains.keys() - wanted.keys():
            self._handshakes.pop(name, None)
            self._problems.pop(name, None)
        for name, domain in wanted.items():
            if self._domains.get(name) != domain:
                self._renew(domain)
        self._domains = wanted
        ports = {self._port_name(domain) for domain in wanted.values()}
        for port_name in ports - self._listeners.keys():
            self._listen(port_name)
        for port_name in self._listeners.keys() - ports:
            await self._listeners.pop(port_name).stop()

    async def stop(self) -> None:
        """Ends every listener."""
        for listener in self._listeners.values():
            await listener.stop()
        self._listeners.clear()
        self._folder.cleanup()

    def document(self, query: Mapping[str, str]) -> dict[str, Any]:
        """`GET /_gatehouse/domains`: each domain with its port, whether it is served, and its truststore's warnings.

        `authority` is the path of the CA's certificate that stands for Amazon's; `None` before it issued anything.
        """
        del query
        authority = authority_path(self._state_directory)
        return {
            "domains": [self._described(domain) for _, domain in sorted(self._domains.items())],
            "authority": str(authority) if authority.exists() else None,
        }

    def _described(self, domain: ServedDomain) -> dict[str, Any]:
        listener = self._listeners.get(self._port_name(domain))
        described: dict[str, Any] = {
            "domain": domain.domain,
            "host": "127.0.0.1",
            "port": None if listener is None else listener.port,
            "mutualTls": domain.truststore is not None,
            "problem": self._problems.get(domain.domain),
        }
        if domain.truststore is not None:
            described["truststoreUri"] = domain.truststore_uri
            described["truststoreVersion"] = domain.truststore_version
            described["truststoreWarnings"] = list(domain.warnings)
        return described

    def _renew(self, domain: ServedDomain) -> None:
        try:
            self._handshakes[domain.domain] = handshake(domain, Path(self._folder.name))
            self._problems.pop(domain.domain, None)
        except UnservableError as error:
            self._handshakes.pop(domain.domain, None)
            self._problems[domain.domain] = str(error)
            logger.error("%s is not served: %s", domain.domain, error)

    @staticmethod
    def _port_name(domain: ServedDomain) -> str:
        return HTTPS if domain.truststore is None else f"{OWN_PORT}{domain.domain}"

    def _listen(self, port_name: str) -> None:
        ports = remembered_ports(self._state_directory)
        try:
            bound = bound_socket(ports.get(port_name, 0))
        except SandboxError as error:
            for domain in self._domains.values():
                if self._port_name(domain) == port_name:
                    self._problems[domain.domain] = str(error)
            logger.error("%s", error)
            return
        ports[port_name] = bound.getsockname()[1]
        remember_ports(self._state_directory, ports)
        names = self._shared_names if port_name == HTTPS else lambda: frozenset({port_name.removeprefix(OWN_PORT)})
        listener = TlsListener(
            bound,
            self._application,
            self._config,
            current=self._shared_handshake
            if port_name == HTTPS
            else lambda: self._handshakes.get(port_name.removeprefix(OWN_PORT)),
            domains=names,
        )
        self._listeners[port_name] = listener
        listener.start()

    def _shared_names(self) -> frozenset[str]:
        return frozenset(name for name, domain in self._domains.items() if domain.truststore is None)

    def _shared_handshake(self) -> Handshake | None:
        """A handshake that takes the certificate of the domain that the caller names; none is named: the first's."""
        served = [self._handshakes[name] for name in sorted(self._shared_names() & self._handshakes.keys())]
        if not served:
            return None
        served[0].context.sni_callback = self._choose
        return served[0]

    def _choose(self, connection: ssl.SSLObject, name: str | None, context: ssl.SSLContext) -> int | None:
        del context
        if name is None:
            return None
        domain = self._domains.get(name.lower())
        chosen = self._handshakes.get(name.lower())
        if domain is None or chosen is None or domain.truststore is not None:
            return ssl.ALERT_DESCRIPTION_UNRECOGNIZED_NAME
        connection.context = chosen.context
        return None
