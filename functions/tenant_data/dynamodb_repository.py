"""Rows in DynamoDB, reached with nothing but sessions of the customer that is asked for.

    CustomerData table     partition `customer_id`, sort `data_id`
    Idempotency table      partition `customer_id`, sort `idempotency_key`; TTL `expires_at_epoch`

Both partitions are the customer, so that one condition of the tenant role (`dynamodb:LeadingKeys`) covers both.
"""

from __future__ import annotations

import base64
from time import sleep

from aws_calls.errors import NoAnswer, Refused, SessionExpired, Throttled
from aws_calls.json_service import json_object
from tenant_data.page_reader import read_page
from tenant_data.repository import Creation, RowAbsent, RowExists, VersionMismatch, WriteInProgress
from tenant_data.rows import binary, key, require_owned, version_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any, TypeVar

    from aws_calls.dynamodb import DynamoDb
    from tenant_data.repository import Page
    from tenant_data.rows import Row
    from tenant_data.tenant_sessions import TenantSessions

    Result = TypeVar("Result")

DATA_TABLE_VARIABLE = "CUSTOMER_DATA_TABLE"
IDEMPOTENCY_TABLE_VARIABLE = "IDEMPOTENCY_TABLE"
TRANSACTION_ATTEMPTS = 4
FIRST_PAUSE_SECONDS = 0.025  # doubled for each further attempt
_NOT_MET = "ConditionalCheckFailedException"
_CONFLICT = "TransactionConflictException"  # a single write that met a transaction of the same row: it did nothing
_CANCELED = "TransactionCanceledException"
_CANCELED_FOR_RATE = frozenset({"ThrottlingError", "ProvisionedThroughputExceeded"})


class DynamoDbRepository:
    """A `TenantRepository` on two tables."""

    def __init__(
        self,
        *,
        dynamodb: DynamoDb,
        sessions: TenantSessions,
        data_table: str,
        idempotency_table: str,
        clock: Callable[[], float],
        pause: Callable[[float], object] = sleep,
    ) -> None:
        """Take the tables' names, the clock (seconds since 1970), and how to wait before another attempt."""
        self._dynamodb = dynamodb
        self._sessions = sessions
        self._data_table = data_table
        self._idempotency_table = idempotency_table
        self._clock = clock
        self._pause = pause

    def page(self, customer_id: str, *, limit: int, after: str | None) -> Page:
        """See `TenantRepository.page`."""
        query: dict[str, Any] = {
            "TableName": self._data_table,
            "KeyConditionExpression": "customer_id = :customer",
            "ExpressionAttributeValues": {":customer": {"S": customer_id}},
            "Limit": limit,
        }
        if after is not None:
            query["ExclusiveStartKey"] = key(customer_id, after)
        return self._call(customer_id, "Query", query, read=lambda content: read_page(content, customer_id))

    def row(self, customer_id: str, data_id: str) -> Row | None:
        """See `TenantRepository.row`."""
        get = {"TableName": self._data_table, "Key": key(customer_id, data_id), "ConsistentRead": True}
        found: Row | None = self._call(customer_id, "GetItem", get).get("Item")
        return found

    def create(self, customer_id: str, row: Row) -> None:
        """See `TenantRepository.create`."""
        put = {**self._put(customer_id, row), "ConditionExpression": "attribute_not_exists(data_id)"}
        if self._write(customer_id, "PutItem", put) is not None:
            raise RowExists

    def create_once(self, customer_id: str, row: Row, creation: Creation) -> Creation:
        """See `TenantRepository.create_once`."""
        record = {
            "customer_id": {"S": customer_id},
            "idempotency_key": {"S": creation.idempotency_key},
            "request_digest": binary(creation.request_digest),
            "data_id": {"S": creation.data_id},
            "created_at": {"S": creation.created_at},
            "expires_at_epoch": {"N": str(creation.expires_at)},
        }
        put_record = {
            "TableName": self._idempotency_table,
            "Item": record,
            # DynamoDB deletes what has expired within days, not at once.
            "ConditionExpression": "attribute_not_exists(idempotency_key) OR expires_at_epoch <= :now",
            "ExpressionAttributeValues": {":now": {"N": str(int(self._clock()))}},
            "ReturnValuesOnConditionCheckFailure": "ALL_OLD",
        }
        put_row = {**self._put(customer_id, row), "ConditionExpression": "attribute_not_exists(data_id)"}
        transaction = {"TransactItems": [{"Put": put_record}, {"Put": put_row}]}
        for attempt in range(TRANSACTION_ATTEMPTS):
            if attempt:
                self._pause(FIRST_PAUSE_SECONDS * 2 ** (attempt - 1))
            last = attempt == TRANSACTION_ATTEMPTS - 1
            try:
                self._call(customer_id, "TransactWriteItems", transaction)
            except NoAnswer:
                # If it was done after all, the next attempt finds its own record: nothing is written twice.
                if last:
                    raise
                continue
            except Refused as error:
                earlier = _earlier_creation(error)
                if earlier is not None:
                    return earlier
                continue
            return creation
        raise WriteInProgress

    def replace(self, customer_id: str, row: Row, *, expected_version: int) -> None:
        """See `TenantRepository.replace`."""
        put: dict[str, Any] = {
            **self._put(customer_id, row),
            "ReturnValuesOnConditionCheckFailure": "ALL_OLD",
        }
        if expected_version:
            put["ConditionExpression"] = "#version = :expected"
            put["ExpressionAttributeValues"] = {":expected": {"N": str(expected_version)}}
        else:
            put["ConditionExpression"] = "attribute_exists(data_id) AND attribute_not_exists(#version)"
        put["ExpressionAttributeNames"] = {"#version": "version"}
        _raise_mismatch(self._write(customer_id, "PutItem", put))

    def delete(self, customer_id: str, data_id: str, *, expected_version: int | None) -> None:
        """See `TenantRepository.delete`."""
        delete: dict[str, Any] = {
            "TableName": self._data_table,
            "Key": key(customer_id, data_id),
            "ConditionExpression": "attribute_exists(data_id)",
            "ReturnValuesOnConditionCheckFailure": "ALL_OLD",
        }
        if expected_version is not None:
            expression = "#version = :expected" if expected_version else "attribute_not_exists(#version)"
            delete["ConditionExpression"] += f" AND {expression}"
            delete["ExpressionAttributeNames"] = {"#version": "version"}
            if expected_version:
                delete["ExpressionAttributeValues"] = {":expected": {"N": str(expected_version)}}
        _raise_mismatch(self._write(customer_id, "DeleteItem", delete))

    def _put(self, customer_id: str, row: Row) -> dict[str, Any]:
        require_owned(row, customer_id)
        return {"TableName": self._data_table, "Item": row}

    def _write(self, customer_id: str, operation: str, parameters: dict[str, Any]) -> Row | None:
        """Write; return None when it was done, else the row that did not allow it (empty where there is none)."""
        try:
            self._call(customer_id, operation, parameters)
        except Refused as error:
            if error.code == _NOT_MET:
                return error.document.get("Item", {})
            if error.code == _CONFLICT:
                raise Throttled(operation, error.code) from None
            raise
        return None

    def _call(
        self,
        customer_id: str,
        operation: str,
        parameters: dict[str, Any],
        *,
        read: Callable[[bytes], Result] = json_object,
    ) -> Result:
        """Call with a session of the customer, with a new one where IAM says that the session has ended."""
        credentials = self._sessions.credentials(customer_id)
        try:
            return self._dynamodb.call(operation, parameters, credentials, read=read)
        except SessionExpired:
            self._sessions.forget(customer_id, credentials)
        return self._dynamodb.call(operation, parameters, self._sessions.credentials(customer_id), read=read)


def _raise_mismatch(found: Row | None) -> None:
    if found is None:
        return
    if not found:
        raise RowAbsent
    raise VersionMismatch(version_of(found))


def _earlier_creation(error: Refused) -> Creation | None:
    """Read why a transaction was canceled: the creation that came before, or None where it can be tried again.

    https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_TransactWriteItems.html
    """
    if error.code in (_CONFLICT, "TransactionInProgressException"):
        return None
    reasons: list[dict[str, Any]] = error.document.get("CancellationReasons") or []
    if error.code != _CANCELED or not reasons:
        raise error
    of_record, *of_row = [reason.get("Code") for reason in reasons]
    found: dict[str, Any] | None = reasons[0].get("Item")
    if of_record == "ConditionalCheckFailed" and found:
        return Creation(
            idempotency_key=found["idempotency_key"]["S"],
            request_digest=base64.b64decode(found["request_digest"]["B"]),
            data_id=found["data_id"]["S"],
            created_at=found["created_at"]["S"],
            expires_at=int(found["expires_at_epoch"]["N"]),
        )
    codes = {of_record, *of_row}
    if "TransactionConflict" in codes:
        return None
    if codes & _CANCELED_FOR_RATE:
        raise Throttled(error.call, error.code)
    if "ConditionalCheckFailed" in of_row:
        raise RowExists
    raise error
