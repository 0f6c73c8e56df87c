"""What is known of a caller whose JWT-SVID was verified."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from spiffe_verifier.spiffe_id import SpiffeId
    from spiffe_verifier.trust_domain import TrustDomain


class JwtSvid:
    """A verified JWT-SVID.

    Attributes:
        spiffe_id: whose it is.
        audience: every value of `aud`.
        expires_at: `exp`, whole seconds since 1970, rounded down.
        claims: all claims as they were signed. SPIFFE says nothing of the private ones: what another organization's
            trust domain writes there is worth what that organization is trusted with.
    """

    __slots__ = ("audience", "claims", "expires_at", "spiffe_id")

    def __init__(
        self, *, spiffe_id: SpiffeId, audience: tuple[str, ...], expires_at: int, claims: dict[str, Any]
    ) -> None:
        """Hold the facts; verifying them is `jwt_svid_verifier`'s."""
        self.spiffe_id = spiffe_id
        self.audience = audience
        self.expires_at = expires_at
        self.claims = claims

    @property
    def trust_domain(self) -> TrustDomain:
        """The trust domain that vouches for the caller."""
        return self.spiffe_id.trust_domain

    def __repr__(self) -> str:
        """Show whose it is, and no claim."""
        return f"<JwtSvid {self.spiffe_id} until {self.expires_at}>"
