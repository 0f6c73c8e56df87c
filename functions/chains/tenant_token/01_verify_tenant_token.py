"""Lets in whoever holds a token of this API's own `POST /auth`, while the key that it was issued for is in use.

    token ──> signature, iss, aud, exp ──> customer_id, key_id, jti ──> is the key in use? ──> principal = customer

Settings, plain values all: `SIGNING_KEY_SECRET_ARN`, `TOKEN_ISSUER`, `TOKEN_AUDIENCE`, `API_KEYS_TABLE`,
`AUDIT_LOG_GROUP`, and `REVOCATION_CACHE_SECONDS` (30 unless set). Works behind a REQUEST authorizer with the header
`Authorization` as its identity source (its event has the caller's address for the audit trail), and behind a TOKEN one.

After a revocation, a token is let in for at most REVOCATION_CACHE_SECONDS plus the authorizer's TTL.
"""

from __future__ import annotations

import os
import time

from api_keys.dynamodb_calls import own_role_calls
from api_keys.dynamodb_keys import DynamoDbKeys
from api_keys.live_keys import DEFAULT_MAXIMUM_AGE_SECONDS, LiveKeys
from api_keys.names import is_customer_id, is_key_id
from audit_trail.denials import DenialRecorder, recording_denials
from audit_trail.metrics import write_to_standard_output
from audit_trail.records import USE_TOKEN
from audit_trail.trail import audit_trail
from jwt_verification.bearer import bearer_token
from jwt_verification.claims import ClaimRules
from jwt_verification.errors import MalformedClaim
from jwt_verification.verifier import TokenVerifier
from secret_store.secret_source import secret_source
from secret_store.signing_key_ring import SigningKeyRing

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import Any

    from api_keys.records import Customer
    from audit_trail.trail import AuditTrail
    from secret_store.secret_source import SecretSource

REQUIRED_CLAIMS = ("exp", "iat", "iss", "aud", "sub", "jti", "customer_id", "key_id")
ROUTES = [f"{method} /data{path}" for method in ("GET", "POST", "PUT", "DELETE") for path in ("", "/*")]
MAXIMUM_TOKEN_ID_LENGTH = 64


def build_validate(
    environment: Mapping[str, str],
    *,
    source: SecretSource | None = None,
    read_customer: Callable[[str], Customer | None] | None = None,
    trail: AuditTrail | None = None,
    write: Callable[[str], object] = write_to_standard_output,
    clock: Callable[[], float] = time.time,
    cache_clock: Callable[[], float] = time.monotonic,
) -> Callable[[dict[str, Any]], dict[str, Any]]:
    """Return the plugin's `validate` for these settings.

    Raises:
        KeyError, ValueError: a setting is missing, empty or no number.
    """
    verifier = TokenVerifier(
        algorithm="HS256",
        keys=SigningKeyRing(
            source=source or secret_source(environment),
            secret_id=environment["SIGNING_KEY_SECRET_ARN"],
            clock=cache_clock,
        ),
        rules=ClaimRules(
            issuers=[environment["TOKEN_ISSUER"]],
            audiences=[environment["TOKEN_AUDIENCE"]],
            required=REQUIRED_CLAIMS,
        ),
        clock=clock,
    )
    table = environment["API_KEYS_TABLE"]
    live_keys = LiveKeys(
        read_customer=read_customer or DynamoDbKeys(call=own_role_calls(environment), table=table).customer,
        clock=cache_clock,
        maximum_age_seconds=float(environment.get("REVOCATION_CACHE_SECONDS", DEFAULT_MAXIMUM_AGE_SECONDS)),
    )
    recorder = DenialRecorder(
        trail=trail or audit_trail(environment), write=write, clock=clock, cache_clock=cache_clock
    )

    def check(auth_context: dict[str, Any]) -> dict[str, Any]:
        if auth_context["type"] == "TOKEN":
            authorization = auth_context["token"]
        else:
            authorization = auth_context["headers"].get("Authorization")
        claims = verifier.verify(bearer_token(authorization))
        customer_id, key_id, token_id = _identity(claims)
        live_keys.require_live(customer_id, key_id, token_age_seconds=clock() - claims["iat"])
        return {
            "principal_id": customer_id,
            "context": {"customer_id": customer_id, "key_id": key_id, "token_id": token_id},
            "routes": ROUTES,
        }

    return recording_denials(check, action=USE_TOKEN, recorder=recorder, clock=clock)


def _identity(claims: dict[str, Any]) -> tuple[str, str, str]:
    """Return the customer, the key and the token's id, all of the form in which we issue them."""
    customer_id, key_id, token_id = claims["customer_id"], claims["key_id"], claims["jti"]
    if not is_customer_id(customer_id) or claims["sub"] != customer_id:
        raise MalformedClaim("customer_id", "`customer_id` is a customer's id, and `sub` the same")
    if not is_key_id(key_id):
        raise MalformedClaim("key_id", "`key_id` is the id of an API key")
    if type(token_id) is not str or not token_id.isprintable() or not 0 < len(token_id) <= MAXIMUM_TOKEN_ID_LENGTH:
        raise MalformedClaim("jti", f"`jti` is a string of 1 to {MAXIMUM_TOKEN_ID_LENGTH} characters")
    return customer_id, key_id, token_id


validate = build_validate(os.environ)
