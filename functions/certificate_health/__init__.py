"""`GET /health`: what the caller's certificate says, and what the registry says of it."""
