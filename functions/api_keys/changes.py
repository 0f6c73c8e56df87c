"""What creating and revoking do to a customer's records: pure functions from what is known to what is to be written.

A revoked customer that is given a new key is a customer again: only an administrator can do it, and nothing of the
past comes back, because the keys in use are then that one key.
"""

from __future__ import annotations

from api_keys.records import (
    ACTIVE,
    MAXIMUM_LIVE_KEYS,
    MAXIMUM_RETIRED_KEYS,
    Customer,
    CustomerKeys,
    KeyRecord,
)


class KeyAdministrationError(Exception):
    """The change cannot be made as things are."""


class CustomerNameMissing(KeyAdministrationError):  # noqa: N818 -- read as a reason
    """A customer that is not known yet needs a name."""


class CustomerUnknown(KeyAdministrationError):  # noqa: N818 -- read as a reason
    """No key was ever made for this customer."""


class KeyUnknown(KeyAdministrationError):  # noqa: N818 -- read as a reason
    """The customer has no such key."""


class TooManyKeys(KeyAdministrationError):  # noqa: N818 -- read as a reason
    """The customer has as many keys in use as it may."""


class Change:
    """What one transaction writes: the customer's new record (its version says which one it replaces) and keys."""

    __slots__ = ("customer", "new_key", "revoked_keys")

    def __init__(
        self, *, customer: Customer, new_key: KeyRecord | None = None, revoked_keys: tuple[KeyRecord, ...] = ()
    ) -> None:
        """Hold what is to be written."""
        self.customer = customer
        self.new_key = new_key
        self.revoked_keys = revoked_keys


def with_new_key(known: CustomerKeys | None, *, key: KeyRecord, customer_name: str | None) -> Change:
    """Return the change that adds `key`; keys that expired by its creation make room.

    Raises:
        CustomerNameMissing: the customer is new and `customer_name` is None.
        TooManyKeys: `MAXIMUM_LIVE_KEYS` are in use.
    """
    if known is None:
        if customer_name is None:
            raise CustomerNameMissing
        customer = Customer(
            customer_id=key.customer_id,
            customer_name=customer_name,
            created_at=key.created_at,
            revoked_at=None,
            live_key_ids=frozenset({key.key_id}),
            retired_key_ids=frozenset(),
            version=1,
        )
        return Change(customer=customer, new_key=key)
    live = {record.key_id for record in known.keys if _in_use(record, known, key.created_at)}
    if len(live) >= MAXIMUM_LIVE_KEYS:
        raise TooManyKeys
    customer = _changed(known, live=live | {key.key_id}, keys=known.keys, customer_name=customer_name, revoked_at=None)
    return Change(customer=customer, new_key=key)


def without_key(known: CustomerKeys | None, *, key_id: str, now: int) -> Change | None:
    """Return the change that revokes one key, None where it is revoked already.

    Raises:
        CustomerUnknown, KeyUnknown: there is nothing of that name to revoke; another customer's key counts as none.
    """
    if known is None:
        raise CustomerUnknown
    found = next((record for record in known.keys if record.key_id == key_id), None)
    if found is None:
        raise KeyUnknown
    if key_id not in known.customer.live_key_ids and found.revoked_at is not None:
        return None
    return _revocation(
        known, [found], live=known.customer.live_key_ids - {key_id}, now=now, revoked_at=known.customer.revoked_at
    )


def without_any_key(known: CustomerKeys | None, *, now: int) -> Change | None:
    """Return the change that revokes a customer with all its keys, None where that has been done.

    Raises:
        CustomerUnknown: there is no such customer.
    """
    if known is None:
        raise CustomerUnknown
    customer = known.customer
    if customer.revoked_at is not None and not customer.live_key_ids:
        return None
    in_use = [record for record in known.keys if record.key_id in customer.live_key_ids]
    return _revocation(known, in_use, live=frozenset(), now=now, revoked_at=now)


def _in_use(record: KeyRecord, known: CustomerKeys, now: int) -> bool:
    return record.key_id in known.customer.live_key_ids and record.status(now) == ACTIVE


def _revocation(
    known: CustomerKeys, records: list[KeyRecord], *, live: frozenset[str], now: int, revoked_at: int | None
) -> Change:
    revoked = {record.key_id: record.revoked(now) for record in records}
    keys = tuple(revoked.get(record.key_id, record) for record in known.keys)
    customer = _changed(known, live=live, keys=keys, customer_name=None, revoked_at=revoked_at)
    return Change(customer=customer, revoked_keys=tuple(revoked.values()))


def _changed(
    known: CustomerKeys,
    *,
    live: set[str] | frozenset[str],
    keys: tuple[KeyRecord, ...],
    customer_name: str | None,
    revoked_at: int | None,
) -> Customer:
    """Return the customer's next version; of the keys that are not live, the last to end stay listed."""
    customer = known.customer
    ended = [record for record in keys if record.key_id not in live]
    ended.sort(key=lambda record: (record.ended_at() or 0, record.key_id), reverse=True)
    return Customer(
        customer_id=customer.customer_id,
        customer_name=customer.customer_name if customer_name is None else customer_name,
        created_at=customer.created_at,
        revoked_at=revoked_at,
        live_key_ids=frozenset(live),
        retired_key_ids=frozenset(record.key_id for record in ended[:MAXIMUM_RETIRED_KEYS]),
        version=customer.version + 1,
    )
