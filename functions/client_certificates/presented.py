"""The certificate that a request came with: `requestContext.identity.clientCert` of API Gateway's event.

Everything is read from `clientCertPem`. The strings beside it (`subjectDN`, `serialNumber`, `validity`) say the same in
another form, and two sources of one truth are one too many; headers are never looked at. Only API Gateway writes the
request context: https://docs.aws.amazon.com/apigateway/latest/developerguide/rest-api-mutual-tls.html.

A worker sees the same few certificates again and again, so what was read is remembered by the text that it was read
from. Nothing that can change is remembered: what the registry says is asked each time.
"""

from __future__ import annotations

from client_certificates.certificate import Certificate
from client_certificates.errors import CertificateMalformed, CertificateMissing
from client_certificates.pem import certificate_der

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

MAXIMUM_REMEMBERED = 256


class CertificateReader:
    """Reads certificates from request contexts. Build it once."""

    def __init__(self, *, maximum_remembered: int = MAXIMUM_REMEMBERED) -> None:
        """Take how many certificates to remember."""
        self._maximum_remembered = maximum_remembered
        self._remembered: dict[str, Certificate] = {}

    def read(self, request_context: Any) -> Certificate:
        """Return the certificate of the connection.

        Raises:
            CertificateMissing: there was none.
            CertificateMalformed: what is there is not one certificate.
        """
        text = pem_in(request_context)
        known = self._remembered.get(text)
        if known is not None:
            return known
        certificate = certificate_in(text)
        if len(self._remembered) >= self._maximum_remembered:
            del self._remembered[next(iter(self._remembered))]
        self._remembered[text] = certificate
        return certificate


def pem_in(request_context: Any) -> str:
    """Return the PEM text in a request context; raises `CertificateMissing`, `CertificateMalformed`."""
    try:
        described: Any = request_context["identity"]["clientCert"]
    except (KeyError, TypeError):
        described = None
    if described is None:
        raise CertificateMissing("the connection had no client certificate")
    try:
        text: Any = described["clientCertPem"]
    except (KeyError, TypeError):
        text = None
    if type(text) is not str or not text:
        raise CertificateMalformed("clientCert has no clientCertPem")
    return text


def certificate_in(text: str) -> Certificate:
    """Return the one certificate in a PEM text; raises `CertificateMalformed`."""
    try:
        certificate = Certificate(certificate_der(text))
        # Read here, so that a name that is none is refused at once and not when somebody prints it.
        _ = certificate.subject, certificate.issuer
    except ValueError as error:  # UnicodeDecodeError is one
        raise CertificateMalformed(f"not a certificate: {type(error).__name__}") from None
    return certificate
