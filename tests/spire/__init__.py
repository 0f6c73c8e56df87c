"""SPIRE beside the sandbox, and the SPIRE host: with the real programs where this machine has them."""
