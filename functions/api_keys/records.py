"""What is kept of customers and their keys. Times are whole seconds since 1970.

A customer's record names its keys: those in use (`live_key_ids`), and the last ones that were (`retired_key_ids`, for
listing). It is written with every change of a key, in the same transaction, under a version that counts changes.
"""

from __future__ import annotations

MAXIMUM_LIVE_KEYS = 20
MAXIMUM_RETIRED_KEYS = 20  # that a listing still shows
RETENTION_SECONDS = 30 * 86_400  # how long a key that ended is kept for listing

ACTIVE, EXPIRED, REVOKED = "active", "expired", "revoked"


class KeyRecord:
    """One key: whose it is, the digest of its secret, until when it is good. `repr` shows its id only."""

    __slots__ = ("created_at", "customer_id", "expires_at", "key_id", "label", "revoked_at", "secret_sha256")

    def __init__(
        self,
        *,
        key_id: str,
        customer_id: str,
        secret_sha256: bytes,
        created_at: int,
        expires_at: int | None = None,
        revoked_at: int | None = None,
        label: str | None = None,
    ) -> None:
        """Hold it; None is never (`expires_at`, `revoked_at`) or nothing (`label`)."""
        self.key_id = key_id
        self.customer_id = customer_id
        self.secret_sha256 = secret_sha256
        self.created_at = created_at
        self.expires_at = expires_at
        self.revoked_at = revoked_at
        self.label = label

    def __repr__(self) -> str:
        """Name the key, and not what is known of its secret."""
        return f"<KeyRecord {self.key_id}>"

    def status(self, now: float) -> str:
        """Return `active`, `expired` or `revoked` as of `now`."""
        if self.revoked_at is not None:
            return REVOKED
        return EXPIRED if self.expires_at is not None and now >= self.expires_at else ACTIVE

    def ended_at(self) -> int | None:
        """Return when the key stops, or has stopped, to be good; None where no end is set."""
        if self.revoked_at is None or self.expires_at is None:
            return self.expires_at if self.revoked_at is None else self.revoked_at
        return min(self.revoked_at, self.expires_at)

    def revoked(self, now: int) -> KeyRecord:
        """Return this key, revoked at `now`."""
        return KeyRecord(
            key_id=self.key_id,
            customer_id=self.customer_id,
            secret_sha256=self.secret_sha256,
            created_at=self.created_at,
            expires_at=self.expires_at,
            revoked_at=now,
            label=self.label,
        )


class Customer:
    """A customer. `version` is 1 when it is new and one more after every change."""

    __slots__ = (
        "created_at",
        "customer_id",
        "customer_name",
        "live_key_ids",
        "retired_key_ids",
        "revoked_at",
        "version",
    )

    def __init__(
        self,
        *,
        customer_id: str,
        customer_name: str,
        created_at: int,
        revoked_at: int | None,
        live_key_ids: frozenset[str],
        retired_key_ids: frozenset[str],
        version: int,
    ) -> None:
        """Hold it; `revoked_at` is None for a customer that was not revoked, or has been given a new key since."""
        self.customer_id = customer_id
        self.customer_name = customer_name
        self.created_at = created_at
        self.revoked_at = revoked_at
        self.live_key_ids = live_key_ids
        self.retired_key_ids = retired_key_ids
        self.version = version

    def __repr__(self) -> str:
        """Name the customer and its version."""
        return f"<Customer {self.customer_id} version {self.version}>"


class CustomerKeys:
    """A customer with the records of its keys, as many of them as are still kept."""

    __slots__ = ("customer", "keys")

    def __init__(self, *, customer: Customer, keys: tuple[KeyRecord, ...]) -> None:
        """Hold both."""
        self.customer = customer
        self.keys = keys
