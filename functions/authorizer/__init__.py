"""The Lambda authorizer that runs a chain of plugins: `authorizer.handler.handle` (TOKEN and REQUEST, REST APIs).

    event ──> auth_context ──> chain (plugins/*.py, in order) ──> decision ──> policy_document ──> API Gateway
                                                                     └──────> decision_log ─────> CloudWatch

A plugin imports nothing of this package, except `authorizer.denial` where it wants to give its reason for a denial;
what it needs otherwise it asks for by name (`authorizer.providers`).
Deliberately not here: any check of a credential. Those are plugins.
"""
