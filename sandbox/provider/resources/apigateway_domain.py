"""API Gateway: regional custom domain names, with mutual TLS or without, and what is below their paths
(`aws:apigateway/domainName:DomainName`, `aws:apigateway/basePathMapping:BasePathMapping`).

Deliberately regional only: an edge-optimised domain is a CloudFront distribution and knows no mutual TLS, a private one
needs a VPC.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

from sandbox.provider.resource_type import ApiShape, CloudFormationShape, Imported, Operation, Problem, ResourceType
from sandbox.provider.resources.apigateway_names import allowed, control_arn, matching, timestamp
from sandbox.provider.resources.apigateway_patches import Patch, Scalar, replace_patch, scalar_patches, update_tags
from sandbox.provider.values import UNKNOWN, Properties, contains_unknown, object_of

SECURITY_POLICIES: Final = ("TLS_1_0", "TLS_1_2")
"""The policies by this name (API reference, DomainName); the newer ones begin with `SecurityPolicy_`."""
NEWER_POLICY: Final = "SecurityPolicy_"
ROOT: Final = "(none)"
"""What API Gateway calls the mapping of everything (API reference, BasePathMapping)."""
BASE_PATH: Final = re.compile(r"[A-Za-z0-9._+!$%/~*-]{0,300}")
DOMAIN: Final = re.compile(r"(\*\.)?([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]{2,63}")
"""Lower-case labels; the first may be a wildcard (developer guide, "Wildcard custom domain names")."""
TRUSTSTORE: Final = re.compile(r"s3://[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]/.+")

_SCALARS: Final = {
    "ownershipVerificationCertificateArn": Scalar(member="ownershipVerificationCertificateArn", kept=True),
    "regionalCertificateArn": Scalar(member="regionalCertificateArn"),
    "securityPolicy": Scalar(member="securityPolicy", kept=True),
}


def _create_domain(operation: Operation) -> str:
    inputs = operation.inputs
    names = ("ownershipVerificationCertificateArn", "regionalCertificateArn", "routingMode", "securityPolicy")
    request = {name: inputs[name] for name in names if inputs.get(name)}
    if inputs.get("mutualTlsAuthentication"):
        request["mutualTlsAuthentication"] = _given(inputs["mutualTlsAuthentication"])
    if operation.tags:
        request["tags"] = dict(operation.tags)
    operation.client("apigateway").create_domain_name(
        domainName=inputs["domainName"], endpointConfiguration=_endpoint(inputs), **request
    )
    operation.created(str(inputs["domainName"]))
    return str(inputs["domainName"])


def _given(values: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in values.items() if value not in (None, "")}


def _endpoint(inputs: Mapping[str, Any]) -> dict[str, Any]:
    given = object_of(inputs.get("endpointConfiguration"))
    return {"types": [given.get("types")], "ipAddressType": given.get("ipAddressType") or "ipv4"}


def _read_domain(operation: Operation) -> Properties | None:
    live = operation.client("apigateway").get_domain_name(domainName=operation.id)
    endpoint = live["endpointConfiguration"]
    uploaded = live.get("certificateUploadDate")
    return {
        "arn": control_arn(operation.clients, f"/domainnames/{live['domainName']}"),
        "certificateArn": "",
        "certificateName": "",
        "certificateUploadDate": timestamp(uploaded) if uploaded else "",
        "cloudfrontDomainName": "",
        "cloudfrontZoneId": "Z2FDTNDATAQYW2",
        "domainName": live["domainName"],
        "domainNameId": "",
        "endpointConfiguration": {"types": endpoint["types"][0], "ipAddressType": endpoint.get("ipAddressType")},
        "mutualTlsAuthentication": _truststore(live.get("mutualTlsAuthentication")),
        "ownershipVerificationCertificateArn": live.get("ownershipVerificationCertificateArn", ""),
        "policy": "",
        "regionalCertificateArn": live.get("regionalCertificateArn", ""),
        "regionalCertificateName": "",
        "regionalDomainName": live.get("regionalDomainName", ""),
        "regionalZoneId": live.get("regionalHostedZoneId", ""),
        "routingMode": live.get("routingMode", ""),
        "securityPolicy": live.get("securityPolicy", ""),
        "tagsAll": live.get("tags", {}),
    }


def _truststore(live: Mapping[str, Any] | None) -> Properties | None:
    if not live or not live.get("truststoreUri"):
        return None
    return {"truststoreUri": live["truststoreUri"], "truststoreVersion": live.get("truststoreVersion", "")}


def _update_domain(operation: Operation) -> None:
    gateway, inputs = operation.client("apigateway"), operation.inputs
    live = gateway.get_domain_name(domainName=operation.id)
    patches = scalar_patches(operation.changed, inputs, live, _SCALARS)
    if "routingMode" in operation.changed and inputs.get("routingMode"):
        patches.append(replace_patch("/routingMode", inputs["routingMode"]))
    if "endpointConfiguration" in operation.changed:
        wanted = _endpoint(inputs)["ipAddressType"]
        if live["endpointConfiguration"].get("ipAddressType") != wanted:
            patches.append(replace_patch("/endpointConfiguration/ipAddressType", wanted))
    if "mutualTlsAuthentication" in operation.changed:
        patches += _truststore_patches(object_of(live.get("mutualTlsAuthentication")), inputs)
    if patches:
        gateway.update_domain_name(domainName=operation.id, patchOperations=patches)
    update_tags(operation)


def _truststore_patches(live: Mapping[str, Any], inputs: Mapping[str, Any]) -> list[Patch]:
    """An empty URI switches mutual TLS off (developer guide, "Disable mutual TLS for a custom domain name").

    A truststore in another place comes with its version, in one call: the old version means nothing there.
    """
    wanted = object_of(inputs.get("mutualTlsAuthentication"))
    uri, version = str(wanted.get("truststoreUri") or ""), str(wanted.get("truststoreVersion") or "")
    before = str(live.get("truststoreUri") or "")
    patches: list[Patch] = []
    if uri != before:
        patches.append(replace_patch("/mutualTlsAuthentication/truststoreUri", uri))
    if uri and version != str(live.get("truststoreVersion") or ""):
        patches.append(replace_patch("/mutualTlsAuthentication/truststoreVersion", version))
    return patches


def _completed_domain(inputs: Properties) -> Properties:
    completed = dict(inputs)
    endpoint = inputs.get("endpointConfiguration")
    if isinstance(endpoint, Mapping) and not contains_unknown(endpoint):
        given = _endpoint(inputs)
        completed["endpointConfiguration"] = {"types": given["types"][0], "ipAddressType": given["ipAddressType"]}
    truststore = inputs.get("mutualTlsAuthentication")
    if isinstance(truststore, Mapping):
        completed["mutualTlsAuthentication"] = {"truststoreVersion": "", **object_of(truststore)}
    return completed


def _check_domain(inputs: Properties) -> Iterator[Problem]:
    yield from matching(inputs, "domainName", DOMAIN, "a domain name in lower case, such as api.example.com")
    endpoint = object_of(inputs.get("endpointConfiguration"))
    kind = endpoint.get("types")
    if kind is not UNKNOWN and kind != "REGIONAL" and inputs.get("endpointConfiguration") is not UNKNOWN:
        message = f"{kind!r} is not REGIONAL; the sandbox serves no edge-optimised and no private domains"
        yield Problem(path=("endpointConfiguration", "types"), message=message)
    if endpoint.get("ipAddressType") not in (None, UNKNOWN, "ipv4", "dualstack"):
        message = f"{endpoint['ipAddressType']!r} is not one of ipv4, dualstack"
        yield Problem(path=("endpointConfiguration", "ipAddressType"), message=message)
    if "regionalCertificateArn" not in inputs:
        yield Problem(path=("regionalCertificateArn",), message="is required for a regional domain")
    policy = inputs.get("securityPolicy")
    if isinstance(policy, str) and not policy.startswith(NEWER_POLICY):
        yield from allowed(inputs, "securityPolicy", SECURITY_POLICIES)
    yield from _truststore_problems(inputs)


def _truststore_problems(inputs: Properties) -> Iterator[Problem]:
    truststore = object_of(inputs.get("mutualTlsAuthentication"))
    uri = truststore.get("truststoreUri")
    if isinstance(uri, str) and TRUSTSTORE.fullmatch(uri) is None:
        message = f"{uri!r} is not s3://BUCKET/KEY"
        yield Problem(path=("mutualTlsAuthentication", "truststoreUri"), message=message)
    if truststore and inputs.get("securityPolicy") == "TLS_1_0":
        yield Problem(path=("securityPolicy",), message="must be TLS_1_2 or newer for mutual TLS")


def _create_mapping(operation: Operation) -> str:
    inputs = operation.inputs
    request = {"basePath": inputs.get("basePath") or ROOT}
    if inputs.get("stageName"):
        request["stage"] = inputs["stageName"]
    operation.client("apigateway").create_base_path_mapping(
        domainName=inputs["domainName"], restApiId=inputs["restApi"], **request
    )
    return f"{inputs['domainName']}/{inputs.get('basePath') or ''}"


def _read_mapping(operation: Operation) -> Properties | None:
    domain, inputs = operation.inputs["domainName"], operation.inputs
    live = operation.client("apigateway").get_base_path_mapping(
        domainName=domain, basePath=inputs.get("basePath") or ROOT
    )
    return {
        "basePath": "" if live["basePath"] == ROOT else live["basePath"],
        "domainName": domain,
        "domainNameId": "",
        "restApi": live["restApiId"],
        "stageName": live.get("stage", ""),
    }


def _update_mapping(operation: Operation) -> None:
    before = str(operation.state.get("basePath") or "")
    inputs = operation.inputs
    wanted = {
        "basePath": replace_patch("/basePath", inputs.get("basePath") or ROOT),
        "restApi": replace_patch("/restapiId", inputs["restApi"]),
        "stageName": replace_patch("/stage", inputs.get("stageName") or ""),
    }
    patches = [patch for name, patch in wanted.items() if name in operation.changed]
    if patches:
        operation.client("apigateway").update_base_path_mapping(
            domainName=inputs["domainName"], basePath=before or ROOT, patchOperations=patches
        )


def _delete_mapping(operation: Operation) -> None:
    operation.client("apigateway").delete_base_path_mapping(
        domainName=operation.inputs["domainName"], basePath=operation.inputs.get("basePath") or ROOT
    )


def _check_mapping(inputs: Properties) -> Iterator[Problem]:
    yield from matching(inputs, "basePath", BASE_PATH, "a base path: letters, digits and $-_.+!*/%~, no spaces")
    path = inputs.get("basePath")
    if isinstance(path, str) and (path.startswith("/") or path.endswith("/")):
        yield Problem(path=("basePath",), message=f"{path!r} must not begin or end with a slash")


def _import_mapping(identifier: str) -> Imported:
    domain, separator, path = identifier.partition("/")
    if not (domain and separator):
        raise ValueError(f"{identifier!r} must be DOMAIN-NAME/BASE-PATH, or DOMAIN-NAME/ for the mapping of everything")
    return Imported(id=identifier, inputs={"domainName": domain, **({"basePath": path} if path else {})})


def _domain_judged(properties: dict[str, Any]) -> dict[str, Any]:
    judged = dict(properties)
    endpoint = judged.get("EndpointConfiguration")
    if isinstance(endpoint, dict) and "Types" in endpoint:
        judged["EndpointConfiguration"] = {**endpoint, "Types": [endpoint["Types"]]}
    return judged


_EDGE_ONLY: Final = "it belongs to an edge-optimised domain; the sandbox serves regional ones"
_PRIVATE_ONLY: Final = "it belongs to a private domain; the sandbox serves regional ones"
_UPLOADED: Final = "API Gateway takes certificates from ACM; make one with aws.acm.Certificate"

RESOURCE_TYPES: Final = (
    ResourceType(
        token="aws:apigateway/domainName:DomainName",  # noqa: S106 - a type token
        create=_create_domain,
        read=_read_domain,
        update=_update_domain,
        delete=lambda operation: operation.client("apigateway").delete_domain_name(domainName=operation.id),
        check=_check_domain,
        completes=_completed_domain,
        replaces=frozenset({"domainName"}),
        computed=frozenset(
            {"endpointConfiguration", "ownershipVerificationCertificateArn", "routingMode", "securityPolicy"}
        ),
        recomputed={
            "certificateUploadDate": frozenset({"regionalCertificateArn"}),
        },
        unsupported={
            "certificateArn": _EDGE_ONLY,
            "certificateBody": _UPLOADED,
            "certificateChain": _UPLOADED,
            "certificateName": _EDGE_ONLY,
            "certificatePrivateKey": _UPLOADED,
            "endpointAccessMode": "the emulator stores it without effect",
            "policy": _PRIVATE_ONLY,
            "regionalCertificateName": _UPLOADED,
        },
        secret_properties=frozenset({"certificatePrivateKey"}),
        cloudformation=CloudFormationShape(type_name="AWS::ApiGateway::DomainName", adjust=_domain_judged),
        api=ApiShape(service="apigateway", operation="CreateDomainName", members={"routingMode": "routingMode"}),
    ),
    ResourceType(
        token="aws:apigateway/basePathMapping:BasePathMapping",  # noqa: S106 - a type token
        create=_create_mapping,
        read=_read_mapping,
        update=_update_mapping,
        delete=_delete_mapping,
        check=_check_mapping,
        replaces=frozenset({"domainName", "domainNameId"}),
        computed=frozenset({"domainNameId"}),
        locators=frozenset({"domainName", "basePath"}),
        import_id=_import_mapping,
        unsupported={"domainNameId": _PRIVATE_ONLY},
        cloudformation=CloudFormationShape(
            type_name="AWS::ApiGateway::BasePathMapping",
            renames={"restApi": "RestApiId", "stageName": "Stage"},
        ),
    ),
)
