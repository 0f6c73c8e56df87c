"""Gap: transactions never conflict, because the emulator carries out one call after the other.

What AWS does (https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/transaction-apis.html, "Transaction
conflict handling"): while a TransactWriteItems is under way, a write of one of its items is refused
(TransactionConflictException), and a transaction with one of its items is cancelled with the reason
TransactionConflict. A second call with the token of one that is under way is a TransactionInProgressException
(https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_TransactWriteItems.html).

The wrap keeps the items of a transaction for `UNDER_WAY_SECONDS` before it carries it out, so that writers who really
are concurrent meet it. A test that must have a conflict keeps them for longer: a fault of kind `delay` before a
TransactWriteItems (`sandbox.fidelity.faults`).

Not covered: BatchWriteItem (on AWS such items come back unprocessed), conflicts of TransactGetItems with single writes.
"""

import asyncio
import json
from collections import Counter
from collections.abc import Iterator
from functools import wraps
from typing import Any, Final

from sandbox.fidelity.current_request import current_request
from sandbox.fidelity.emulator import Answer, Handler, emulator_module
from sandbox.fidelity.iam.item_access import TRANSACTION_ACTIONS, lists, mappings
from sandbox.fidelity.request_log import parsed
from sandbox.fidelity.settings import FidelitySettings
from sandbox.fidelity.wrapping import require_parameters, wrap

dynamodb = emulator_module("services.dynamodb")
responses = emulator_module("core.responses")

UNDER_WAY_SECONDS: Final = 0.001
HOLD_NOTE: Final = "dynamodb_transaction_seconds"
"""In the current request's notes: for how many seconds its transaction is to be under way."""
ONGOING: Final = "Transaction is ongoing for the item"
SINGLE_WRITES: Final = {"PutItem": "Item", "UpdateItem": "Key", "DeleteItem": "Key"}

Identity = tuple[str, ...]
"""Account, region, table and the values of an item's key."""

# Only the event loop touches these.
_items: Counter[Identity] = Counter()
_tokens: set[Identity] = set()


def apply(settings: FidelitySettings) -> None:
    """Installs the wrap; raises `EmulatorChangedError` when the emulator does not have what it needs."""
    del settings
    require_parameters(dynamodb, "_extract_key_from_item", ("table", "item"))
    wrap(dynamodb, "handle_request", ("method", "path", "headers", "body", "query_params"), _holding, by=__name__)


def _holding(original: Handler) -> Handler:
    @wraps(original)
    async def handle_request(method: str, path: str, headers: dict[str, str], body: bytes, query_params: Any) -> Answer:
        operation = headers.get("x-amz-target", "").rpartition(".")[2]
        if operation in SINGLE_WRITES and _items:
            document = parsed(body)
            if _is_held(_identity(document.get("TableName"), document.get(SINGLE_WRITES[operation]))):
                return responses.error_response_json("TransactionConflictException", ONGOING, 400)
        if operation not in ("TransactWriteItems", "TransactGetItems"):
            return await original(method, path, headers, body, query_params)
        document = parsed(body)
        items = [_of_member(each) for each in lists(document.get("TransactItems"))]
        if any(map(_is_held, items)):
            return _cancelled([_is_held(item) for item in items])
        if operation == "TransactGetItems":
            return await original(method, path, headers, body, query_params)
        token = (*_place(), str(document.get("ClientRequestToken") or ""))
        if token in _tokens:
            message = "The transaction with the given request token is already in progress."
            return responses.error_response_json("TransactionInProgressException", message, 400)
        _items.update(items)
        _tokens.update({token} if token[-1] else ())
        try:
            request = current_request()
            await asyncio.sleep(
                UNDER_WAY_SECONDS if request is None else request.notes.get(HOLD_NOTE, UNDER_WAY_SECONDS)
            )
            return await original(method, path, headers, body, query_params)
        finally:
            _tokens.discard(token)
            _items.subtract(items)
            for item in items:
                if not _items[item]:
                    del _items[item]

    return handle_request


def _is_held(item: Identity) -> bool:
    return bool(item) and _items[item] > 0


def _place() -> Identity:
    return str(responses.get_account_id()), str(responses.get_region())


def _of_member(member: Any) -> Identity:
    for kind in TRANSACTION_ACTIONS:
        detail = mappings(mappings(member).get(kind))
        if detail:
            return _identity(detail.get("TableName"), detail.get("Item" if kind == "Put" else "Key"))
    return ()


def _identity(table_name: Any, attributes: Any) -> Identity:
    """What names the item; empty where the request does not name one (the emulator says what is wrong with it)."""
    name = dynamodb._normalize_table_name(table_name)
    table = dynamodb._tables.get(name) if isinstance(name, str) else None
    if not table:
        return ()
    return (*_place(), name, *_key_values(table, mappings(attributes)))


def _key_values(table: Any, attributes: dict[str, Any]) -> Iterator[str]:
    for name in (table["pk_name"], table["sk_name"]):
        if name:
            yield json.dumps(attributes.get(name), sort_keys=True)


def _cancelled(conflicts: list[bool]) -> Answer:
    codes = ["TransactionConflict" if conflict else "None" for conflict in conflicts]
    reasons = [{"Code": code} | ({"Message": ONGOING} if code != "None" else {}) for code in codes]
    message = f"Transaction cancelled, please refer cancellation reasons for specific reasons [{', '.join(codes)}]"
    extra = {"CancellationReasons": reasons}
    return responses.error_response_json("TransactionCanceledException", message, 400, extra=extra)
