"""Finds out which workload calls: verifies the JWT-SVID that it sends as a bearer token.

The caller is its SPIFFE ID. The context gets `spiffe_id`, `trust_domain` and `expires_at` (seconds since 1970, as
text), so that a backend can refuse a token that has ended while API Gateway kept the decision.

What is trusted is in the settings that `spiffe_verifier.settings` describes. Works behind a REQUEST authorizer with the
header `Authorization` as its identity source, and behind a TOKEN authorizer.
"""

from __future__ import annotations

from jwt_verification.bearer import bearer_token

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Protocol

    class VerifiedSvid(Protocol):
        """What is known of a JWT-SVID once it is verified."""

        @property
        def spiffe_id(self) -> object: ...  # its text is the SPIFFE ID
        @property
        def trust_domain(self) -> object: ...  # its text is the trust domain's name
        @property
        def expires_at(self) -> float: ...  # seconds since 1970

    class SvidVerifier(Protocol):
        """Verifies JWT-SVIDs, in this process or in the extension."""

        def verify(self, token: str) -> VerifiedSvid: ...  # raises errors with a stable `code`


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
