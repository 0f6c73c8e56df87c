"""From a token to a caller's SPIFFE ID that can be trusted (JWT-SVID standard, sections 2 to 5).

    token ──> header ──> sub ──> trust domain ──> its keys, no others ──> signature ──> aud, exp, nbf, iss ──> JwtSvid
              (alg, typ,  (claimed)  (configured?)
               kid only)

The payload is read before the signature is good, for one purpose: to choose, among the key sources that are configured,
the one of the trust domain that the token claims to be from. A token cannot add a source, and the key that verifies it
is that trust domain's, so that no trust domain can vouch for another's workloads (SPIFFE Trust Domain and Bundle,
section 3). Everything else of the payload counts only once the signature is good.

Deliberately not here: fetching keys, reading requests, and what the caller may do.
"""

from __future__ import annotations

from jwt_verification.claims import ClaimRules
from jwt_verification.errors import MissingClaim, WrongIssuer
from jwt_verification.signed_tokens import SignedTokens, claimed_payload
from jwt_verification.verifier import parse_claims
from spiffe_verifier.errors import MalformedSpiffeId, WrongTrustDomain
from spiffe_verifier.jwt_svid import JwtSvid
from spiffe_verifier.spiffe_id import SpiffeId

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable

    from jwt_verification.key_source import KeySource
    from spiffe_verifier.trust_domain import TrustDomain

# JWT-SVID section 2.1: RFC 7518 sections 3.3 to 3.5, and no others.
ALGORITHMS = ("RS256", "RS384", "RS512", "ES256", "ES384", "ES512", "PS256", "PS384", "PS512")
TOKEN_TYPES = ("JWT", "JOSE")  # section 2.3
HEADER_MEMBERS = ("alg", "kid", "typ")  # section 2: any other must not be there


class TrustDomainKeys:
    """A trust domain whose tokens are accepted, and where its keys come from.

    Attributes:
        trust_domain: the trust domain.
        keys: its own key source; one for several trust domains would let each vouch for the others.
        issuer: what `iss` must be where a token has one; None not to look at it, which JWT-SVID does not define.
    """

    __slots__ = ("issuer", "keys", "trust_domain")

    def __init__(self, *, trust_domain: TrustDomain, keys: KeySource, issuer: str | None = None) -> None:
        """Bind the source of keys to the trust domain."""
        self.trust_domain = trust_domain
        self.keys = keys
        self.issuer = issuer


class JwtSvidVerifier:
    """Verifies JWT-SVIDs of stated trust domains. Build it once, use it for every request, from any thread."""

    def __init__(
        self,
        trust_domains: Iterable[TrustDomainKeys],
        *,
        audiences: Collection[str],
        clock: Callable[[], float],
        leeway_seconds: float = 0,
    ) -> None:
        """Take whom to trust and what for.

        Args:
            trust_domains: the trust domains, at least one, each once and with a key source of its own.
            audiences: what this verifier calls itself; a token names at least one of them in `aud`.
            clock: seconds since 1970, `time.time` outside tests.
            leeway_seconds: added in the token's favour to `exp` and `nbf`, 0 to 300.

        Raises:
            ValueError: no trust domain, one twice, one key source for two, no audience, or an impossible leeway.
        """
        self.trust_domains = tuple(trust_domains)
        self._by_name = {each.trust_domain.name: each for each in self.trust_domains}
        if not self.trust_domains or len(self._by_name) < len(self.trust_domains):
            raise ValueError("trust_domains has at least one trust domain, and none of them twice")
        if len({id(each.keys) for each in self.trust_domains}) < len(self.trust_domains):
            raise ValueError("every trust domain has a key source of its own: with shared keys each could be the other")
        self._tokens = SignedTokens(algorithms=ALGORITHMS, token_types=TOKEN_TYPES, header_members=HEADER_MEMBERS)
        self._rules = ClaimRules(
            issuers=None, audiences=audiences, required=("sub", "aud", "exp"), leeway_seconds=leeway_seconds
        )
        self._clock = clock

    def verify(self, token: object) -> JwtSvid:
        """Return what `token`, the text after `Bearer `, proves.

        Raises:
            jwt_verification.errors.JwtError: it must not be trusted; the class and its `code` say why.
            jwt_verification.key_set_errors.KeySetError: the keys of its trust domain cannot be had now, so that nothing
                is known about it.
        """
        opened = self._tokens.open(token)
        claims = parse_claims(claimed_payload(opened))
        # All of this is only claimed, and only chooses a source, until the next call returns.
        if "sub" not in claims:
            raise MissingClaim("sub", "the claim `sub` is required")
        try:
            spiffe_id = SpiffeId.parse(claims["sub"])
        except ValueError as error:
            raise MalformedSpiffeId("sub", str(error)) from None
        trusted = self._by_name.get(spiffe_id.trust_domain.name)
        if trusted is None:
            raise WrongTrustDomain("sub", f"the trust domain is one of {', '.join(self._by_name)}")
        self._tokens.verify_signature(opened, trusted.keys)
        self._rules.check(claims, now=self._clock())
        if trusted.issuer is not None and claims.get("iss", trusted.issuer) != trusted.issuer:
            raise WrongIssuer("iss", "the token is from another issuer than the trust domain's")
        audience = claims["aud"]
        return JwtSvid(
            spiffe_id=spiffe_id,
            audience=(audience,) if type(audience) is str else tuple(audience),
            expires_at=int(claims["exp"]),
            claims=claims,
        )
