"""The benchmarks by name. A benchmark is a module with `run(progress) -> list[Row]`; add one line to add one."""

BENCHMARKS = {
    "authorizer": "benchmarks.authorizer",
    "deployment": "benchmarks.deployment",
    "edge_handshakes": "benchmarks.edge_handshakes",
    "jwt_verification": "benchmarks.jwt_verification",
    "key_exchange": "benchmarks.key_exchange",
    "policy_pack": "benchmarks.policy_pack",
    "revocation": "benchmarks.revocation",
    "spiffe": "benchmarks.spiffe",
    "spiffe_extension": "benchmarks.spiffe_extension",
    "partner_api": "benchmarks.partner_api",
    "partner_over_tls": "benchmarks.partner_over_tls",
    "tenant_data": "benchmarks.tenant_data_api",
}
