"""Cognito as AWS runs it, where the emulator does not: what triggers decide, what tokens say, which secrets count.

See the modules.
"""

COGNITO_MODULES: tuple[str, ...] = (
    "cognito.trigger_failures",
    "cognito.reserved_claims",
    "cognito.access_tokens",
    "cognito.client_secrets",
    "cognito.client_rules",
    "cognito.pool_deletions",
)
