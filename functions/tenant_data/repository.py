"""The port to a customer's rows, and what can come of a write.

Every method takes the customer first and reaches rows of that customer only. There is no method without one, and none
that reads a table.

Besides what is documented, every method raises `aws_calls.errors.AwsCallError` where the store gave no result. After
`NoAnswer` a write may have been done.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Protocol

    from tenant_data.rows import Row

    class TenantRepository(Protocol):
        """The rows of all customers, one customer at a time."""

        def page(self, customer_id: str, *, limit: int, after: str | None) -> Page:
            """Return up to `limit` rows in the order of `data_id`, those that follow `after`: one Query, no other read.

            Eventually consistent: a row that was written a moment ago may be missing.
            """
            ...

        def row(self, customer_id: str, data_id: str) -> Row | None:
            """Return the row as the last write left it, None where the customer has none with this id."""
            ...

        def create(self, customer_id: str, row: Row) -> None:
            """Write a new row.

            Raises:
                RowExists: there is one with its id.
            """
            ...

        def create_once(self, customer_id: str, row: Row, creation: Creation) -> Creation:
            """Write a new row and, in the same transaction, that its key is used; return `creation`.

            Where the key was used before, and that has not expired, write nothing and return that creation.

            Raises:
                WriteInProgress: another request with this key is being written.
                RowExists: there is a row with this id.
            """
            ...

        def replace(self, customer_id: str, row: Row, *, expected_version: int) -> None:
            """Write `row` over the row with its id, if that has the expected version (0 for none).

            Raises:
                RowAbsent: there is none.
                VersionMismatch: it has another.
            """
            ...

        def delete(self, customer_id: str, data_id: str, *, expected_version: int | None) -> None:
            """Delete the row; with an expected version, only if it has that.

            Raises:
                RowAbsent: there is none.
                VersionMismatch: it has another.
            """
            ...


class Page:
    """Rows in order, each as JSON text (see `rows.row_text`), and the id of the last one where more may follow."""

    __slots__ = ("last_data_id", "texts")

    def __init__(self, *, texts: list[str], last_data_id: str | None) -> None:
        """Hold both."""
        self.texts = texts
        self.last_data_id = last_data_id


class Creation:
    """What an idempotency key was used for: enough to give the first answer again without reading the row.

    `request_digest` is over the fields; equal digests mean equal fields, which the repeated request brings along.
    """

    __slots__ = ("created_at", "data_id", "expires_at", "idempotency_key", "request_digest")

    def __init__(
        self, *, idempotency_key: str, request_digest: bytes, data_id: str, created_at: str, expires_at: int
    ) -> None:
        """Hold it; `expires_at` is in seconds since 1970."""
        self.idempotency_key = idempotency_key
        self.request_digest = request_digest
        self.data_id = data_id
        self.created_at = created_at
        self.expires_at = expires_at


class RowExists(Exception):  # noqa: N818 -- these three are read as what was found
    """A new row's id is taken."""


class RowAbsent(Exception):  # noqa: N818 -- see above
    """The customer has no row with this id. Rows of others are no reason for any other answer."""


class VersionMismatch(Exception):  # noqa: N818 -- see above
    """The row has another version than was expected."""

    def __init__(self, current_version: int) -> None:
        """Take the version that it has."""
        super().__init__(current_version)
        self.current_version = current_version


class WriteInProgress(Exception):  # noqa: N818 -- see above
    """Another write of the same keys has not ended."""
