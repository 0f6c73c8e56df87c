"""The authorization map: who guards every route of a stack, and what the rules say (`python -m guardrails.report`).

    documents       a stack's state or preview, as Pulumi writes it: resources, and where the program makes them
    named           which resource a property names, by id or by origin
    routes          what the map says about one route, whatever its kind
    rest_routes, http_routes, function_urls     the routes of one kind of entrance each
    guards, domains what stands in front of a route, and under which names it can be reached
    verdict         what the rules say of the stack, with the exemptions that hold
    table, markdown, sarif, plain               the same report for people, pull requests, code scanning and programs
    difference      what changes from one map to another

It reads files that it is given. Nothing here calls AWS, the engine or the network, and nothing decides: the rules do.
"""
