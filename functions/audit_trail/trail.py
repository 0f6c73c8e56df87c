"""Where records go: the port, its one error, and the choice of an adapter."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Protocol

    class AuditTrail(Protocol):
        """Takes records, in the order of their writing."""

        def write(self, record: Mapping[str, str]) -> None:
            """Return once `record` is kept.

            Raises:
                AuditUnavailable: it is not known to be kept.
            """
            ...


GROUP_VARIABLE = "AUDIT_LOG_GROUP"


class AuditUnavailable(Exception):  # noqa: N818 -- read as a reason
    """The record could not be written. The message names the call and AWS's code."""

    code = "audit_unavailable"
    temporary = True  # no cache may keep a denial for it: see authorizer.denial


def audit_trail(environment: Mapping[str, str]) -> AuditTrail:
    """Return the trail of a function with this environment; nothing is opened yet.

    Raises:
        KeyError: AUDIT_LOG_GROUP is not set.
    """
    from audit_trail.cloudwatch_trail import CloudWatchTrail

    return CloudWatchTrail(group=environment[GROUP_VARIABLE], environment=environment)
