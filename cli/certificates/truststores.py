"""What the deployed API's domains trust, and what API Gateway says of it; a port with its adapter and its fake.

A truststore that API Gateway has taken can still have authorities that do not count: it tells them as warnings, and
leaves their clients out without another word.
https://docs.aws.amazon.com/apigateway/latest/developerguide/rest-api-mutual-tls.html
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from cli.errors import aws_explained
from cli.target import Target

_SCHEME = "s3://"


@dataclass(frozen=True, kw_only=True)
class DeployedTruststore:
    """A domain's truststore: `bundle` is the PEM text at the version that the domain names."""

    domain: str
    uri: str
    version: str
    warnings: Sequence[str]
    bundle: str


class DeployedTruststores(Protocol):
    """The truststores of one API's domains."""

    def all(self) -> Sequence[DeployedTruststore]:
        """Return them; raises `CliError` where AWS does not tell."""
        ...


class AwsTruststores:
    """`DeployedTruststores` of the API with this id, which is asked for when it is needed."""

    def __init__(self, target: Target, *, api_id: Callable[[], str]) -> None:
        """Take where, and which API."""
        self._target = target
        self._gateway = target.client("apigateway")
        self._api_id = api_id

    def all(self) -> Sequence[DeployedTruststore]:
        """See `DeployedTruststores.all`."""
        api_id = self._api_id()
        with aws_explained(f"list the domains ({self._target.name})"):
            pages = self._gateway.get_paginator("get_domain_names").paginate()
            mutual = [each for page in pages for each in page["items"] if each.get("mutualTlsAuthentication")]
        return [self._truststore(each) for each in mutual if self._leads_to(each["domainName"], api_id)]

    def _leads_to(self, domain: str, api_id: str) -> bool:
        with aws_explained(f"read the mappings of {domain}"):
            pages = self._gateway.get_paginator("get_base_path_mappings").paginate(domainName=domain)
            return any(each["restApiId"] == api_id for page in pages for each in page.get("items", ()))

    def _truststore(self, described: dict[str, Any]) -> DeployedTruststore:
        mutual = described["mutualTlsAuthentication"]
        uri, version = str(mutual["truststoreUri"]), str(mutual.get("truststoreVersion") or "")
        bucket, _, key = uri.removeprefix(_SCHEME).partition("/")
        named = {"VersionId": version} if version else {}
        with aws_explained(f"read the truststore {uri}"):
            content = self._target.client("s3").get_object(Bucket=bucket, Key=key, **named)["Body"].read()
        return DeployedTruststore(
            domain=str(described["domainName"]),
            uri=uri,
            version=version,
            warnings=[str(each) for each in mutual.get("truststoreWarnings") or ()],
            bundle=content.decode("ascii", "replace"),
        )


class InMemoryTruststores:
    """The fake of `DeployedTruststores`. No command uses it."""

    def __init__(self, *truststores: DeployedTruststore) -> None:
        """Take what is deployed."""
        self.deployed = list(truststores)

    def all(self) -> Sequence[DeployedTruststore]:
        """See `DeployedTruststores.all`."""
        return self.deployed
