"""What a trust domain publishes, member by member as SPIRE 1.13.0 writes it (support/oidc-discovery-provider/handler.go
and pkg/common/bundleutil/marshal.go).

The provider's JWKS has `alg` and no `use`; the SPIFFE bundle has `use` and no `alg`. Deliberately no X.509 authorities
in the bundle: this issuer signs no X.509-SVIDs.
"""

from typing import Any

from cryptography.hazmat.primitives.asymmetric import ec
from jwt.algorithms import ECAlgorithm, RSAAlgorithm

from sandbox.spiffe_issuer.key_ring import KeyRing, SigningKey

REFRESH_HINT_SECONDS = 300
"""SPIRE's default, five minutes."""


def discovery(issuer_url: str) -> dict[str, Any]:
    """`/.well-known/openid-configuration`; the last four members are constants of SPIRE's provider."""
    return {
        "issuer": issuer_url,
        "jwks_uri": f"{issuer_url}/keys",
        "authorization_endpoint": "",
        "response_types_supported": ["id_token"],
        "subject_types_supported": ["public"],
        "id_token_signing_alg_values_supported": ["RS256", "ES256", "ES384"],
    }


def key_set(ring: KeyRing) -> dict[str, Any]:
    """The JWKS of the discovery provider."""
    return {"keys": [{**_public(key), "alg": key.algorithm} for key in ring.keys]}


def bundle(ring: KeyRing) -> dict[str, Any]:
    """The SPIFFE trust bundle (SPIFFE Trust Domain and Bundle, section 4)."""
    return {
        "keys": [{**_public(key), "use": "jwt-svid"} for key in ring.keys],
        "spiffe_sequence": ring.sequence,
        "spiffe_refresh_hint": REFRESH_HINT_SECONDS,
    }


def _public(key: SigningKey) -> dict[str, Any]:
    """The members of the public key (RFC 7518, section 6), and `kid`."""
    if isinstance(key.private, ec.EllipticCurvePrivateKey):
        members = ECAlgorithm.to_jwk(key.private.public_key(), as_dict=True)
    else:
        members = RSAAlgorithm.to_jwk(key.private.public_key(), as_dict=True)
    public = {name: members[name] for name in ("kty", "crv", "x", "y", "n", "e") if name in members}
    return {**public, "kid": key.key_id}
