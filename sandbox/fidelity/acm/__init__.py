"""ACM as AWS runs it: what may be imported, what is read from a certificate, and validation by DNS.

`ACM_MODULES` is part of `sandbox.fidelity.registry`. Beside the modules there is support without a wrap of its own:
`reading` (what a certificate says), `key_store` (private keys between starts) and `authority` (who issues).
"""

ACM_MODULES: tuple[str, ...] = (
    "acm.imported_certificates",
    "acm.requested_certificates",
)
