"""The sandbox's built-in SPIFFE issuer."""
