"""HTTPS in front of the same application that the plain port serves: one listener per domain with mutual TLS, one for
all other custom domains.

`contexts` makes what a handshake goes by, `listener` accepts and serves connections, `domains` keeps the listeners in
step with API Gateway's domains. Deliberately TLS only: what a request may ask for is decided by
`sandbox.fidelity.gateway.custom_domain_requests`.
"""
