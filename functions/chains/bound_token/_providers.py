"""What the plugin of this chain asks for by name."""

from __future__ import annotations

from audit_trail.denials import DenialRecorder
from aws_calls.endpoints import is_loopback_url
from aws_calls.own_role import own_role_calls
from client_certificates.dynamodb_registry import DynamoDbLookup
from client_certificates.presented import CertificateReader
from jwt_verification.claims import ClaimRules
from jwt_verification.jwk import JwkRules
from jwt_verification.left_out_log import left_out_log
from jwt_verification.refreshing_key_source import jwks_key_source
from jwt_verification.verifier import TokenVerifier

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from audit_trail.trail import AuditTrail
    from client_certificates.lookup import CertificateLookup
    from jwt_verification.key_source import KeySource

# Of Cognito's access tokens. They have no `aud`: `client_id` says for whom they are, and the registry who that is.
REQUIRED_CLAIMS = ("exp", "iat", "iss", "sub", "jti", "client_id", "scope", "token_use")
ALGORITHM = "RS256"


def provide_certificate_reader() -> CertificateReader:
    """Read certificates, and remember what they say."""
    return CertificateReader()


def provide_certificate_lookup(environment: Mapping[str, str]) -> CertificateLookup:
    """Look certificates up in CLIENT_REGISTRY_TABLE."""
    return DynamoDbLookup(call=own_role_calls(environment), table=environment["CLIENT_REGISTRY_TABLE"])


def provide_issuer_keys(environment: Mapping[str, str], monotonic_clock: Callable[[], float]) -> KeySource:
    """Read the pool's keys from JWKS_URL; nothing is fetched yet."""
    url = environment["JWKS_URL"]
    return jwks_key_source(
        url,
        rules=JwkRules(algorithms=[ALGORITHM]),
        allow_plain_http=is_loopback_url(url),
        clock=monotonic_clock,
        report_left_out=left_out_log(environment["TOKEN_ISSUER"]),
    )


def provide_token_verifier(
    environment: Mapping[str, str], issuer_keys: KeySource, clock: Callable[[], float]
) -> TokenVerifier:
    """Verify access tokens of the one user pool TOKEN_ISSUER."""
    rules = ClaimRules(issuers=[environment["TOKEN_ISSUER"]], audiences=None, required=REQUIRED_CLAIMS)
    return TokenVerifier(algorithm=ALGORITHM, keys=issuer_keys, rules=rules, clock=clock)


def provide_required_scopes(environment: Mapping[str, str]) -> frozenset[str]:
    """Read REQUIRED_SCOPES; to require none is a mistake."""
    scopes = frozenset(environment["REQUIRED_SCOPES"].split())
    if not scopes:
        raise ValueError("REQUIRED_SCOPES names no scope")
    return scopes


def provide_audit_trail(environment: Mapping[str, str]) -> AuditTrail:
    """Find the trail in AUDIT_LOG_GROUP."""
    from audit_trail.trail import audit_trail

    return audit_trail(environment)


def provide_denials(
    audit_trail: AuditTrail, clock: Callable[[], float], monotonic_clock: Callable[[], float]
) -> DenialRecorder:
    """Record denials in the trail."""
    return DenialRecorder(trail=audit_trail, clock=clock, monotonic_clock=monotonic_clock)
