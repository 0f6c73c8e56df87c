"""A SPIFFE issuer in the sandbox's own process: what SPIRE's OIDC discovery provider and bundle endpoint answer.

    routes ──► issuer ──► key_ring (which keys sign, which are published, for how long)
                 │          └── key_file (0600 in the state folder)
                 └──► documents (discovery, JWKS, bundle), tokens (JWT-SVIDs), names (SPIFFE's rules)

Every trust domain that is asked for is there, with keys of its own, so that federation is tried by naming another one.
The documents have the members and the omissions of SPIRE 1.13.0's. Deliberately no X.509-SVIDs, no Workload API and no
registration: whoever can reach this loopback gets a token for the asking. `sandbox.spire` runs the real thing.
"""
