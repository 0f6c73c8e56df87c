"""The fake `KeyRepository`. Functions never import it."""

from __future__ import annotations

from api_keys.key_repository import ChangeNotMade
from api_keys.records import CustomerKeys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from api_keys.changes import Change
    from api_keys.records import Customer, KeyRecord


class InMemoryKeys:
    """Records by id, and errors to raise: `failures` at the next calls, one each, None to let one pass.

    A failure of `commit` comes before anything is written; with `written_before_failure` after it, as where the answer
    is lost.
    """

    def __init__(self) -> None:
        """Begin empty."""
        self.customers: dict[str, Customer] = {}
        self.keys: dict[str, KeyRecord] = {}
        self.failures: list[Exception | None] = []
        self.written_before_failure = False
        self.commits = 0

    def load(self, customer_id: str) -> CustomerKeys | None:
        """See `KeyRepository.load`."""
        self._fail()
        customer = self.customers.get(customer_id)
        if customer is None:
            return None
        key_ids = sorted(customer.live_key_ids | customer.retired_key_ids)
        return CustomerKeys(
            customer=customer, keys=tuple(self.keys[key_id] for key_id in key_ids if key_id in self.keys)
        )

    def commit(self, change: Change) -> None:
        """See `KeyRepository.commit`."""
        if not self.written_before_failure:
            self._fail()
        customer = change.customer
        known = self.customers.get(customer.customer_id)
        if customer.version != (0 if known is None else known.version) + 1:
            raise ChangeNotMade
        if change.new_key is not None and change.new_key.key_id in self.keys:
            raise ChangeNotMade
        if any(record.key_id not in self.keys for record in change.revoked_keys):
            raise ChangeNotMade
        self.commits += 1
        self.customers[customer.customer_id] = customer
        for record in (*change.revoked_keys, *((change.new_key,) if change.new_key is not None else ())):
            self.keys[record.key_id] = record
        if self.written_before_failure:
            self._fail()

    def _fail(self) -> None:
        failure = self.failures.pop(0) if self.failures else None
        if failure is not None:
            raise failure
