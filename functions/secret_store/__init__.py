"""Secrets of AWS Secrets Manager for functions: read, cached, and refreshed when a rotation shows.

`secret_source` is the port and says which adapter a function gets (the Lambda extension or boto3; `in_memory_source` is
the fake for tests), `cached_value` is the cache, `signing_key` is what our secrets look like inside, `signing_key_ring`
puts them together for tokens; `admin_key` and `admin_key_ring` are the same for the key of administrators.

Deliberately not here: writing secrets (that is the rotation function's alone), and secrets from environment
variables, files or parameters, which must not exist.
"""
