"""Strict verification (and signing) of JSON Web Tokens, shared by every authorizer chain.

Read in this order: `verifier` and `signed_tokens` (what happens to a token, step by step), `compact_jws` and
`strict_json` (the bytes), `jose_header` (the header), `claims` (the claims), `errors` (the tree of reasons), and then
where keys come from:

    HS256       hmac_key                                     the standard library and nothing else
    RS, PS, ES  refreshing_key_source ──> jwk_set ──> jwk ──> asymmetric_key ──> cryptography
                ├── key_set_fetcher (port, fake), https_fetcher
                └── left_out_log                             which published keys are not used, for a function's log

HS256 chains import no module of the second line, so that they start in milliseconds; chains that do carry
`cryptography` in a layer (`functions/layers/jwt_cryptography`). Import the module that you need; this package imports
none of them for you.
"""
