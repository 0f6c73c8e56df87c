"""Where customers and keys are kept, for those who change them: the port, and how a change can fail."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Protocol

    from api_keys.changes import Change
    from api_keys.records import CustomerKeys

    class KeyRepository(Protocol):
        """Reads are strongly consistent; a change is written whole or not at all."""

        def load(self, customer_id: str) -> CustomerKeys | None:
            """Return what is known of a customer, None where there is none.

            Raises:
                StoreUnavailable: the store did not answer.
            """
            ...

        def commit(self, change: Change) -> None:
            """Write `change`.

            Raises:
                ChangeNotMade: the records are not what the change was made from, or it is not known whether it was
                    written: load again and look.
                StoreUnavailable: nothing was written.
            """
            ...


class StoreUnavailable(Exception):  # noqa: N818 -- read as a reason
    """The table cannot be read or written now. The message names the call and AWS's code, and holds no data."""

    code = "store_unavailable"


class ChangeNotMade(Exception):  # noqa: N818 -- read as a reason
    """Somebody else has changed the records meanwhile, or no answer says whether this change was written."""
