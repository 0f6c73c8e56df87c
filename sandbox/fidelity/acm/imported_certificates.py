"""Gap: ACM imports whatever it is given, and makes up its domain name, its validity and its key's algorithm.

AWS (ACM user guide, "Prerequisites for importing certificates", "Reimport a certificate"; API reference,
ImportCertificate): the certificate is X.509 in PEM, valid at the time of the import, with an RSA or ECDSA key of a
supported size that is the given private key, not encrypted; the chain is in order. `DescribeCertificate` tells what
the certificate says. Only an imported certificate can be imported again under its ARN.

The wraps refuse what ACM refuses, with `ValidationException`, and tell what the certificate says. The private key is in
no answer and not in the saved state (`key_store`).
"""

import json
from collections.abc import Callable
from typing import Any

from sandbox.fidelity.acm.key_store import KeyStore, open_key_store
from sandbox.fidelity.acm.reading import (
    certificates_in,
    iso,
    key_algorithm,
    names_of,
    private_key_in,
    require_importable,
    serial_number,
)
from sandbox.fidelity.emulator import emulator_module
from sandbox.fidelity.settings import FidelitySettings
from sandbox.fidelity.wrapping import wrap

ACM = emulator_module("services.acm")
TOLD = "gatehouse_told"
"""Where a certificate's record keeps what DescribeCertificate tells beyond the emulator's own members."""


def apply(settings: FidelitySettings) -> None:
    """Installs the wraps; raises `EmulatorChangedError` when the emulator does not have what they wrap."""
    keys = open_key_store(settings.state_directory)
    wrap(ACM, "_import_certificate", ("data",), lambda original: _importing(original, keys), by=__name__)
    wrap(ACM, "_delete_certificate", ("data",), lambda original: _forgetting(original, keys), by=__name__)
    wrap(ACM, "_cert_shape", ("cert",), _telling, by=__name__)


def refused(reason: str) -> Any:
    """ACM's answer to input that it does not take."""
    return ACM.error_response_json("ValidationException", f"The certificate cannot be used: {reason}.", 400)


def _importing(original: Callable[..., Any], keys: KeyStore) -> Callable[..., Any]:
    def import_certificate(data: dict[str, Any]) -> Any:
        if not data.get("PrivateKey"):
            return original(data)
        replaced = ACM._get_local_certificate(data["CertificateArn"]) if data.get("CertificateArn") else None
        if replaced is not None and replaced["Type"] != "IMPORTED":
            return refused("only an imported certificate can be imported again")
        key_pem = ACM._decode_pem_field(data["PrivateKey"])
        try:
            certificates = certificates_in(ACM._decode_pem_field(data.get("Certificate")))
            chain = certificates_in(ACM._decode_pem_field(data.get("CertificateChain")))
            if len(certificates) != 1:
                raise ValueError(f"there are {len(certificates)} certificates where one belongs")
            require_importable(certificates[0], private_key_in(key_pem), chain)
            told, names = told_of(certificates[0]), names_of(certificates[0])
        except ValueError as error:
            return refused(str(error))
        answer = original(data)
        record = ACM._get_local_certificate(_arn_in(answer))
        if record is None:
            return answer
        keys.put(record["CertificateArn"], key_pem)
        record |= {
            "DomainName": names[0] if names else "",
            "SubjectAlternativeNames": names,
            "NotBefore": iso(certificates[0].not_valid_before_utc),
            "NotAfter": iso(certificates[0].not_valid_after_utc),
            TOLD: {**told, "RenewalEligibility": "INELIGIBLE"},
        }
        return answer

    return import_certificate


def told_of(certificate: Any) -> dict[str, Any]:
    """The members of DescribeCertificate that a certificate itself answers. Raises `ValueError`."""
    return {
        "KeyAlgorithm": key_algorithm(certificate),
        "Serial": serial_number(certificate),
        "Subject": certificate.subject.rfc4514_string(),
        "Issuer": certificate.issuer.rfc4514_string(),
    }


def _arn_in(answer: Any) -> str:

    return str(json.loads(answer[2]).get("CertificateArn", ""))


def _forgetting(original: Callable[..., Any], keys: KeyStore) -> Callable[..., Any]:
    def delete_certificate(data: dict[str, Any]) -> Any:
        answer = original(data)
        if answer[0] == 200:
            keys.remove(str(data.get("CertificateArn", "")))
        return answer

    return delete_certificate


def _telling(original: Callable[..., Any]) -> Callable[..., Any]:
    def cert_shape(cert: dict[str, Any]) -> dict[str, Any]:
        shape: dict[str, Any] = {**original(cert), **cert.get(TOLD, {})}
        if cert.get("Type") == "IMPORTED":
            shape["ImportedAt"] = shape.pop("CreatedAt")
            shape.pop("IssuedAt", None)
            shape.pop("DomainValidationOptions", None)
        if cert["Status"] == "PENDING_VALIDATION":
            for name in ("IssuedAt", "NotBefore", "NotAfter"):
                shape.pop(name, None)
        return shape

    return cert_shape
