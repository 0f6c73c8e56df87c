"""The fake `TenantRepository`, held to the same contract tests as the one on DynamoDB. Functions never import it."""

from __future__ import annotations

from tenant_data.repository import Page, RowAbsent, RowExists, VersionMismatch
from tenant_data.rows import require_owned, row_text, version_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from tenant_data.repository import Creation
    from tenant_data.rows import Row


class InMemoryRepository:
    """Rows by customer and id.

    `failure`, while it is set, is raised instead of doing anything; `failure_after_write` once, after the next write
    was done, as a lost answer would be. `calls` has the name and the customer of each call.
    """

    def __init__(self, *, clock: Callable[[], float]) -> None:
        """Take the clock (seconds since 1970) that idempotency keys expire by."""
        self.rows: dict[tuple[str, str], Row] = {}
        self.creations: dict[tuple[str, str], Creation] = {}
        self.calls: list[tuple[str, str]] = []
        self.failure: Exception | None = None
        self.failure_after_write: Exception | None = None
        self._clock = clock

    def page(self, customer_id: str, *, limit: int, after: str | None) -> Page:
        """See `TenantRepository.page`."""
        self._called("page", customer_id)
        ids = sorted(
            (data_id for owner, data_id in self.rows if owner == customer_id and (after is None or data_id > after)),
            key=str.encode,  # DynamoDB orders by the bytes of UTF-8
        )
        taken = ids[:limit]
        # As with DynamoDB: a page that is full does not know whether anything follows.
        last = taken[-1] if len(taken) == limit else None
        return Page(
            texts=[row_text(self.rows[customer_id, data_id], customer_id) for data_id in taken], last_data_id=last
        )

    def row(self, customer_id: str, data_id: str) -> Row | None:
        """See `TenantRepository.row`."""
        self._called("row", customer_id)
        found = self.rows.get((customer_id, data_id))
        return None if found is None else dict(found)

    def create(self, customer_id: str, row: Row) -> None:
        """See `TenantRepository.create`."""
        self._called("create", customer_id)
        place = _place(customer_id, row)
        if place in self.rows:
            raise RowExists
        self.rows[place] = dict(row)
        self._written()

    def create_once(self, customer_id: str, row: Row, creation: Creation) -> Creation:
        """See `TenantRepository.create_once`."""
        self._called("create_once", customer_id)
        earlier = self.creations.get((customer_id, creation.idempotency_key))
        if earlier is not None and earlier.expires_at > self._clock():
            return earlier
        place = _place(customer_id, row)
        if place in self.rows:
            raise RowExists
        self.rows[place] = dict(row)
        self.creations[customer_id, creation.idempotency_key] = creation
        self._written()
        return creation

    def replace(self, customer_id: str, row: Row, *, expected_version: int) -> None:
        """See `TenantRepository.replace`."""
        self._called("replace", customer_id)
        place = _place(customer_id, row)
        self._expect(place, expected_version)
        self.rows[place] = dict(row)
        self._written()

    def delete(self, customer_id: str, data_id: str, *, expected_version: int | None) -> None:
        """See `TenantRepository.delete`."""
        self._called("delete", customer_id)
        self._expect((customer_id, data_id), expected_version)
        del self.rows[customer_id, data_id]
        self._written()

    def _expect(self, place: tuple[str, str], expected_version: int | None) -> None:
        if place not in self.rows:
            raise RowAbsent
        version = version_of(self.rows[place])
        if expected_version is not None and version != expected_version:
            raise VersionMismatch(version)

    def _called(self, name: str, customer_id: str) -> None:
        self.calls.append((name, customer_id))
        if self.failure is not None:
            raise self.failure

    def _written(self) -> None:
        failure, self.failure_after_write = self.failure_after_write, None
        if failure is not None:
            raise failure


def _place(customer_id: str, row: Row) -> tuple[str, str]:
    require_owned(row, customer_id)
    return customer_id, row["data_id"]["S"]
