"""The Lambda extension that verifies JWT-SVIDs beside a function, and how the function asks it.

    Lambda ──► extensions/spiffe-verifier-extension ──► program      register, prepare, wait for SHUTDOWN
                                                          ├── extensions_api    what is said to Lambda
                                                          ├── key_refresh       keys of every trust domain, always fresh
                                                          └── socket_server ──► spiffe_verifier
    function ──► client ──(unix socket: frames)──────────────────┘
                    └── where nobody answers: the same library in process

The function's side (`client`, `frames`, `socket_path`, `svid_answer`) needs the standard library and the light half of
`spiffe_verifier` only: no cryptography is imported, no key is held and nothing is fetched in the function's process.

Deliberately not here: what is verified, and why it is refused (`spiffe_verifier`), and which workload may do what.
"""
