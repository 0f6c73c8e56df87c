"""`GET /protected`: answers 200 to whoever the chain `bound_token` has let in (seed 003)."""
