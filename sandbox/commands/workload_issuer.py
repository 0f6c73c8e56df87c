"""Which SPIFFE issuer the workload API of this sandbox trusts, as configuration of the stack.

The real SPIRE, once `make spire` has started it, is the issuer of its trust domain; the sandbox's own issuer stands for
every other one. What the stack's settings say themselves stays, and a program that does not declare these settings is
told nothing: deliberately nothing in the program knows where its issuer runs.
"""

from collections.abc import Mapping
from typing import Any, cast

from sandbox.commands.project import Project
from sandbox.server import SandboxEndpoints
from sandbox.spire.record import SpireRecord, read_record

DEFAULT_TRUST_DOMAIN = "company.internal"
TRUST_DOMAINS = "gatehouse:workloadTrustDomains"
ISSUER_URLS = "gatehouse:workloadIssuerUrls"
TRUST_BUNDLE_URLS = "gatehouse:workloadTrustBundleUrls"
PLAIN_HTTP = "gatehouse:workloadPlainHttpIssuers"


def stack_configuration(project: Project, endpoints: SandboxEndpoints) -> dict[str, Any]:
    """What is added to the stack's settings. Raises SandboxError for settings that cannot be read."""
    return issuer_configuration(
        declared=project.declared_settings,
        given=project.settings,
        sandbox_url=endpoints.emulator_url,
        spire=read_record(project.state_directory),
    )


def issuer_configuration(
    *, declared: Mapping[str, Any], given: Mapping[str, Any], sandbox_url: str, spire: SpireRecord | None
) -> dict[str, Any]:
    """The issuers of the trust domains in `given`, or of the default one; nothing where `given` names issuers."""
    if ISSUER_URLS not in declared or given.get(ISSUER_URLS) or given.get(TRUST_BUNDLE_URLS):
        return {}
    domains = trust_domains(given)
    return {
        TRUST_DOMAINS: domains,
        ISSUER_URLS: [issuer_url(domain, sandbox_url=sandbox_url, spire=spire) for domain in domains],
        PLAIN_HTTP: True,
    }


def trust_domains(given: Mapping[str, Any]) -> list[str]:
    """The trust domains that the settings name, the default one where they name none."""
    named: object = given.get(TRUST_DOMAINS)
    texts = [each for each in cast("list[Any]", named) if isinstance(each, str)] if isinstance(named, list) else []
    return texts or [DEFAULT_TRUST_DOMAIN]


def issuer_url(trust_domain: str, *, sandbox_url: str, spire: SpireRecord | None) -> str:
    """Where the issuer of a trust domain answers."""
    name = trust_domain.removeprefix("spiffe://")
    if spire is not None and spire.trust_domain == name:
        return spire.issuer_url
    return f"{sandbox_url}/_gatehouse/spiffe/{name}"
