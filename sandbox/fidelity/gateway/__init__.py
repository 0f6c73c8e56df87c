"""API Gateway (REST) as AWS runs it: what a request is, who may pass, what is answered and what is logged.

A map of the package, in the order in which a request meets it:

    header_names            header names reach functions as the caller sent them
    default_endpoint        `disableExecuteApiEndpoint`; unknown paths of an API
    tracking                (support) opens an `Invocation` for each request and notes what happens to it
    deployment_snapshots    a stage serves the API as it was when its deployment was created
    identity_sources        `context.*` identity sources of a REQUEST authorizer
    invoke_permissions      a function is invoked only where its resource policy, or the credentials role, allows it
    authorizer_answers      what a Lambda authorizer may answer, and what its exceptions mean
    authorizer_policies     the policy an authorizer answers: Action, Resource, Condition, explicit Deny
    request_context         the events that authorizers and integrations receive
    mock_integrations       MOCK integrations
    proxy_answers           what a Lambda proxy integration may answer; 502 otherwise, without a word of the function's
    integration_timeout     `timeoutInMillis`
    gateway_responses       the answers that API Gateway makes itself
    access_logs             the stage's access log
    authorizer_management, stage_management, method_management, deletions   the control plane

Support without a wrap: `emulator` (the wrapped module), `invocation` (one request's facts), `context_variables`
(`$context`).
"""
