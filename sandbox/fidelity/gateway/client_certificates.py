"""A caller's certificate as functions, logs and templates see it: `requestContext.identity.clientCert`. Pure.

Source: Amazon API Gateway developer guide, "Input format of a Lambda function for proxy integration" and "Variables for
data transformations" (`$context.identity.clientCert.*`): `serialNumber` is `a1:a1:...`, `validity.notBefore` is
`May 28 12:30:02 2019 GMT`, `notAfter` is `Aug  5 09:36:04 2021 GMT`: OpenSSL's form, the day padded with a space.
"""

import datetime as dt
from functools import lru_cache
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from sandbox.fidelity.acm.reading import serial_number
from sandbox.fidelity.current_request import CurrentRequest

MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
REMEMBERED = 256


@lru_cache(maxsize=REMEMBERED)
def _described(der: bytes) -> tuple[str, str, str, str, str, str]:
    certificate = x509.load_der_x509_certificate(der)
    return (
        certificate.public_bytes(Encoding.PEM).decode("ascii"),
        certificate.subject.rfc4514_string(),
        certificate.issuer.rfc4514_string(),
        serial_number(certificate),
        openssl_time(certificate.not_valid_before_utc),
        openssl_time(certificate.not_valid_after_utc),
    )


def client_certificate(der: bytes) -> dict[str, Any]:
    """The `clientCert` member of an event for a certificate in DER. Raises `ValueError` when it is none."""
    pem, subject, issuer, serial, not_before, not_after = _described(der)
    return {
        "clientCertPem": pem,
        "subjectDN": subject,
        "issuerDN": issuer,
        "serialNumber": serial,
        "validity": {"notBefore": not_before, "notAfter": not_after},
    }


def client_certificate_of(request: CurrentRequest) -> dict[str, Any] | None:
    """The `clientCert` of a request: from its connection's handshake, and from nowhere else."""
    tls = request.tls
    return None if tls is None or tls.client_certificate is None else client_certificate(tls.client_certificate)


def openssl_time(moment: dt.datetime) -> str:
    """A moment in OpenSSL's form, whatever the locale: `Aug  5 09:36:04 2021 GMT`."""
    utc = moment.astimezone(dt.UTC)
    return f"{MONTHS[utc.month - 1]} {utc.day:2d} {utc:%H:%M:%S} {utc.year} GMT"
