"""The `ExchangeStore` on the tables `ApiKeys` and `KeyExchangeLockouts`: one BatchGetItem to check, one UpdateItem per
failure.

`KeyExchangeLockouts` has the key `id` (S) and the attributes failures, window_ends and expires_at_epoch (TTL), all N.
Needs of the function's role: GetItem and BatchGetItem on both tables, UpdateItem on `KeyExchangeLockouts`.
"""

from __future__ import annotations

from api_keys.dynamodb_calls import read_batch
from api_keys.dynamodb_items import key_item_id, key_record
from api_keys.exchange_store import FailureCount, Reading
from api_keys.key_repository import StoreUnavailable
from aws_calls.errors import AwsCallError, Refused

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any

    from aws_calls.own_role import Call

COUNT_ATTEMPTS = 4
_CONDITION_FAILED = "ConditionalCheckFailedException"


class DynamoDbExchange:
    """Reads keys and counts of failures."""

    def __init__(self, *, call: Call, keys_table: str, lockouts_table: str) -> None:
        """Take how to call DynamoDB and the tables' names."""
        self._call = call
        self._keys_table = keys_table
        self._lockouts_table = lockouts_table

    def read(self, *, key_id: str | None, counter_ids: Sequence[str]) -> Reading:
        """See `ExchangeStore.read`."""
        requests: dict[str, Any] = {}
        if key_id is not None:
            requests[self._keys_table] = {"Keys": [key_item_id(key_id)], "ConsistentRead": True}
        if counter_ids:
            requests[self._lockouts_table] = {"Keys": [{"id": {"S": counter_id}} for counter_id in counter_ids]}
        found = read_batch(self._call, requests)
        records = [key_record(item) for item in found.get(self._keys_table, [])]
        return Reading(
            key=records[0] if records else None,
            counts={
                item["id"]["S"]: FailureCount(
                    failures=int(item["failures"]["N"]), window_ends=int(item["window_ends"]["N"])
                )
                for item in found.get(self._lockouts_table, [])
            },
        )

    def count_failure(self, counter_id: str, *, now: int, window_seconds: int) -> int:
        """See `ExchangeStore.count_failure`.

        The first update adds to a count that lives or begins one, the second begins one that has ended anew. Each is
        conditional on what the other needs, so of two requests at once none is lost.
        """
        values = {":ends": {"N": str(now + window_seconds)}, ":now": {"N": str(now)}, ":one": {"N": "1"}}
        updates = (
            (
                "ADD failures :one SET window_ends = :ends, expires_at_epoch = :ends",
                "attribute_not_exists(id) OR window_ends > :now",
            ),
            (
                "SET failures = :one, window_ends = :ends, expires_at_epoch = :ends",
                "window_ends <= :now",
            ),
        )
        for attempt in range(COUNT_ATTEMPTS):
            update, condition = updates[attempt % len(updates)]
            parameters = {
                "TableName": self._lockouts_table,
                "Key": {"id": {"S": counter_id}},
                "UpdateExpression": update,
                "ConditionExpression": condition,
                "ExpressionAttributeValues": values,
                "ReturnValues": "UPDATED_NEW",
            }
            try:
                answer = self._call("UpdateItem", parameters)
            except Refused as error:
                if error.code != _CONDITION_FAILED:
                    raise StoreUnavailable(str(error)) from None
            except AwsCallError as error:
                raise StoreUnavailable(str(error)) from None
            else:
                return int(answer["Attributes"]["failures"]["N"])
        raise StoreUnavailable(f"UpdateItem: a count changed during each of {COUNT_ATTEMPTS} attempts")
