"""The real SPIRE beside the sandbox: built once per machine from its Go module, run on loopback, and asked for tokens.

    build ──► binaries in the per-user cache       configuration ──► server.conf, oidc.conf, agent.conf
    processes ──► start, find, end                 workload ──► entries and JWT-SVIDs, by SPIRE's own commands

Deliberately no part of a deployment: the stack learns an issuer's address and nothing else (`sandbox.commands`).
"""
