"""DynamoDB as AWS runs it, where the emulator does not: what calls cost, which of them conflict, when rows expire.

See the modules.
"""

DYNAMODB_MODULES: tuple[str, ...] = (
    "dynamodb.table_protection",
    "dynamodb.expiry",
    "dynamodb.transaction_conflicts",
    "dynamodb.consumed_capacity",
)
