"""Which items a DynamoDB request touches: for each table or index the IAM action and the partition keys. Pure.

Read from the operation that will be carried out and from nothing else of the request: members that belong to another
operation are not looked at, because that operation does not look at them either.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final, cast

UNDETERMINED: Final = "\0"
"""Stands for a partition key that cannot be told from the request. No key has this value: DynamoDB's partition keys are
not restricted, but IAM's policies cannot name it, so that a condition on the keys is not met.
"""

ITEM_ACTIONS: Final = frozenset({"GetItem", "PutItem", "UpdateItem", "DeleteItem"})
BATCHES: Final = frozenset({"BatchGetItem", "BatchWriteItem"})
TRANSACTIONS: Final = frozenset({"TransactGetItems", "TransactWriteItems"})
# https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/transaction-apis-iam.html
TRANSACTION_ACTIONS: Final[Mapping[str, str]] = {
    "Get": "GetItem",
    "Put": "PutItem",
    "Update": "UpdateItem",
    "Delete": "DeleteItem",
    "ConditionCheck": "ConditionCheckItem",
}
# https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/ql-iam.html
STATEMENT_ACTIONS: Final[Mapping[str, str]] = {
    "SELECT": "PartiQLSelect",
    "EXISTS": "PartiQLSelect",
    "INSERT": "PartiQLInsert",
    "UPDATE": "PartiQLUpdate",
    "DELETE": "PartiQLDelete",
}
STATEMENTS: Final = frozenset({"ExecuteStatement", "BatchExecuteStatement", "ExecuteTransaction"})

PartitionKey = Callable[[str, str | None], str | None]
"""Answers the partition key attribute of a table (as the request names it) or of its index; `None`: no such table."""
QueriedKey = Callable[[dict[str, Any]], str | None]
"""Answers the partition key that a Query asks for; `None` where it asks for none."""
StatementTarget = Callable[[str, Any], tuple[str, str, str | None] | None]
"""Answers a PartiQL statement's verb, table and index from its text and parameters; `None`: it is none."""


@dataclass(frozen=True, kw_only=True)
class KeyKnowledge:
    """What must be known of tables and expressions to tell keys; in the sandbox, the emulator's own functions."""

    partition_key: PartitionKey
    queried_key: QueriedKey
    statement_target: StatementTarget


@dataclass(frozen=True, kw_only=True)
class Access:
    """One touch. `key` is the partition key's value as text; `None` for what touches all keys (Scan, a table)."""

    action: str
    table: str
    index: str | None = None
    key: str | None = None


def accesses(operation: str, document: dict[str, Any], knowledge: KeyKnowledge) -> list[Access]:
    """Every access of the request, in its order; empty where it names no table."""
    return list(_accesses(operation, document, knowledge))


def _accesses(operation: str, document: dict[str, Any], knowledge: KeyKnowledge) -> Iterator[Access]:
    partition_key = knowledge.partition_key
    if operation in STATEMENTS:
        yield from _statement_accesses(document, knowledge.statement_target)
    elif operation in BATCHES:
        for table, requests in mappings(document.get("RequestItems")).items():
            attribute = partition_key(table, None)
            found = [key_text(item, attribute) for item in _batch_items(operation, requests)]
            yield from (Access(action=operation, table=table, key=key) for key in found or [UNDETERMINED])
    elif operation in TRANSACTIONS:
        for item in lists(document.get("TransactItems")):
            yield from _transaction_accesses(item, partition_key)
    elif table := _table(document):
        index = document.get("IndexName")
        index = index if isinstance(index, str) and index else None
        key: str | None = None
        if operation in ITEM_ACTIONS:
            member = document.get("Item" if operation == "PutItem" else "Key")
            key = key_text(member, partition_key(table, None))
        elif operation == "Query":
            key = knowledge.queried_key(document) or UNDETERMINED
        yield Access(action=operation, table=table, index=index, key=key)


def _batch_items(operation: str, requests: Any) -> Iterator[Any]:
    if operation == "BatchGetItem":
        yield from lists(mappings(requests).get("Keys"))
        return
    for request in lists(requests):
        for kind, member in (("PutRequest", "Item"), ("DeleteRequest", "Key")):
            if kind in mappings(request):
                yield mappings(mappings(request)[kind]).get(member)


def _transaction_accesses(item: Any, partition_key: PartitionKey) -> Iterator[Access]:
    # An item with several members is refused by AWS; here none of them may go unseen.
    for kind, action in TRANSACTION_ACTIONS.items():
        detail = mappings(mappings(item).get(kind))
        if table := _table(detail):
            member = detail.get("Item" if kind == "Put" else "Key")
            yield Access(action=action, table=table, key=key_text(member, partition_key(table, None)))


def _statement_accesses(document: dict[str, Any], target: StatementTarget) -> Iterator[Access]:
    """A statement's keys are not worked out: whoever may touch some keys only may not use statements here."""
    for each in [document, *lists(document.get("Statements")), *lists(document.get("TransactStatements"))]:
        text = mappings(each).get("Statement")
        if isinstance(text, str) and text.strip():
            verb, table, index = target(text, mappings(each).get("Parameters")) or ("", "*", None)
            action = STATEMENT_ACTIONS.get(verb.upper(), "PartiQLSelect")
            yield Access(action=action, table=table, index=index, key=UNDETERMINED)


def key_text(attributes: Any, attribute: str | None) -> str:
    """The partition key in a key or item as text, as `dynamodb:LeadingKeys` has it; `UNDETERMINED` if there is none."""
    value = mappings(mappings(attributes).get(attribute)) if attribute else {}
    if len(value) != 1:
        return UNDETERMINED
    ((kind, text),) = value.items()
    return text if kind in ("S", "N", "B") and isinstance(text, str) and text else UNDETERMINED


def _table(document: dict[str, Any]) -> str | None:
    table = document.get("TableName")
    return table if isinstance(table, str) and table else None


def mappings(value: Any) -> dict[str, Any]:
    """A JSON object, or an empty one where there is something else."""
    return cast(dict[str, Any], value) if isinstance(value, dict) else {}


def lists(value: Any) -> list[Any]:
    """A JSON array, or an empty one where there is something else."""
    return cast(list[Any], value) if isinstance(value, list) else []
