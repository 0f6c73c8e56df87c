"""Sessions of the tenant role, each tagged with one customer: the only way to rows.

    trust     the data function's role may assume it, only with the tag
    tag       customer_id
    policy    the actions of `operations.tenant_actions`, where `dynamodb:LeadingKeys` is the tag

Cached by customer: bounded in number (the one used longest ago goes), replaced a minute before they end, one request to
STS at a time per customer. Where STS gives no new one in time, one that is still good is used to its end.
https://docs.aws.amazon.com/IAM/latest/UserGuide/id_session-tags.html
"""

from __future__ import annotations

import threading

from aws_calls.errors import Denied, NoAnswer, NotSent, SessionExpired, Throttled

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Protocol

    from aws_calls.credentials import Credentials
    from aws_calls.role_sessions import RoleSessions

    class TenantSessions(Protocol):
        """Credentials by customer."""

        def credentials(self, customer_id: str) -> Credentials:
            """Return credentials that reach this customer's rows and nothing else; raises `AwsCallError`."""
            ...

        def forget(self, customer_id: str, credentials: Credentials) -> None:
            """Do not give out these credentials again."""
            ...


ROLE_VARIABLE = "TENANT_ROLE_ARN"
TAG = "customer_id"
LIFETIME_SECONDS = 900  # the shortest that STS gives: what leaks is soon worthless
REPLACED_BEFORE_END_SECONDS = 60
STILL_GOOD_SECONDS = 5  # enough for the request that they are used for
RETRY_SECONDS = 5
MAXIMUM_SESSIONS = 500  # about 3 kB each
_SESSION_NAME_PREFIX = "tenant-"
_MAXIMUM_SESSION_NAME_LENGTH = 64


class AssumedRoleSessions:
    """A `TenantSessions` from STS."""

    def __init__(
        self,
        *,
        sts: RoleSessions,
        role_arn: str,
        clock: Callable[[], float],
        maximum_sessions: int = MAXIMUM_SESSIONS,
    ) -> None:
        """Take the role, and the clock (seconds since 1970)."""
        self._sts = sts
        self._role_arn = role_arn
        self._clock = clock
        self._maximum = maximum_sessions
        self._lock = threading.Lock()
        self._sessions: dict[str, _Session] = {}  # in the order of their last use

    def credentials(self, customer_id: str) -> Credentials:
        """See `TenantSessions.credentials`."""
        session = self._session(customer_id)
        with session.lock:
            current = session.credentials
            now = self._clock()
            if current is not None and (
                now < current.expires_at - REPLACED_BEFORE_END_SECONDS or now < session.replace_after
            ):
                return current
            try:
                session.credentials = self._assume(customer_id)
            except (NotSent, NoAnswer, Throttled, SessionExpired):
                if current is None or now >= current.expires_at - STILL_GOOD_SECONDS:
                    raise
                session.replace_after = min(now + RETRY_SECONDS, current.expires_at - STILL_GOOD_SECONDS)
                return current
            except Denied:
                session.credentials = None
                raise
            return session.credentials

    def forget(self, customer_id: str, credentials: Credentials) -> None:
        """See `TenantSessions.forget`."""
        session = self._session(customer_id)
        with session.lock:
            if session.credentials is credentials:
                session.credentials = None

    def __len__(self) -> int:
        """Count the customers that have a session here."""
        return len(self._sessions)

    def _session(self, customer_id: str) -> _Session:
        with self._lock:
            session = self._sessions.pop(customer_id, None) or _Session()
            self._sessions[customer_id] = session
            if len(self._sessions) > self._maximum:
                del self._sessions[next(iter(self._sessions))]
            return session

    def _assume(self, customer_id: str) -> Credentials:
        return self._sts.assume(
            self._role_arn,
            # For the reader of CloudTrail only: what permits and forbids is the tag, which is never cut.
            session_name=f"{_SESSION_NAME_PREFIX}{customer_id}"[:_MAXIMUM_SESSION_NAME_LENGTH],
            tags={TAG: customer_id},
            lifetime_seconds=LIFETIME_SECONDS,
        )


class _Session:
    """One customer's place: whoever holds its lock is the one who asks STS."""

    __slots__ = ("credentials", "lock", "replace_after")

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.credentials: Credentials | None = None
        self.replace_after = 0.0
