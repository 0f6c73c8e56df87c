"""What the plugin of this chain asks for by name."""

from __future__ import annotations

from api_keys.dynamodb_keys import DynamoDbKeys
from api_keys.live_keys import DEFAULT_MAXIMUM_AGE_SECONDS, LiveKeys
from audit_trail.denials import DenialRecorder
from aws_calls.own_role import own_role_calls
from jwt_verification.claims import ClaimRules
from jwt_verification.verifier import TokenVerifier

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from api_keys.records import Customer
    from audit_trail.trail import AuditTrail
    from secret_store.signing_key_ring import SigningKeyRing

REQUIRED_CLAIMS = ("exp", "iat", "iss", "aud", "sub", "jti", "customer_id", "key_id")


def provide_token_verifier(
    environment: Mapping[str, str], signing_keys: SigningKeyRing, clock: Callable[[], float]
) -> TokenVerifier:
    """Verify tokens as `POST /auth` issues them: every claim that it writes is required."""
    rules = ClaimRules(
        issuers=[environment["TOKEN_ISSUER"]], audiences=[environment["TOKEN_AUDIENCE"]], required=REQUIRED_CLAIMS
    )
    return TokenVerifier(algorithm="HS256", keys=signing_keys, rules=rules, clock=clock)


def provide_read_customer(environment: Mapping[str, str]) -> Callable[[str], Customer | None]:
    """Read customers from API_KEYS_TABLE."""
    return DynamoDbKeys(call=own_role_calls(environment), table=environment["API_KEYS_TABLE"]).customer


def provide_live_keys(
    environment: Mapping[str, str],
    read_customer: Callable[[str], Customer | None],
    monotonic_clock: Callable[[], float],
) -> LiveKeys:
    """Remember the keys in use for REVOCATION_CACHE_SECONDS."""
    return LiveKeys(
        read_customer=read_customer,
        clock=monotonic_clock,
        maximum_age_seconds=float(environment.get("REVOCATION_CACHE_SECONDS", DEFAULT_MAXIMUM_AGE_SECONDS)),
    )


def provide_audit_trail(environment: Mapping[str, str]) -> AuditTrail:
    """Find the trail in AUDIT_LOG_GROUP."""
    from audit_trail.trail import audit_trail

    return audit_trail(environment)


def provide_denials(
    audit_trail: AuditTrail, clock: Callable[[], float], monotonic_clock: Callable[[], float]
) -> DenialRecorder:
    """Record denials in the trail."""
    return DenialRecorder(trail=audit_trail, clock=clock, monotonic_clock=monotonic_clock)
