"""DynamoDB under the function's own role, as one function that adapters take; and batches read whole."""

from __future__ import annotations

import os

from aws_calls.credentials import own_credentials
from aws_calls.dynamodb import DynamoDb
from aws_calls.errors import NoAnswer

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import Any

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


def batch_items(call: Call, requests: Mapping[str, Any]) -> dict[str, list[dict[str, dict[str, Any]]]]:
    """Return the items of a BatchGetItem by table, those that DynamoDB left out at first asked for again.

    Raises:
        AwsCallError: it cannot be read, or not all of it.
    """
    found: dict[str, list[dict[str, dict[str, Any]]]] = {table: [] for table in requests}
    wanted: Mapping[str, Any] = requests
    for _ in range(BATCH_ATTEMPTS):
        answer = call("BatchGetItem", {"RequestItems": wanted})
        for table, items in answer.get("Responses", {}).items():
            found[table] += items
        wanted = answer.get("UnprocessedKeys") or {}
        if not wanted:
            return found
    raise NoAnswer("BatchGetItem", f"keys were left out in {BATCH_ATTEMPTS} attempts")
