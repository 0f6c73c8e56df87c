"""The fake `TenantSessions`, for tests of whatever needs one. Functions never import it."""

from __future__ import annotations

from aws_calls.credentials import Credentials


class InMemorySessions:
    """Credentials that name the customer they are for, counted by customer; raises `failure` while one is set."""

    def __init__(self) -> None:
        """Begin without any."""
        self.made: list[str] = []
        self.failure: Exception | None = None
        self._current: dict[str, Credentials] = {}

    def credentials(self, customer_id: str) -> Credentials:
        """See `TenantSessions.credentials`."""
        if self.failure is not None:
            raise self.failure
        if customer_id not in self._current:
            self.made.append(customer_id)
            self._current[customer_id] = Credentials(
                access_key_id=f"session-{len(self.made)}-of-{customer_id}",
                secret_access_key="",
                session_token=customer_id,
            )
        return self._current[customer_id]

    def forget(self, customer_id: str, credentials: Credentials) -> None:
        """See `TenantSessions.forget`."""
        if self._current.get(customer_id) is credentials:
            del self._current[customer_id]
