"""The registry on one DynamoDB table: requests read three items in one consistent call, changes are transactions.

Needs of a role on that table: BatchGetItem where requests are decided (nothing else); of operators GetItem,
BatchGetItem, PutItem, DeleteItem, BatchWriteItem and Scan.
"""

from __future__ import annotations

from aws_calls.errors import AwsCallError
from aws_calls.own_role import batch_items
from aws_calls.transactions import TransactionFailed, TransactionNotMade, write_together
from client_certificates import dynamodb_items as items
from client_certificates.errors import StandingUnknown
from client_certificates.lookup import Findings
from client_certificates.records import ClientEntry
from client_certificates.registry import ChangeNotMade

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from typing import Any, TypeVar

    from aws_calls.own_role import Call
    from client_certificates.certificate import Certificate
    from client_certificates.changes import Change
    from client_certificates.dynamodb_items import Item
    from client_certificates.records import CertificateRecord, ClientRecord, RevocationListRecord

    Record = TypeVar("Record")

WRITES_PER_BATCH = 25  # BatchWriteItem's limit
WRITE_ATTEMPTS = 8


class DynamoDbLookup:
    """What requests read."""

    def __init__(self, *, call: Call, table: str) -> None:
        """Take how to call DynamoDB and the table's name; raises ValueError for an empty one."""
        if not table:
            raise ValueError("table is empty: set CLIENT_REGISTRY_TABLE")
        self._call = call
        self._table = table

    def find(self, certificate: Certificate) -> Findings:
        """See `CertificateLookup.find`."""
        keys = (
            items.certificate_key(certificate.fingerprint),
            items.list_key(certificate.issuer_id),
            items.revoked_key(certificate.issuer_id, certificate.serial),
        )
        found = {item["id"]["S"]: item for item in read_all(self._call, self._table, keys)}
        record, listed, revoked = (found.get(key["id"]["S"]) for key in keys)
        return Findings(
            record=None if record is None else read_as(items.certificate_record, record),
            revocation_list=None if listed is None else read_as(items.list_record, listed),
            revoked=None if revoked is None else read_as(items.revoked_serial, revoked),
        )


class DynamoDbRegistry:
    """What operators read and write."""

    def __init__(self, *, call: Call, table: str, pause: Callable[[float], object]) -> None:
        """Take how to call DynamoDB, the table's name, and how to wait before another attempt at a batch."""
        self._call = call
        self._table = table
        self._pause = pause

    def load(self, client_id: str) -> ClientEntry | None:
        """See `ClientRegistry.load`."""
        found = read_all(self._call, self._table, (items.client_key(client_id),))
        if not found:
            return None
        client = read_as(items.client_record, found[0])
        keys = [items.certificate_key(fingerprint) for fingerprint in sorted(client.fingerprints)]
        records = [read_as(items.certificate_record, item) for item in read_all(self._call, self._table, keys)]
        records.sort(key=lambda record: record.fingerprint)
        return ClientEntry(client=client, certificates=tuple(records))

    def certificate(self, fingerprint: str) -> CertificateRecord | None:
        """See `ClientRegistry.certificate`."""
        found = read_all(self._call, self._table, (items.certificate_key(fingerprint),))
        return read_as(items.certificate_record, found[0]) if found else None

    def clients(self) -> list[ClientRecord]:
        """See `ClientRegistry.clients`."""
        parameters: dict[str, Any] = {
            "TableName": self._table,
            "ConsistentRead": True,
            "FilterExpression": "begins_with(id, :client)",
            "ExpressionAttributeValues": {":client": {"S": items.CLIENT_PREFIX}},
        }
        found: list[ClientRecord] = []
        while True:
            try:
                answer = self._call("Scan", parameters)
            except AwsCallError as error:
                raise StandingUnknown(str(error)) from None
            found += [read_as(items.client_record, item) for item in answer["Items"]]
            if not answer.get("LastEvaluatedKey"):
                return sorted(found, key=lambda client: client.client_id)
            parameters["ExclusiveStartKey"] = answer["LastEvaluatedKey"]

    def commit(self, change: Change) -> None:
        """See `ClientRegistry.commit`."""
        writes = [self._client_write(change.client)]
        if change.new is not None:
            writes.append(self._put(items.certificate_item(change.new), "attribute_not_exists(id)"))
        writes += [self._put(items.certificate_item(each), "attribute_exists(id)") for each in change.rewritten]
        writes += [
            {"Delete": {"TableName": self._table, "Key": items.certificate_key(fingerprint)}}
            for fingerprint in change.dropped
        ]
        try:
            write_together(self._call, writes)
        except TransactionNotMade:
            raise ChangeNotMade from None
        except TransactionFailed as error:
            raise StandingUnknown(str(error)) from None

    def revocation_list(self, issuer_id: str) -> RevocationListRecord | None:
        """See `ClientRegistry.revocation_list`."""
        found = read_all(self._call, self._table, (items.list_key(issuer_id),))
        return read_as(items.list_record, found[0]) if found else None

    def load_revocations(self, record: RevocationListRecord, serials: Sequence[str]) -> None:
        """See `ClientRegistry.load_revocations`."""
        puts = [
            {"PutRequest": {"Item": items.revoked_item(record.issuer_id, serial, record.number)}}
            for serial in sorted(set(serials))
        ]
        for start in range(0, len(puts), WRITES_PER_BATCH):
            self._write_batch(puts[start : start + WRITES_PER_BATCH])
        try:
            self._call("PutItem", {"TableName": self._table, "Item": items.list_item(record)})
        except AwsCallError as error:
            raise StandingUnknown(str(error)) from None

    def _write_batch(self, puts: list[dict[str, Any]]) -> None:
        waiting: Mapping[str, Any] = {self._table: puts}
        for attempt in range(WRITE_ATTEMPTS):
            try:
                answer = self._call("BatchWriteItem", {"RequestItems": waiting})
            except AwsCallError as error:
                raise StandingUnknown(str(error)) from None
            waiting = answer.get("UnprocessedItems") or {}
            if not waiting:
                return
            self._pause(0.1 * 2**attempt)
        raise StandingUnknown(f"BatchWriteItem: items were left out in {WRITE_ATTEMPTS} attempts")

    def _client_write(self, client: ClientRecord) -> dict[str, Any]:
        if client.version == 1:
            return self._put(items.client_item(client), "attribute_not_exists(id)")
        seen = {":seen": {"N": str(client.version - 1)}}
        return self._put(items.client_item(client), "#version = :seen", seen)

    def _put(self, item: Item, condition: str, values: dict[str, Any] | None = None) -> dict[str, Any]:
        put: dict[str, Any] = {"TableName": self._table, "Item": item, "ConditionExpression": condition}
        if values:
            put |= {"ExpressionAttributeNames": {"#version": "version"}, "ExpressionAttributeValues": values}
        return {"Put": put}


def read_all(call: Call, table: str, keys: Sequence[Item]) -> list[Item]:
    """Return the items with these keys, strongly consistent, in any order; raises `StandingUnknown`."""
    if not keys:
        return []
    try:
        return batch_items(call, {table: {"Keys": list(keys), "ConsistentRead": True}})[table]
    except AwsCallError as error:
        raise StandingUnknown(str(error)) from None


def read_as(record_of: Callable[[Item], Record], item: Item) -> Record:
    """Return the record in `item`; one that somebody has spoilt is as bad as one that cannot be read."""
    try:
        return record_of(item)
    except (KeyError, TypeError, ValueError) as error:
        raise StandingUnknown(f"an item of the registry is not in its form: {type(error).__name__}") from None
