"""The `KeyRepository` on the table `ApiKeys`: reads by key and strongly consistent, every change one transaction.

Needs of the function's role, on that table: GetItem, BatchGetItem, PutItem (TransactWriteItems asks for the actions of
its parts).
"""

from __future__ import annotations

from api_keys.dynamodb_calls import read, read_batch
from api_keys.dynamodb_items import customer_item, customer_item_id, customer_record, key_item, key_item_id, key_record
from api_keys.key_repository import ChangeNotMade, StoreUnavailable
from api_keys.records import CustomerKeys
from aws_calls.transactions import TransactionFailed, TransactionNotMade, write_together

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from api_keys.changes import Change
    from api_keys.records import Customer
    from aws_calls.own_role import Call


class DynamoDbKeys:
    """Keeps customers and keys in one table."""

    def __init__(self, *, call: Call, table: str) -> None:
        """Take how to call DynamoDB and the table's name."""
        self._call = call
        self._table = table

    def customer(self, customer_id: str) -> Customer | None:
        """Return a customer without its keys, one strongly consistent read; raises StoreUnavailable."""
        answer = read(
            self._call,
            "GetItem",
            {"TableName": self._table, "Key": customer_item_id(customer_id), "ConsistentRead": True},
        )
        return customer_record(answer["Item"]) if "Item" in answer else None

    def load(self, customer_id: str) -> CustomerKeys | None:
        """See `KeyRepository.load`."""
        customer = self.customer(customer_id)
        if customer is None:
            return None
        key_ids = sorted(customer.live_key_ids | customer.retired_key_ids)
        if not key_ids:
            return CustomerKeys(customer=customer, keys=())
        wanted = {self._table: {"Keys": [key_item_id(key_id) for key_id in key_ids], "ConsistentRead": True}}
        records = [key_record(item) for item in read_batch(self._call, wanted)[self._table]]
        # By id is for all to whom the id is random: a listing sorts by time.
        return CustomerKeys(customer=customer, keys=tuple(sorted(records, key=lambda record: record.key_id)))

    def commit(self, change: Change) -> None:
        """See `KeyRepository.commit`."""
        writes = [self._customer_write(change.customer)]
        if change.new_key is not None:
            writes.append(self._put(key_item(change.new_key), "attribute_not_exists(id)"))
        # A record that its TTL has taken meanwhile must not come back.
        writes += [self._put(key_item(record), "attribute_exists(id)") for record in change.revoked_keys]
        try:
            write_together(self._call, writes)
        except TransactionNotMade:
            raise ChangeNotMade from None
        except TransactionFailed as error:
            raise StoreUnavailable(str(error)) from None

    def _customer_write(self, customer: Customer) -> dict[str, Any]:
        if customer.version == 1:
            return self._put(customer_item(customer), "attribute_not_exists(id)")
        seen = {":seen": {"N": str(customer.version - 1)}}
        return self._put(customer_item(customer), "#version = :seen", seen)

    def _put(self, item: dict[str, Any], condition: str, values: dict[str, Any] | None = None) -> dict[str, Any]:
        put: dict[str, Any] = {"TableName": self._table, "Item": item, "ConditionExpression": condition}
        if values:
            put |= {"ExpressionAttributeNames": {"#version": "version"}, "ExpressionAttributeValues": values}
        return {"Put": put}
