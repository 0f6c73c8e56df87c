"""The SPIFFE verifier as a Lambda extension, and its client, without a process of its own (see `tests.packages`)."""
