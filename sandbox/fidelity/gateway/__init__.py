"""API Gateway (REST) as AWS runs it: what a request is, who may pass, what is answered and what is logged.

`GATEWAY_MODULES` is part of `sandbox.fidelity.registry`. Beside the modules there is support without a wrap of its own:
`emulator` (what is wrapped), `invocation` (one request's facts), `tracking` (fills them in), `context_variables`
(`$context`), `events` (what functions are handed), `truststores` (what may be trusted) and `client_certificates` (what
is told of a caller's certificate).
"""

# In this order: of two that wrap the same function the later one is the outer one. A request meets them from the end.
GATEWAY_MODULES: tuple[str, ...] = (
    # What is stored, and what AWS refuses to set up
    "gateway.patch_operations",
    "gateway.response_updates",
    "gateway.resource_tags",
    "gateway.authorizer_management",
    "gateway.method_management",
    "gateway.stage_management",
    "gateway.deletions",
    "gateway.custom_domains",
    "gateway.base_path_mappings",
    # What a stage serves, and where
    "gateway.header_names",
    "gateway.default_endpoint",
    "gateway.custom_domain_requests",
    "gateway.deployment_snapshots",
    "gateway.request_size",
    # Who may pass
    "gateway.disabled_throttling",
    "gateway.identity_sources",
    "gateway.authorizer_answers",
    "gateway.authorizer_policies",
    "gateway.resource_policies",
    # What callers may send, what integrations may answer, in which time, and who may invoke them
    "gateway.validation_errors",
    "gateway.mock_integrations",
    "gateway.proxy_answers",
    "gateway.integration_timeout",
    "gateway.invoke_permissions",
    # What functions are told, what callers are answered, what is logged
    "gateway.request_context",
    "gateway.gateway_responses",
    "gateway.access_logs",
)
