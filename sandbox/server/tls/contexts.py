"""What a handshake goes by: the server's certificate, and the truststore that a client's certificate must come from.

A context is made anew for each change and never mended: the handshakes that follow use the new one, and a session of
an old one cannot be resumed (tickets are off, and each context has its own cache).
"""

import datetime as dt
import ssl
import tempfile
from dataclasses import dataclass
from pathlib import Path

from cryptography import x509

from sandbox.fidelity.acm.reading import certificates_in
from sandbox.fidelity.gateway.served_domain import ServedDomain
from sandbox.fidelity.gateway.truststores import accepts

# API Gateway negotiates HTTP/2 and HTTP/1.1; the sandbox serves the latter.
PROTOCOLS = ("http/1.1",)


class UnservableError(Exception):
    """A domain cannot be served; the message says why, in one line."""


@dataclass(frozen=True, kw_only=True)
class Handshake:
    """A context, and for mutual TLS the certificates that a client's must come from."""

    context: ssl.SSLContext
    trusted: tuple[x509.Certificate, ...] | None = None

    def lets_in(self, certificate: bytes | None) -> bool:
        """Whether the caller may speak: with mutual TLS only with a certificate whose chain the truststore has.

        OpenSSL has verified the signature chain by then; this adds what API Gateway asks for beyond it (`accepts`).
        """
        if self.trusted is None:
            return True
        if certificate is None:
            return False
        try:
            parsed = x509.load_der_x509_certificate(certificate)
            return accepts(self.trusted, parsed, now=dt.datetime.now(dt.UTC))
        except ValueError:
            return False


def handshake(domain: ServedDomain, folder: Path) -> Handshake:
    """For one domain. `folder` is private to this process: Python reads keys from files only.

    Raises `UnservableError`.
    """
    if domain.key is None:
        raise UnservableError("the private key of its certificate is not there; import the certificate into ACM again")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.options |= ssl.OP_NO_TICKET | ssl.OP_NO_RENEGOTIATION | ssl.OP_NO_COMPRESSION
    context.num_tickets = 0
    context.set_alpn_protocols(list(PROTOCOLS))
    with tempfile.NamedTemporaryFile("w", dir=folder, suffix=".pem", encoding="ascii") as file:
        file.write(f"{domain.key}\n{domain.certificate}")
        file.flush()
        try:
            context.load_cert_chain(file.name)
        except ssl.SSLError as error:
            raise UnservableError(f"its certificate cannot be used: {error.reason or error}") from error
    if domain.truststore is None:
        return Handshake(context=context)
    context.verify_mode = ssl.CERT_REQUIRED
    trusted = tuple(certificates_in(domain.truststore))
    if not trusted:
        # Nobody is let in; an empty store must not mean that anybody is.
        return Handshake(context=context, trusted=())
    context.load_verify_locations(cadata=domain.truststore)
    return Handshake(context=context, trusted=trusted)
