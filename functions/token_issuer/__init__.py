"""`POST /token`: an access token of Cognito that is bound to the caller's certificate (RFC 6749 section 4.4, RFC 8705).

    event ──> handler ──> client_certificates.identified ──> token_request (the form) ──> issuing
                                                          token_cache ◄──┘        └──> client_secrets, cognito_endpoint

The caller shows a certificate and never has a client secret: that stays between this function and Cognito.
"""
