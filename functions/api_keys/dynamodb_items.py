"""How the records look in the table `ApiKeys`, whose key is the attribute `id` (S). Times are N, seconds since 1970.

    KEY#<key id>              customer_id, secret_sha256 (B), created_at, expires_at?, revoked_at?, label?,
                              expires_at_epoch? (TTL: when the record itself goes, some time after the key has ended)
    CUSTOMER#<customer id>    customer_name, created_at, revoked_at?, live_key_ids (SS)?, retired_key_ids (SS)?, version

A set that is empty is absent, because DynamoDB has no empty sets. Attribute values are DynamoDB's (`{"S": "..."}`).
"""

from __future__ import annotations

from base64 import b64decode, b64encode

from api_keys.records import RETENTION_SECONDS, Customer, KeyRecord

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    Item = dict[str, dict[str, Any]]

KEY_PREFIX = "KEY#"
CUSTOMER_PREFIX = "CUSTOMER#"


def key_item_id(key_id: str) -> Item:
    """Return the table key of a key's record."""
    return {"id": {"S": KEY_PREFIX + key_id}}


def customer_item_id(customer_id: str) -> Item:
    """Return the table key of a customer's record."""
    return {"id": {"S": CUSTOMER_PREFIX + customer_id}}


def key_item(record: KeyRecord) -> Item:
    """Return the whole item of a key."""
    item: Item = {
        **key_item_id(record.key_id),
        "customer_id": {"S": record.customer_id},
        "secret_sha256": {"B": b64encode(record.secret_sha256).decode("ascii")},
        "created_at": _number(record.created_at),
    }
    if record.expires_at is not None:
        item["expires_at"] = _number(record.expires_at)
    if record.revoked_at is not None:
        item["revoked_at"] = _number(record.revoked_at)
    if record.label is not None:
        item["label"] = {"S": record.label}
    ended_at = record.ended_at()
    if ended_at is not None:
        item["expires_at_epoch"] = _number(ended_at + RETENTION_SECONDS)
    return item


def key_record(item: Item) -> KeyRecord:
    """Return the key in `item`."""
    return KeyRecord(
        key_id=item["id"]["S"].removeprefix(KEY_PREFIX),
        customer_id=item["customer_id"]["S"],
        secret_sha256=b64decode(item["secret_sha256"]["B"]),
        created_at=int(item["created_at"]["N"]),
        expires_at=_optional_number(item, "expires_at"),
        revoked_at=_optional_number(item, "revoked_at"),
        label=item["label"]["S"] if "label" in item else None,
    )


def customer_item(customer: Customer) -> Item:
    """Return the whole item of a customer."""
    item: Item = {
        **customer_item_id(customer.customer_id),
        "customer_name": {"S": customer.customer_name},
        "created_at": _number(customer.created_at),
        "version": _number(customer.version),
    }
    if customer.revoked_at is not None:
        item["revoked_at"] = _number(customer.revoked_at)
    for name, key_ids in (("live_key_ids", customer.live_key_ids), ("retired_key_ids", customer.retired_key_ids)):
        if key_ids:
            item[name] = {"SS": sorted(key_ids)}
    return item


def customer_record(item: Item) -> Customer:
    """Return the customer in `item`."""
    return Customer(
        customer_id=item["id"]["S"].removeprefix(CUSTOMER_PREFIX),
        customer_name=item["customer_name"]["S"],
        created_at=int(item["created_at"]["N"]),
        revoked_at=_optional_number(item, "revoked_at"),
        live_key_ids=_set(item, "live_key_ids"),
        retired_key_ids=_set(item, "retired_key_ids"),
        version=int(item["version"]["N"]),
    )


def _number(value: int) -> dict[str, Any]:
    return {"N": str(value)}


def _optional_number(item: Item, name: str) -> int | None:
    return int(item[name]["N"]) if name in item else None


def _set(item: Item, name: str) -> frozenset[str]:
    return frozenset(item[name]["SS"]) if name in item else frozenset()
