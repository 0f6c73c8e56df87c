"""Lets in whoever holds an HS256 JWT that our own issuer signed for this API and that has not expired.

Settings, plain values all: `SIGNING_KEY_SECRET_ARN` (the key itself is in Secrets Manager), `TOKEN_ISSUER`,
`TOKEN_AUDIENCE`. Works behind a TOKEN authorizer and, with the header `Authorization` among the identity sources,
behind a REQUEST authorizer.
"""

from __future__ import annotations

import os
import time

from jwt_verification.bearer import bearer_token
from jwt_verification.claims import ClaimRules
from jwt_verification.verifier import TokenVerifier
from secret_store.secret_source import secret_source
from secret_store.signing_key_ring import SigningKeyRing

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import Any

    from secret_store.secret_source import SecretSource


def build_validate(
    environment: Mapping[str, str],
    *,
    source: SecretSource | None = None,
    clock: Callable[[], float] = time.time,
    cache_clock: Callable[[], float] = time.monotonic,
) -> Callable[[dict[str, Any]], dict[str, Any]]:
    """Return the plugin's `validate` for these settings; raises KeyError where one is missing."""
    verifier = TokenVerifier(
        algorithm="HS256",
        keys=SigningKeyRing(
            source=source or secret_source(environment),
            secret_id=environment["SIGNING_KEY_SECRET_ARN"],
            clock=cache_clock,
        ),
        rules=ClaimRules(issuers=[environment["TOKEN_ISSUER"]], audiences=[environment["TOKEN_AUDIENCE"]]),
        clock=clock,
    )

    def validate(auth_context: dict[str, Any]) -> dict[str, Any]:
        """Verify the bearer token; the caller is its `sub`."""
        if auth_context["type"] == "TOKEN":
            authorization = auth_context["token"]
        else:
            authorization = auth_context["headers"].get("Authorization")
        claims = verifier.verify(bearer_token(authorization))
        return {"principal_id": claims["sub"], "context": {"issuer": claims["iss"], "expires_at": int(claims["exp"])}}

    return validate


validate = build_validate(os.environ)
