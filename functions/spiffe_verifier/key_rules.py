"""Which published keys verify JWT-SVIDs, by where they are published.

SPIRE's trust bundles, and the key sets of older releases, have keys without `alg`: what these are for, the token says
(JWT-SVID section 2.1 leaves it open), among the algorithms of the key's kind. Tokens without `kid` (section
2.2: it is optional) are verified with the keys for their algorithm, four at most (`jwt_verification.jwk_set`).
"""

from jwt_verification.jwk import ALGORITHMS, JwkRules

_BY_KIND = {
    kind: tuple(algorithm for algorithm, needed in ALGORITHMS.items() if needed == kind)
    for kind in dict.fromkeys(ALGORITHMS.values())
}

# A JWK Set behind OIDC discovery: `use` is absent, or `sig` where SPIRE has `set_key_use`.
JWKS_RULES = JwkRules(
    algorithms=ALGORITHMS,
    uses=("sig",),
    algorithms_without_alg=_BY_KIND,
    key_id_required=False,
    tokens_without_key_id=True,
)

# A SPIFFE trust bundle: `use` is `jwt-svid`, and entries without it are not for us (Trust Domain and Bundle section
# 4.2.2, JWT-SVID section 6.2); `kid` is there (JWT-SVID section 6.1).
BUNDLE_RULES = JwkRules(
    algorithms=ALGORITHMS,
    uses=("jwt-svid",),
    use_required=True,
    algorithms_without_alg=_BY_KIND,
    tokens_without_key_id=True,
)
