"""The fake `AuditTrail`. Functions never import it."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping


class InMemoryTrail:
    """Keeps records; `failures` are raised by the next writes, one each, None to let one pass."""

    def __init__(self) -> None:
        """Begin empty."""
        self.records: list[dict[str, str]] = []
        self.failures: list[Exception | None] = []

    def write(self, record: Mapping[str, str]) -> None:
        """See `AuditTrail.write`."""
        failure = self.failures.pop(0) if self.failures else None
        if failure is not None:
            raise failure
        self.records.append(dict(record))
