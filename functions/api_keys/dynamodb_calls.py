"""DynamoDB under the function's own role, with the errors that the ports of this package speak of."""

from __future__ import annotations

import os

from api_keys.key_repository import StoreUnavailable
from aws_calls.credentials import own_credentials
from aws_calls.dynamodb import DynamoDb
from aws_calls.errors import AwsCallError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import Any

    from api_keys.dynamodb_items import Item

    # An operation with its parameters, as the API reference writes them; raises AwsCallError.
    Call = Callable[[str, Mapping[str, Any]], dict[str, Any]]

BATCH_ATTEMPTS = 3


def own_role_calls(environment: Mapping[str, str] = os.environ, *, dynamodb: DynamoDb | None = None) -> Call:
    """Return calls under the role of the function with this environment; nothing is read or opened yet."""
    connected = [] if dynamodb is None else [dynamodb]

    def call(operation: str, parameters: Mapping[str, Any]) -> dict[str, Any]:
        if not connected:
            connected.append(DynamoDb.of(environment))
        return connected[0].call(operation, parameters, own_credentials(environment))

    return call


def read(call: Call, operation: str, parameters: Mapping[str, Any]) -> dict[str, Any]:
    """Make a call whose every failure means that the table cannot be used now; raises StoreUnavailable."""
    try:
        return call(operation, parameters)
    except AwsCallError as error:
        raise StoreUnavailable(str(error)) from None


def read_batch(call: Call, requests: Mapping[str, Any]) -> dict[str, list[Item]]:
    """Return the items of a BatchGetItem by table, those that DynamoDB left out at first asked for again.

    Raises:
        StoreUnavailable: it cannot be read, or not all of it.
    """
    found: dict[str, list[Item]] = {table: [] for table in requests}
    wanted: Mapping[str, Any] = requests
    for _ in range(BATCH_ATTEMPTS):
        answer = read(call, "BatchGetItem", {"RequestItems": wanted})
        for table, items in answer.get("Responses", {}).items():
            found[table] += items
        wanted = answer.get("UnprocessedKeys") or {}
        if not wanted:
            return found
    raise StoreUnavailable(f"BatchGetItem: keys were left out in {BATCH_ATTEMPTS} attempts")
