"""ACM certificates, imported or requested with DNS validation, and the wait for the validation
(`aws:acm/certificate:Certificate`, `aws:acm/certificateValidation:CertificateValidation`).

The private key of an imported certificate is always a secret: encrypted in the engine's state, as the official provider
keeps it, and never in the ledger, in a message or in anything that AWS answers. Deliberately no private CA and no
validation by e-mail.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from typing import Any, Final

from sandbox.provider.errors import ProviderError
from sandbox.provider.resource_type import ApiShape, CloudFormationShape, Imported, Operation, Problem, ResourceType
from sandbox.provider.resources.apigateway_names import timestamp
from sandbox.provider.resources.tagging import as_list, as_map, tag_changes
from sandbox.provider.values import UNKNOWN, Properties, object_of

IMPORTED_INPUTS: Final = frozenset({"certificateBody", "certificateChain", "privateKey"})
REQUESTED_INPUTS: Final = frozenset(
    {"domainName", "keyAlgorithm", "options", "subjectAlternativeNames", "validationMethod"}
)
LONGEST_KEY: Final = 5120
LONGEST_CERTIFICATE: Final = 32_768
LONGEST_CHAIN: Final = 2_097_152
"""Bytes (ACM API reference, ImportCertificate)."""
VALIDATION_PATIENCE_SECONDS: Final = 75.0
"""The official provider waits 75 minutes for DNS to spread; the emulator looks at its own zones, at once."""
POLL_SECONDS: Final = 0.5


def _create(operation: Operation) -> str:
    client, inputs = operation.client("acm"), operation.inputs
    tags = {"Tags": as_list(operation.tags)} if operation.tags else {}
    if "privateKey" in inputs:
        arn = str(client.import_certificate(**_imported(inputs), **tags)["CertificateArn"])
    else:
        members = {
            "DomainName": inputs["domainName"],
            "KeyAlgorithm": inputs.get("keyAlgorithm"),
            "Options": _options_request(inputs),
            "SubjectAlternativeNames": inputs.get("subjectAlternativeNames"),
            "ValidationMethod": inputs.get("validationMethod"),
        }
        request = {name: value for name, value in members.items() if value}
        arn = str(client.request_certificate(**request, **tags)["CertificateArn"])
    operation.created(arn)
    return arn


def _imported(inputs: Mapping[str, Any]) -> dict[str, Any]:
    request = {"Certificate": str(inputs["certificateBody"]).encode(), "PrivateKey": str(inputs["privateKey"]).encode()}
    if inputs.get("certificateChain"):
        request["CertificateChain"] = str(inputs["certificateChain"]).encode()
    return request


def _options_request(inputs: Mapping[str, Any]) -> dict[str, Any]:
    options = object_of(inputs.get("options"))
    members = {
        "CertificateTransparencyLoggingPreference": options.get("certificateTransparencyLoggingPreference"),
        "Export": options.get("export"),
    }
    return {name: value for name, value in members.items() if value}


def _read(operation: Operation) -> Properties | None:
    client = operation.client("acm")
    live = client.describe_certificate(CertificateArn=operation.id)["Certificate"]
    validations = live.get("DomainValidationOptions", [])
    options = live.get("Options", {})
    names = {
        "certificateTransparencyLoggingPreference": options.get("CertificateTransparencyLoggingPreference"),
        "export": options.get("Export"),
    }
    requested = live["Type"] == "AMAZON_ISSUED"
    return {
        "arn": live["CertificateArn"],
        "certificateAuthorityArn": "",
        "domainName": live["DomainName"],
        "domainValidationOptions": [_validation(each) for each in validations if "ResourceRecord" in each],
        "keyAlgorithm": str(live.get("KeyAlgorithm", "")).replace("-", "_"),
        "notAfter": timestamp(live["NotAfter"]) if "NotAfter" in live else "",
        "notBefore": timestamp(live["NotBefore"]) if "NotBefore" in live else "",
        "options": {name: value for name, value in names.items() if value},
        "pendingRenewal": False,
        "renewalEligibility": live.get("RenewalEligibility", ""),
        "renewalSummaries": [],
        "status": live["Status"],
        "subjectAlternativeNames": live.get("SubjectAlternativeNames", []),
        "tagsAll": as_map(client.list_tags_for_certificate(CertificateArn=operation.id).get("Tags", [])),
        "type": live["Type"],
        "validationEmails": [],
        "validationMethod": validations[0].get("ValidationMethod", "NONE") if requested and validations else "NONE",
    }


def _validation(option: Mapping[str, Any]) -> Properties:
    record = option["ResourceRecord"]
    return {
        "domainName": option["DomainName"],
        "resourceRecordName": record["Name"],
        "resourceRecordType": record["Type"],
        "resourceRecordValue": record["Value"],
    }


def _update(operation: Operation) -> None:
    client, inputs = operation.client("acm"), operation.inputs
    if operation.changed & IMPORTED_INPUTS and "privateKey" in inputs:
        client.import_certificate(CertificateArn=operation.id, **_imported(inputs))
    if "options" in operation.changed and "privateKey" not in inputs:
        client.update_certificate_options(CertificateArn=operation.id, Options=_options_request(inputs))
    changes = tag_changes(operation)
    if changes.removed:
        tags = [{"Key": key} for key in changes.removed]
        client.remove_tags_from_certificate(CertificateArn=operation.id, Tags=tags)
    if changes.added:
        client.add_tags_to_certificate(CertificateArn=operation.id, Tags=as_list(changes.added))


def _check(inputs: Properties) -> Iterator[Problem]:
    imported, requested = "privateKey" in inputs, "domainName" in inputs
    if imported == requested:
        yield Problem(path=("domainName",), message="give exactly one of domainName (request) and privateKey (import)")
    if imported:
        if "certificateBody" not in inputs:
            yield Problem(path=("certificateBody",), message="is required beside privateKey")
        for name in sorted(REQUESTED_INPUTS & inputs.keys() - {"domainName"}):
            yield Problem(path=(name,), message="belongs to a requested certificate, this one is imported")
    elif requested:
        if "validationMethod" not in inputs:
            yield Problem(path=("validationMethod",), message="is required beside domainName; give DNS")
        for name in sorted(IMPORTED_INPUTS & inputs.keys()):
            yield Problem(path=(name,), message="belongs to an imported certificate, this one is requested")
    if inputs.get("validationMethod") not in (None, UNKNOWN, "DNS"):
        message = f"{inputs['validationMethod']!r} is not DNS; there is no e-mail in the sandbox"
        yield Problem(path=("validationMethod",), message=message)
    longest = {"certificateBody": LONGEST_CERTIFICATE, "certificateChain": LONGEST_CHAIN, "privateKey": LONGEST_KEY}
    for name, limit in longest.items():
        text = inputs.get(name)
        if not isinstance(text, str):
            continue
        if len(text) > limit:
            yield Problem(path=(name,), message=f"{len(text)} bytes are more than the maximum of {limit}")
        elif "-----BEGIN " not in text:
            yield Problem(path=(name,), message="is not PEM")


def _validate(operation: Operation) -> str:
    """Waits until ACM has issued the certificate. Raises `ProviderError` when it refuses, or does not in time."""
    client, arn = operation.client("acm"), str(operation.inputs["certificateArn"])
    live = client.describe_certificate(CertificateArn=arn)["Certificate"]
    if live["Type"] != "AMAZON_ISSUED":
        raise ProviderError(f"certificate {arn} has type {live['Type']}, no validation necessary")
    _require_records(operation.inputs.get("validationRecordFqdns"), live)
    give_up = time.monotonic() + VALIDATION_PATIENCE_SECONDS
    while live["Status"] == "PENDING_VALIDATION":
        if time.monotonic() > give_up:
            raise ProviderError(
                f"certificate {arn} is not validated: the CNAME records that its domainValidationOptions name "
                "are in no hosted zone of this account; make them with aws.route53.Record"
            )
        time.sleep(POLL_SECONDS)
        live = client.describe_certificate(CertificateArn=arn)["Certificate"]
    if live["Status"] != "ISSUED":
        raise ProviderError(f"certificate {arn} is {live['Status']}: {live.get('FailureReason', 'ACM says no reason')}")
    return arn


def _require_records(given: Any, live: Mapping[str, Any]) -> None:
    if given is None:
        return
    names = {str(name).removesuffix(".").lower() for name in given}
    options = [each["ResourceRecord"]["Name"] for each in live.get("DomainValidationOptions", [])]
    missing = {str(name).removesuffix(".").lower() for name in options} - names
    if missing:
        raise ProviderError(f"validationRecordFqdns: lacks {', '.join(sorted(missing))}")


def _read_validation(operation: Operation) -> Properties | None:
    live = operation.client("acm").describe_certificate(CertificateArn=operation.inputs["certificateArn"])
    if live["Certificate"]["Status"] != "ISSUED":
        return None
    return {
        "certificateArn": operation.inputs["certificateArn"],
        "validationRecordFqdns": operation.inputs.get("validationRecordFqdns"),
    }


def _keep(operation: Operation) -> None:
    """There is nothing to take back: a validated certificate stays so."""
    del operation


def _judged(properties: dict[str, Any]) -> dict[str, Any]:
    judged = dict(properties)
    options = object_of(judged.pop("Options", None))
    preference, export = options.get("CertificateTransparencyLoggingPreference"), options.get("Export")
    judged |= {"CertificateTransparencyLoggingPreference": preference} if preference else {}
    judged |= {"CertificateExport": export} if export else {}
    return judged


_READ_FROM_CERTIFICATE: Final = frozenset(
    {"domainName", "keyAlgorithm", "notAfter", "notBefore", "status", "subjectAlternativeNames"}
)
_NO_PRIVATE_CA: Final = "the emulator has no AWS Private CA"

RESOURCE_TYPES: Final = (
    ResourceType(
        token="aws:acm/certificate:Certificate",  # noqa: S106 - a type token
        create=_create,
        read=_read,
        update=_update,
        delete=lambda operation: operation.client("acm").delete_certificate(CertificateArn=operation.id),
        check=_check,
        replaces=frozenset({"domainName", "keyAlgorithm", "subjectAlternativeNames", "validationMethod"}),
        computed=frozenset({"domainName", "keyAlgorithm", "options", "subjectAlternativeNames", "validationMethod"}),
        unordered=frozenset({"subjectAlternativeNames"}),
        secret_properties=frozenset({"privateKey", "privateKeyWo"}),
        write_only=IMPORTED_INPUTS,
        recomputed=dict.fromkeys(_READ_FROM_CERTIFICATE, IMPORTED_INPUTS),
        unsupported={
            "certificateAuthorityArn": _NO_PRIVATE_CA,
            "earlyRenewalDuration": _NO_PRIVATE_CA,
            "privateKeyWo": "a refresh could not tell whether the key is there; give privateKey as a secret",
            "privateKeyWoVersion": "it belongs to privateKeyWo",
            "validationOptions": "it is about validation by e-mail; there is none in the sandbox",
        },
        cloudformation=CloudFormationShape(
            type_name="AWS::CertificateManager::Certificate", only=REQUESTED_INPUTS, adjust=_judged
        ),
        api=ApiShape(
            service="acm",
            operation="RequestCertificate",
            members={"domainName": "DomainName", "keyAlgorithm": "KeyAlgorithm"},
        ),
    ),
    ResourceType(
        token="aws:acm/certificateValidation:CertificateValidation",  # noqa: S106 - a type token
        create=_validate,
        read=_read_validation,
        delete=_keep,
        replaces=frozenset({"certificateArn", "validationRecordFqdns"}),
        unordered=frozenset({"validationRecordFqdns"}),
        locators=frozenset({"certificateArn"}),
        import_id=lambda text: Imported(id=text, inputs={"certificateArn": text}),
        api=ApiShape(service="acm", operation="DescribeCertificate", members={"certificateArn": "CertificateArn"}),
    ),
)
