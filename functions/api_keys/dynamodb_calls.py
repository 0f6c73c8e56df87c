"""Calls to DynamoDB with the errors that the ports of this package speak of."""

from __future__ import annotations

from api_keys.key_repository import StoreUnavailable
from aws_calls.errors import AwsCallError
from aws_calls.own_role import batch_items

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from api_keys.dynamodb_items import Item
    from aws_calls.own_role import Call


def read(call: Call, operation: str, parameters: Mapping[str, Any]) -> dict[str, Any]:
    """Make a call whose every failure means that the table cannot be used now; raises StoreUnavailable."""
    try:
        return call(operation, parameters)
    except AwsCallError as error:
        raise StoreUnavailable(str(error)) from None


def read_batch(call: Call, requests: Mapping[str, Any]) -> dict[str, list[Item]]:
    """Return the items of a BatchGetItem by table; raises StoreUnavailable where not all of it can be read."""
    try:
        return batch_items(call, requests)
    except AwsCallError as error:
        raise StoreUnavailable(str(error)) from None
