"""Strict verification (and signing) of JSON Web Tokens, shared by every authorizer chain.

Read in this order: `verifier` (what happens to a token, step by step), `compact_jws` and `strict_json` (the bytes),
`jose_header` (the header), `hmac_key` (the cryptography), `claims` (the claims), `errors` (the tree of reasons).

Deliberately without third-party imports: HS256 needs `hmac` from the standard library and nothing else, so that a
function which only verifies HS256 starts in milliseconds. Import the module that you need; this package imports none
of them for you.
"""
