"""Client certificates: what one says, which client it belongs to, and whether it still may be used.

    event ──> presented (pem ──> der ──> certificate) ──> standing ◄── lookup (registry table, one consistent read)

Read in this order: `presented` (from an event to a certificate), `standing` (the decision), `errors` (the reasons),
`lookup` and `records` (what is kept), `registry` and `changes` (how operators change it), and their adapters
`dynamodb_registry` and `in_memory_registry`. `verdict` is what the chains tell the functions,
`identified` how those read it, `binding_proof` what `POST /token` and Cognito's trigger agree on.

What runs for every request needs the standard library alone. Two modules import `cryptography`, and no function does:
`truststore` (is a bundle of authorities fit for API Gateway?) and `revocation_list` (is a CRL genuine and fresh?) are
for components and operators.

Deliberately not here: verifying a chain of certificates. API Gateway does that in the handshake, against the
truststore, before any of this runs.
"""
