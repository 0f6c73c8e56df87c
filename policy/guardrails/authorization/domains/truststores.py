"""A domain that asks for a client certificate trusts one version of its truststore, and nobody exchanges that."""

import re
from collections.abc import Iterator
from typing import Final

from guardrails.authorization.domains.mapped import DOMAIN_NAMES
from guardrails.properties import Known, Malformed, Missing, Unknown
from guardrails.resources import Resource
from guardrails.rules import Finding, Metadata, ResourceRule, Severity, Undecided, Violation
from guardrails.settings import Settings

_MUTUAL_TLS: Final = "mutualTlsAuthentication"
_OBJECT: Final = re.compile(r"s3://[a-z0-9.-]+/\S+")


def check(domain: Resource, _settings: Settings) -> Iterator[Finding]:
    """Demand a truststore and its version, where certificates are asked for."""
    match domain.read(_MUTUAL_TLS):
        case Missing():
            return
        case Unknown():
            yield Undecided(resource=domain, properties=(_MUTUAL_TLS,))
            return
        case Known(value=dict()):
            pass
        case Known() | Malformed():
            yield Violation(resource=domain, problem=f"{_MUTUAL_TLS} is not an object.")
            return
    match domain.read(_MUTUAL_TLS, "truststoreUri"):
        case Known(value=str(uri)) if _OBJECT.fullmatch(uri):
            pass
        case Unknown():
            yield Undecided(resource=domain, properties=(f"{_MUTUAL_TLS}.truststoreUri",))
        case _:
            yield Violation(resource=domain, problem=f"{_MUTUAL_TLS}.truststoreUri is not an object in S3.")
    match domain.read(_MUTUAL_TLS, "truststoreVersion"):
        case Known(value=str(version)) if version.strip() and version != "null":
            pass
        case Unknown():
            yield Undecided(resource=domain, properties=(f"{_MUTUAL_TLS}.truststoreVersion",))
        case Missing() | Known(value="null"):
            yield Violation(
                resource=domain,
                problem=f"{_MUTUAL_TLS}.truststoreVersion is missing: whoever writes the object decides who is "
                "trusted, and nothing shows which authorities are.",
            )
        case Known() | Malformed():
            yield Violation(
                resource=domain, problem=f"{_MUTUAL_TLS}.truststoreVersion is not the version of an object."
            )


TRUSTSTORE_RULE: Final = ResourceRule(
    metadata=Metadata(
        name="apigateway-domain-name-versioned-truststore",
        severity=Severity.HIGH,
        description="A domain with mutual TLS names the version of its truststore.",
        remediation=(
            "Put the truststore into a versioned bucket and set mutualTlsAuthentication.truststoreVersion to the "
            "object's versionId."
        ),
        judged=(
            "`aws:apigateway/domainName:DomainName` and `aws:apigatewayv2/domainName:DomainName` with "
            "`mutualTlsAuthentication`, by their inputs: `truststoreUri` is an object in S3 (`s3://bucket/key`) and "
            "`truststoreVersion` a version. `null`, which S3 calls objects of a bucket without versions, is none. A "
            "domain without mutual TLS is not judged."
        ),
        why=(
            "API Gateway reads the truststore when the domain is changed. Without a version it takes what lies there "
            "at that moment: a forgotten upload, or an authority that somebody added, is trusted with the next "
            "deployment, and the state does not say which."
        ),
        sources=("https://docs.aws.amazon.com/apigateway/latest/developerguide/rest-api-mutual-tls.html",),
    ),
    types=frozenset(DOMAIN_NAMES),
    check=check,
)
