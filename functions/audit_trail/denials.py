"""How a plugin of an authorizer records that it let nobody in, and denies all the same.

    def validate(auth_context, *, denials):
        return denials.recorded(USE_TOKEN, auth_context, lambda: check(auth_context))

Every exception of the check is recorded under its reason code and raised again: recording can neither let anybody in
nor change the answer. Where the trail does not answer, the record goes to the function's log, and for a while no
further one is tried: a flood of bad tokens must not wait for a dead service each.
"""

from __future__ import annotations

from audit_trail.metrics import lost_record_line, write_to_standard_output
from audit_trail.records import DENIED, audit_record, request_of
from audit_trail.trail import AuditUnavailable

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import Any, TypeVar

    from audit_trail.trail import AuditTrail

    Result = TypeVar("Result")

RETRY_SECONDS = 5.0


class DenialRecorder:
    """Writes records of denials, and never fails."""

    def __init__(
        self,
        *,
        trail: AuditTrail,
        clock: Callable[[], float],
        monotonic_clock: Callable[[], float],
        write: Callable[[str], object] = write_to_standard_output,
    ) -> None:
        """Take the trail, seconds since 1970, monotonic seconds, and how to write a line of the function's own log."""
        self._trail = trail
        self._clock = clock
        self._monotonic_clock = monotonic_clock
        self._write = write
        self._failed_at: float | None = None

    def recorded(
        self,
        action: str,
        auth_context: Mapping[str, Any],
        check: Callable[[], Result],
        *,
        about: Mapping[str, str] | None = None,
    ) -> Result:
        """Return what `check` returns; record what it raises as a denial of `action`, and let it pass on.

        `about` has further members of the record; `check` may fill it with what it finds out before it raises.
        """
        try:
            return check()
        except Exception as error:
            self.record(
                audit_record(
                    now=self._clock(),
                    action=action,
                    outcome=DENIED,
                    reason=reason_of(error),
                    **(about or {}),
                    **request_of(auth_context.get("request_context")),
                )
            )
            raise

    def record(self, record: Mapping[str, str]) -> None:
        """Write `record` to the trail, or else to the function's log."""
        now = self._monotonic_clock()
        detail = "the trail did not answer a moment ago"
        if self._failed_at is None or now - self._failed_at >= RETRY_SECONDS:
            try:
                self._trail.write(record)
            except AuditUnavailable as error:
                self._failed_at = now
                detail = str(error)
            else:
                self._failed_at = None
                return
        self._write(lost_record_line(record, detail, now=self._clock()))


def reason_of(error: Exception) -> str:
    """Return the stable code of a denial, as `authorizer.denial` reads it; an exception without one is a defect."""
    reason = getattr(error, "reason", None) or getattr(type(error), "code", None)
    return reason if isinstance(reason, str) else "plugin_error"
