"""DynamoDB as AWS runs it, where the emulator does not: what calls cost, and when rows expire. See the modules."""

DYNAMODB_MODULES: tuple[str, ...] = (
    "dynamodb.table_protection",
    "dynamodb.expiry",
    "dynamodb.consumed_capacity",
)
