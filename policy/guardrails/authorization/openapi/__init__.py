"""APIs that are declared in an OpenAPI body: what API Gateway makes of the text, operation by operation.

    documents       a text becomes an object, or it is said why not
    bodies          the body of one resource, and how its parts are named in messages
    pointers        `$ref` within the document
    operations      every operation of every path, however it is written
    schemes         what a security scheme makes API Gateway ask
    requirements    whether an operation lets anybody in whom no authorizer was asked about
    rest_bodies, http_bodies, imports   the rules

A body is judged as API Gateway reads it, not as the specification does: where the two differ, a message says so.
"""
