"""API keys of customers: what a key looks like, what is kept of it, who may use it, and how guessing is ended.

    key_text          the key as its holder has it: `<key id>.<secret>`, and the comparison with what is stored
    names             the forms of customer ids and key ids
    records           Customer and KeyRecord, what the table holds
    changes           pure: what creating and revoking do to those records
    key_repository    the port for changes, with `in_memory_keys` (fake) and `dynamodb_keys`
    administration    changes with their races and unknown outcomes: create, list, revoke
    exchange_store    the port for checking a key, with `in_memory_exchange` (fake) and `dynamodb_exchange`
    key_check         is this key good, and may this source still try
    recent_attempts   how often a source has tried, in one worker's memory: when a guard reads before the key is read
    live_keys         whether the key that a token was issued for is still in use, cached for a bounded time

A customer's record names the keys that are in use. It is the one truth for tokens: a token is good while its key is
named there, so that no clock decides whether a token is older than a revocation.

Deliberately not here: HTTP, tokens, and who may administer keys.
"""
