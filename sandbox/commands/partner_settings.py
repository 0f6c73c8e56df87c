"""What the partner API needs of this sandbox, as configuration of the stack: a zone, a truststore, where its pool is.

Everything else about it is the stack's own settings. What those say themselves stays, and a program that does not
declare the partner API, or whose stack switches it off, is told nothing. Pure: what has to exist first is made by
`partner_preparation`.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

ENABLED = "gatehouse:partnerEnabled"
DOMAIN_NAME = "gatehouse:partnerDomainName"
CERTIFICATE = "gatehouse:partnerCertificateArn"
HOSTED_ZONE = "gatehouse:partnerHostedZoneId"
TRUSTSTORE = "gatehouse:partnerTruststore"
TOKEN_ENDPOINT = "gatehouse:partnerTokenEndpoint"  # noqa: S105 - a setting's name
JWKS_URL = "gatehouse:partnerJwksUrl"
CLIENTS = "gatehouse:partnerClients"
RESOURCE_SERVER = "gatehouse:partnerResourceServer"
REQUIRED_SCOPES = "gatehouse:partnerRequiredScopes"

# From the program's folder on, where the program and people's commands run.
FOLDER = ".sandbox/partners"
TRUSTSTORE_FILE = f"{FOLDER}/truststore.pem"
AUTHORITY = "partners"


@dataclass(frozen=True, kw_only=True)
class Needs:
    """What the stack's settings leave to the sandbox: the domain that needs a zone, and whether a truststore is needed.

    False as a whole where nothing is left.
    """

    zone_of: str | None = None
    truststore: bool = False

    def __bool__(self) -> bool:
        """Whether anything is needed."""
        return self.zone_of is not None or self.truststore


@dataclass(frozen=True, kw_only=True)
class Prepared:
    """What has been made: the ids of zones by their domains, and whether the truststore is there."""

    zones: Mapping[str, str] = field(default_factory=dict[str, str])
    truststore: bool = False

    def meets(self, needs: Needs) -> bool:
        """Whether nothing is missing."""
        zone_is_there = needs.zone_of is None or needs.zone_of in self.zones
        return zone_is_there and (self.truststore or not needs.truststore)


def is_deployed(declared: Mapping[str, Any], given: Mapping[str, Any]) -> bool:
    """Whether the program has a partner API, and the stack switches it on."""
    return ENABLED in declared and given.get(ENABLED) is True


def needs(declared: Mapping[str, Any], given: Mapping[str, Any]) -> Needs:
    """What has to be there before the program can run with these settings."""
    if not is_deployed(declared, given):
        return Needs()
    domain: object = given.get(DOMAIN_NAME)
    has_zone = bool(given.get(HOSTED_ZONE) or given.get(CERTIFICATE))
    return Needs(
        zone_of=domain if isinstance(domain, str) and domain and not has_zone else None,
        truststore=not given.get(TRUSTSTORE),
    )


def partner_configuration(
    declared: Mapping[str, Any], given: Mapping[str, Any], *, sandbox_url: str, prepared: Prepared
) -> dict[str, Any]:
    """What is added to the stack's settings; what has not been prepared is left out, and the program says so."""
    if not is_deployed(declared, given):
        return {}
    # The pool's id is known to the program only, which puts it in.
    added: dict[str, Any] = {
        TOKEN_ENDPOINT: f"{sandbox_url}/oauth2/token",
        JWKS_URL: f"{sandbox_url}/{{user_pool_id}}/.well-known/jwks.json",
    }
    needed = needs(declared, given)
    if needed.zone_of is not None and needed.zone_of in prepared.zones:
        added[HOSTED_ZONE] = prepared.zones[needed.zone_of]
    if needed.truststore and prepared.truststore:
        added[TRUSTSTORE] = TRUSTSTORE_FILE
    return {name: value for name, value in added.items() if not given.get(name)}
