"""Finds out which workload calls: verifies the JWT-SVID that it sends as a bearer token.

The caller is its SPIFFE ID. The context gets `spiffe_id`, `trust_domain` and `expires_at` (seconds since 1970, as
text), so that a backend can refuse a token that has ended while API Gateway kept the decision.

What is trusted is in the settings that `spiffe_verifier.settings` describes, and how it is verified in
`SPIFFE_VERIFICATION` (`spiffe_extension.client`). Works behind a REQUEST authorizer with the header `Authorization` as
its identity source, and behind a TOKEN authorizer.
"""

from __future__ import annotations

from jwt_verification.bearer import bearer_token

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from spiffe_extension.client import SvidVerifier


def validate(auth_context: dict[str, Any], *, svid_verifier: SvidVerifier) -> dict[str, Any]:
    """Verify the token; the caller is the workload that it names."""
    if auth_context["type"] == "TOKEN":
        authorization = auth_context["token"]
    else:
        authorization = auth_context["headers"].get("Authorization")
    svid = svid_verifier.verify(bearer_token(authorization))
    return {
        "principal_id": str(svid.spiffe_id),
        "context": {
            "spiffe_id": str(svid.spiffe_id),
            "trust_domain": str(svid.trust_domain),
            "expires_at": str(int(svid.expires_at)),
        },
    }
