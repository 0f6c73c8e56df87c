"""Creating, listing and revoking keys, whatever happens in between: another administrator, a lost answer, a restart.

Each change is made from what is known and written under the condition that it still holds. Where it does not, or where
no answer says whether it was written, the records are read again: a change that turns out to be there is done, any
other is made anew. So two creations at once both succeed, and none is made twice.
"""

from __future__ import annotations

import random
from time import sleep

from api_keys.changes import CustomerUnknown, with_new_key, without_any_key, without_key
from api_keys.key_repository import ChangeNotMade, StoreUnavailable
from api_keys.records import KeyRecord

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from api_keys.changes import Change
    from api_keys.key_repository import KeyRepository
    from api_keys.key_text import NewKey
    from api_keys.records import CustomerKeys

ATTEMPTS = 8
LONGEST_PAUSE_SECONDS = 0.1


class KeyAdministration:
    """What an administrator can do. Build it once."""

    def __init__(
        self,
        *,
        repository: KeyRepository,
        clock: Callable[[], float],
        pause: Callable[[float], object] = sleep,
    ) -> None:
        """Take where the records are, seconds since 1970, and how to wait before another attempt."""
        self._repository = repository
        self._clock = clock
        self._pause = pause

    def create(
        self,
        *,
        key: NewKey,
        customer_id: str,
        customer_name: str | None,
        lifetime_seconds: int | None = None,
        label: str | None = None,
    ) -> KeyRecord:
        """Add `key` to the customer's keys, the customer too where it is new, and return its record.

        Raises:
            KeyAdministrationError: it cannot be added; see `changes`.
            StoreUnavailable: the table cannot be read or written. The key may be there all the same if the answer to
                the last attempt was lost; its secret was then never shown to anybody.
        """
        now = int(self._clock())
        record = KeyRecord(
            key_id=key.key_id,
            customer_id=customer_id,
            secret_sha256=key.secret_sha256,
            created_at=now,
            expires_at=None if lifetime_seconds is None else now + lifetime_seconds,
            label=label,
        )

        def change(known: CustomerKeys | None) -> Change | None:
            if known is not None and key.key_id in known.customer.live_key_ids:
                return None
            return with_new_key(known, key=record, customer_name=customer_name)

        self._make(customer_id, change)
        return record

    def revoke_customer(self, customer_id: str) -> None:
        """Revoke all keys of a customer; nothing happens where that has been done.

        Raises:
            CustomerUnknown, StoreUnavailable: as their names say.
        """
        now = int(self._clock())
        self._make(customer_id, lambda known: without_any_key(known, now=now))

    def revoke_key(self, customer_id: str, key_id: str) -> None:
        """Revoke one key; nothing happens where that has been done.

        Raises:
            CustomerUnknown, KeyUnknown, StoreUnavailable: as their names say.
        """
        now = int(self._clock())
        self._make(customer_id, lambda known: without_key(known, key_id=key_id, now=now))

    def keys_of(self, customer_id: str) -> CustomerKeys:
        """Return what is known of a customer.

        Raises:
            CustomerUnknown, StoreUnavailable: as their names say.
        """
        known = self._repository.load(customer_id)
        if known is None:
            raise CustomerUnknown
        return known

    def _make(self, customer_id: str, change_from: Callable[[CustomerKeys | None], Change | None]) -> None:
        for attempt in range(1, ATTEMPTS + 1):
            change = change_from(self._repository.load(customer_id))
            if change is None:
                return
            try:
                self._repository.commit(change)
            except ChangeNotMade:
                # Random, so that two administrators do not meet again and again.
                self._pause(random.uniform(0, LONGEST_PAUSE_SECONDS * attempt / ATTEMPTS))  # noqa: S311 -- not a secret
            else:
                return
        raise StoreUnavailable(f"the records of a customer changed during each of {ATTEMPTS} attempts")
