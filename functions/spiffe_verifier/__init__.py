"""Verifies SPIFFE JWT-SVIDs: SPIFFE IDs, trust domains, and keys by OIDC discovery or SPIFFE trust bundle.

    token ──> jwt_svid_verifier ──> spiffe_id, trust_domain          whose is it? (said by the token, so far)
                    │
                    ├── keys of that trust domain and of no other ──> oidc_keys (discovery + JWKS), bundle_keys
                    └── signature, aud, exp, nbf, iss ──> jwt_svid   it is theirs

`from_environment.verifier_of(os.environ)` builds all of it from plain settings (`settings`); `errors` has the reasons
of a refusal. Built on `jwt_verification` and, for the cryptography, on `cryptography`; no SDK, no framework, no thread
of its own. Import the module that you need; this package imports none of them for you: `spiffe_id`, `trust_domain`,
`errors`, `jwt_svid` and `settings` need the standard library only.

Deliberately not here: X.509-SVIDs, the Workload API, which SPIFFE ID may do what.
"""
