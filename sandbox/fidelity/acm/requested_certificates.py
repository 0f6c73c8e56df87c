"""Gap: a certificate that is requested is issued at once, without validation and without a certificate.

AWS (ACM user guide, "DNS validation"; API reference, RequestCertificate and DescribeCertificate): the certificate is
PENDING_VALIDATION until the CNAME record that `DomainValidationOptions` names is found in DNS for each of its names;
then it is ISSUED and valid for 395 days. A wildcard and its base domain have the same record.

The wraps look for the records in the account's own hosted zones, each time that the certificate is asked for, and have
the sandbox's authority issue it (`authority`). Not covered: validation by e-mail, failure after 72 hours, renewal.
"""

import datetime as dt
import hashlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

from sandbox.fidelity.acm.authority import issue
from sandbox.fidelity.acm.imported_certificates import ACM, TOLD, told_of
from sandbox.fidelity.acm.key_store import KeyStore, open_key_store
from sandbox.fidelity.acm.reading import certificates_in, iso
from sandbox.fidelity.emulator import emulator_module
from sandbox.fidelity.settings import FidelitySettings
from sandbox.fidelity.wrapping import wrap

ROUTE53 = emulator_module("services.route53")
PENDING = "PENDING_VALIDATION"
VALIDATION_DOMAIN = "acm-validations.aws."


def apply(settings: FidelitySettings) -> None:
    """Installs the wraps; raises `EmulatorChangedError` when the emulator does not have what they wrap."""
    keys, directory = open_key_store(settings.state_directory), settings.state_directory
    wrap(ACM, "_request_certificate", ("data",), _requesting, by=__name__)
    wrap(ACM, "_validation_options", ("domain", "method"), _naming_record, by=__name__)
    wrap(ACM, "_describe_certificate", ("data",), lambda original: _settling(original, keys, directory), by=__name__)


def _requesting(original: Callable[..., Any]) -> Callable[..., Any]:
    def request_certificate(data: dict[str, Any]) -> Any:
        before = set(ACM._certificates.keys())
        answer = original(data)
        for arn in set(ACM._certificates.keys()) - before:
            record = ACM._certificates[arn]
            record |= {"Status": PENDING, "Options": data.get("Options", {})}
            record[TOLD] = {
                "KeyAlgorithm": str(data.get("KeyAlgorithm", "RSA_2048")).replace("_", "-"),
                "RenewalEligibility": "INELIGIBLE",
            }
        return answer

    return request_certificate


def _naming_record(original: Callable[..., Any]) -> Callable[..., Any]:
    def validation_options(domain: str, method: str) -> dict[str, Any]:
        base = domain.removeprefix("*.")
        digest = hashlib.sha256(base.encode()).hexdigest()
        record = {
            "Name": f"_{digest[:32]}.{base}.",
            "Type": "CNAME",
            "Value": f"_{digest[32:]}.{digest[:10]}.{VALIDATION_DOMAIN}",
        }
        return {**original(domain, method), "ValidationStatus": PENDING, "ResourceRecord": record}

    return validation_options


def _settling(original: Callable[..., Any], keys: KeyStore, directory: Path) -> Callable[..., Any]:
    def describe_certificate(data: dict[str, Any]) -> Any:
        record = ACM._get_local_certificate(data.get("CertificateArn", ""))
        if record is not None and record["Status"] == PENDING:
            _settle(record, keys, directory)
        return original(data)

    return describe_certificate


def _settle(record: dict[str, Any], keys: KeyStore, directory: Path) -> None:
    """Issues the certificate when each of its names is validated."""
    found = _cname_records()
    for option in record["DomainValidationOptions"]:
        wanted = option["ResourceRecord"]
        if found.get(wanted["Name"].lower()) == wanted["Value"].lower():
            option["ValidationStatus"] = "SUCCESS"
    if any(option["ValidationStatus"] != "SUCCESS" for option in record["DomainValidationOptions"]):
        return
    now = dt.datetime.now(dt.UTC)
    algorithm = str(record[TOLD]["KeyAlgorithm"]).replace("-", "_")
    issued = issue(directory, list(record["SubjectAlternativeNames"]), algorithm=algorithm, now=now)
    certificate = certificates_in(issued.certificate)[0]
    keys.put(record["CertificateArn"], issued.key)
    record |= {
        "Status": "ISSUED",
        "IssuedAt": iso(now),
        "NotBefore": iso(certificate.not_valid_before_utc),
        "NotAfter": iso(certificate.not_valid_after_utc),
        "_pem_body": issued.certificate,
        "_pem_chain": issued.chain,
        TOLD: {**record[TOLD], **told_of(certificate)},
    }


def _cname_records() -> dict[str, str]:
    """The account's CNAME records: name -> value, both in lower case and with a last dot."""
    return {
        record["Name"].lower(): f"{record['ResourceRecords'][0].lower().removesuffix('.')}."
        for records in ROUTE53._records.values()
        for record in records
        if record["Type"] == "CNAME" and record.get("ResourceRecords")
    }
