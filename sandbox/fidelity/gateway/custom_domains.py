"""Gap: the emulator does not know UpdateDomainName, and takes a custom domain's certificate and truststore unseen.

A domain has no status, its truststore is never read, a certificate that does not exist will do, and one that is in use
can be deleted.

AWS (Amazon API Gateway API reference, CreateDomainName, UpdateDomainName, MutualTlsAuthentication; developer guide,
"How to turn on mutual TLS authentication for your REST APIs", "Disable mutual TLS for a custom domain name"): the
certificate is one of ACM in the same region, issued, for that name. With mutual TLS the security policy is TLS_1_2;
`ownershipVerificationCertificateArn` names a public certificate when the domain's own is imported. The truststore is
read when the domain is created or its truststore is updated, at its version if one is named, and kept; certificates in
it that do not count are `truststoreWarnings`. An empty `truststoreUri` turns mutual TLS off.

The wrap answers the calls so, for regional domains, and keeps what it read with the domain. Not covered: private
domains, edge-optimised ones beyond what the emulator stores, and the time that changes take: a domain is AVAILABLE at
once.
"""

import copy
import datetime as dt
import hashlib
import json
import re
from collections.abc import Awaitable, Callable, Iterator
from typing import Any

from sandbox.fidelity.acm.imported_certificates import ACM
from sandbox.fidelity.acm.key_store import KeyStore, open_key_store
from sandbox.fidelity.acm.reading import covers
from sandbox.fidelity.emulator import emulator_module
from sandbox.fidelity.gateway.documents import JsonObject, child
from sandbox.fidelity.gateway.emulator import GATEWAY, require
from sandbox.fidelity.gateway.response_updates import patch_operations
from sandbox.fidelity.gateway.served_domain import ServedDomain
from sandbox.fidelity.gateway.tracking import Handler
from sandbox.fidelity.gateway.truststores import TruststoreError, read_truststore
from sandbox.fidelity.settings import FidelitySettings
from sandbox.fidelity.wrapping import wrap

S3 = emulator_module("services.s3")
OWN = "_gatehouse"
"""Where a domain's record keeps what was read for it: `truststore` (PEM of what counts) and `warnings`."""
DOMAIN_PATH = re.compile(r"/?domainnames/(?P<domain>[^/]+)/?")
DOMAINS_PATH = re.compile(r"/?domainnames/?")
TRUSTSTORE_URI = re.compile(r"s3://(?P<bucket>[^/]+)/(?P<key>.+)")
UNPATCHED = frozenset({"domainName", "domainNameStatus", "regionalDomainName", "regionalHostedZoneId"})

DomainsListener = Callable[[], Awaitable[None]]
_listeners: list[DomainsListener] = []
_keys: list[KeyStore] = []


class RefusedError(Exception):
    """API Gateway refuses the call with `BadRequestException`; the message is what it says."""


def apply(settings: FidelitySettings) -> None:
    """Installs the wraps; raises `EmulatorChangedError` when the emulator does not have what they wrap or call."""
    _keys[:] = [open_key_store(settings.state_directory)]
    require(GATEWAY, "_apply_patch", "_v1_error", "_v1_response", "_domain_names", "_v1_paginated_response")
    require(S3, "_get_object_data")
    wrap(GATEWAY, "handle_request", ("method", "path", "headers", "body", "query_params"), _answering, by=__name__)
    wrap(ACM, "handle_request", ("method", "path", "headers", "body", "query_params"), _announcing, by=__name__)
    wrap(ACM, "_delete_certificate", ("data",), _keeping_used, by=__name__)


def on_domains_change(listener: DomainsListener) -> None:
    """For the sandbox process: `listener` is awaited after each change of a domain or a certificate, before the call
    is answered.
    """
    _listeners.append(listener)


def served_domains() -> Iterator[ServedDomain]:
    """Every regional domain of every account and region whose certificate is there."""
    for (account_id, region, name), record in list(GATEWAY._domain_names.all_items()):
        arn = record.get("regionalCertificateArn")
        certificate = ACM._certificates.get_scoped(account_id, region, arn) if arn else None
        if certificate is None:
            continue
        own, mutual = child(record, OWN), child(record, "mutualTlsAuthentication")
        yield ServedDomain(
            domain=str(name).lower(),
            certificate=f"{certificate['_pem_body']}\n{certificate.get('_pem_chain') or ''}",
            key=_keys[0].get(arn) if _keys else None,
            truststore=own.get("truststore", "") if mutual.get("truststoreUri") else None,
            truststore_uri=mutual.get("truststoreUri", ""),
            truststore_version=mutual.get("truststoreVersion", ""),
            warnings=tuple(own.get("warnings", ())),
        )


def has_mutual_tls(domain: str) -> bool:
    """Whether callers of this domain (lower case) must present a certificate."""
    scope = GATEWAY.find_domain_scope(domain)
    if scope is None:
        return False
    record: JsonObject = GATEWAY._domain_names.get_scoped(*scope) or {}
    return bool(child(record, "mutualTlsAuthentication").get("truststoreUri"))


async def _announce() -> None:
    for listener in _listeners:
        await listener()


def _answering(original: Handler) -> Handler:
    async def handle_request(method: str, path: str, headers: Any, body: Any, query_params: Any) -> Any:
        one = DOMAIN_PATH.fullmatch(path)
        if one is None and DOMAINS_PATH.fullmatch(path) is None:
            return await original(method, path, headers, body, query_params)
        if one is None and method == "GET":
            return GATEWAY._v1_paginated_response(
                [_public(each) for each in GATEWAY._domain_names.values()], query_params
            )
        if one is not None and method in ("GET", "PATCH") and one["domain"] not in GATEWAY._domain_names:
            return GATEWAY._v1_error("NotFoundException", "Invalid domain name identifier specified", 404)
        if one is not None and method == "GET":
            return GATEWAY._v1_response(_public(GATEWAY._domain_names[one["domain"]]))
        try:
            if one is not None and method == "PATCH":
                answer = _update(GATEWAY._domain_names[one["domain"]], patch_operations(body))
            elif one is None and method == "POST":
                answer = await _create(original, path, headers, body, query_params)
            else:
                answer = await original(method, path, headers, body, query_params)
        except RefusedError as refused:
            return GATEWAY._v1_error("BadRequestException", str(refused), 400)
        await _announce()
        return answer

    return handle_request


async def _create(original: Handler, path: str, headers: Any, body: Any, query_params: Any) -> Any:
    try:
        wanted: JsonObject = json.loads(body or b"{}")
    except ValueError as error:
        raise RefusedError("Invalid request body") from error
    name = str(wanted.get("domainName", ""))
    if name in GATEWAY._domain_names:
        return GATEWAY._v1_error("ConflictException", "The domain name you provided already exists.", 409)
    types = child(wanted, "endpointConfiguration").get("types") or ["EDGE"]
    if types != ["REGIONAL"]:
        if wanted.get("mutualTlsAuthentication"):
            raise RefusedError("Mutual TLS is only supported for regional domain names.")
        return await original("POST", path, headers, body, query_params)
    record = {
        "domainName": name,
        "regionalCertificateArn": wanted.get("regionalCertificateArn", ""),
        "ownershipVerificationCertificateArn": wanted.get("ownershipVerificationCertificateArn", ""),
        "securityPolicy": wanted.get("securityPolicy") or "TLS_1_2",
        "mutualTlsAuthentication": wanted.get("mutualTlsAuthentication") or {},
        "endpointConfiguration": {
            "types": types,
            "ipAddressType": child(wanted, "endpointConfiguration").get("ipAddressType") or "ipv4",
        },
    }
    _require_acceptable(record, truststore_changed=True)
    answer = await original("POST", path, headers, body, query_params)
    if answer[0] == 201:
        stored = GATEWAY._domain_names[name]
        stored |= record
        stored["regionalDomainName"] = _regional_name(name, stored["regionalDomainName"])
        stored["domainNameStatus"] = "AVAILABLE"
        return GATEWAY._v1_response(_public(stored), 201)
    return answer


def _update(stored: JsonObject, operations: list[JsonObject]) -> Any:
    record = copy.deepcopy(stored)
    for operation in operations:
        name = str(operation.get("path", "")).strip("/").split("/")[0]
        if name in UNPATCHED or (name not in record and name != "mutualTlsAuthentication"):
            raise RefusedError(f"Invalid patch path {operation.get('path')}")
    before = child(stored, "mutualTlsAuthentication")
    GATEWAY._apply_patch(record, operations)
    after = record["mutualTlsAuthentication"] = dict(child(record, "mutualTlsAuthentication"))
    paths = [str(operation.get("path", "")) for operation in operations]
    if not after.get("truststoreUri"):
        record["mutualTlsAuthentication"] = {}
    elif after.get("truststoreUri") != before.get("truststoreUri") and not any("truststoreVersion" in p for p in paths):
        after.pop("truststoreVersion", None)  # the old version is one of the old object
    _require_acceptable(record, truststore_changed=any("mutualTlsAuthentication" in path for path in paths))
    stored.clear()
    stored.update(record)
    return GATEWAY._v1_response(_public(stored))


def _require_acceptable(record: JsonObject, *, truststore_changed: bool) -> None:
    """Raises `RefusedError` for what API Gateway refuses; reads the truststore into the record."""
    certificate = _certificate(record.get("regionalCertificateArn"), record["domainName"], "certificate")
    mutual = record["mutualTlsAuthentication"]
    uri = mutual.get("truststoreUri")
    if not uri:
        record.pop(OWN, None)
        return
    if record.get("securityPolicy") == "TLS_1_0":
        raise RefusedError("Mutual TLS requires the security policy TLS_1_2.")
    if certificate["Type"] != "AMAZON_ISSUED":
        arn = record.get("ownershipVerificationCertificateArn")
        if not arn:
            raise RefusedError(
                "The certificate is imported: mutual TLS requires ownershipVerificationCertificateArn, "
                "a public certificate issued by ACM for the domain name."
            )
        if _certificate(arn, record["domainName"], "ownership verification certificate")["Type"] != "AMAZON_ISSUED":
            raise RefusedError("The ownership verification certificate must be a public one, issued by ACM.")
    if truststore_changed:
        try:
            read = read_truststore(_object(uri, mutual.get("truststoreVersion")), now=dt.datetime.now(dt.UTC))
        except TruststoreError as error:
            raise RefusedError(str(error)) from error
        record[OWN] = {"truststore": read.pem, "warnings": list(read.warnings)}


def _certificate(arn: Any, domain: str, what: str) -> JsonObject:
    ACM._describe_certificate({"CertificateArn": str(arn or "")})  # looks whether it is validated by now
    record = ACM._get_local_certificate(str(arn or ""))
    if record is None:
        raise RefusedError(f"Invalid certificate ARN: there is no {what} {arn} in this region.")
    if record["Status"] != "ISSUED":
        raise RefusedError(f"The {what} {arn} is {record['Status']}, not ISSUED.")
    if not covers(record["SubjectAlternativeNames"], domain):
        raise RefusedError(f"The {what} {arn} does not cover the domain name {domain}.")
    return record


def _object(uri: str, version: str | None) -> bytes:
    found = TRUSTSTORE_URI.fullmatch(uri)
    if found is None:
        raise RefusedError(f"Invalid truststore URI {uri}: it must be s3://bucket/key.")
    content = S3._get_object_data(found["bucket"], found["key"], version or None)
    if content is None:
        at = f" in version {version}" if version else ""
        raise RefusedError(f"Unable to read the truststore: there is no object {uri}{at} that API Gateway may read.")
    return content


def _public(record: JsonObject) -> JsonObject:
    """A domain as AWS tells it: without our own members and without what is not set."""
    told = {name: value for name, value in record.items() if name != OWN and value not in ("", {}, None)}
    warnings = child(record, OWN).get("warnings")
    if warnings and told.get("mutualTlsAuthentication"):
        told["mutualTlsAuthentication"] = {**told["mutualTlsAuthentication"], "truststoreWarnings": warnings}
    return told


def _regional_name(domain: str, emulated: str) -> str:
    """`d-<ten characters>.execute-api.<region>.amazonaws.com`, always the same for a domain."""
    digest = hashlib.sha256(domain.encode()).hexdigest()[:10]
    return f"d-{digest}.{emulated.removeprefix(f'{domain}.')}"


def _announcing(original: Handler) -> Handler:
    async def handle_request(method: str, path: str, headers: Any, body: Any, query_params: Any) -> Any:
        answer = await original(method, path, headers, body, query_params)
        if str(headers.get("x-amz-target", "")).endswith(".ImportCertificate"):
            await _announce()
        return answer

    return handle_request


def _keeping_used(original: Callable[..., Any]) -> Callable[..., Any]:
    def delete_certificate(data: JsonObject) -> Any:
        arn = data.get("CertificateArn", "")
        members = ("regionalCertificateArn", "certificateArn", "ownershipVerificationCertificateArn")
        if arn and any(arn == record.get(name) for record in GATEWAY._domain_names.values() for name in members):
            return ACM.error_response_json("ResourceInUseException", f"Certificate {arn} is in use.", 400)
        return original(data)

    return delete_certificate
