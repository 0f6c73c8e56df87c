"""How a plugin of an authorizer records that it let nobody in, and denies all the same.

    validate = recording_denials(check, action=USE_TOKEN, trail=..., ...)

Every exception of `check` is recorded under its reason code and raised again: recording can neither let anybody in nor
change the answer. Where the trail does not answer, the record goes to the function's log, and for a while no further
one is tried: a flood of bad tokens must not wait for a dead service each.
"""

from __future__ import annotations

from audit_trail.metrics import lost_record_line
from audit_trail.records import DENIED, audit_record, request_of
from audit_trail.trail import AuditUnavailable

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import Any

    from audit_trail.trail import AuditTrail

    Validate = Callable[[dict[str, Any]], dict[str, Any]]

RETRY_SECONDS = 5.0


class DenialRecorder:
    """Writes records of denials, and never fails."""

    def __init__(
        self,
        *,
        trail: AuditTrail,
        write: Callable[[str], object],
        clock: Callable[[], float],
        cache_clock: Callable[[], float],
    ) -> None:
        """Take the trail, the function's own log, seconds since 1970 and monotonic seconds."""
        self._trail = trail
        self._write = write
        self._clock = clock
        self._cache_clock = cache_clock
        self._failed_at: float | None = None

    def record(self, record: Mapping[str, str]) -> None:
        """Write `record` to the trail, or else to the function's log."""
        now = self._cache_clock()
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


def recording_denials(
    check: Validate, *, action: str, recorder: DenialRecorder, clock: Callable[[], float]
) -> Validate:
    """Return `check`, with its denials recorded under `action`."""

    def validate(auth_context: dict[str, Any]) -> dict[str, Any]:
        try:
            return check(auth_context)
        except Exception as error:
            recorder.record(
                audit_record(
                    now=clock(),
                    action=action,
                    outcome=DENIED,
                    reason=reason_of(error),
                    **request_of(auth_context.get("request_context")),
                )
            )
            raise

    return validate


def reason_of(error: Exception) -> str:
    """Return the stable code of a denial, as `authorizer.denial` reads it; an exception without one is a defect."""
    reason = getattr(error, "reason", None) or getattr(type(error), "code", None)
    return reason if isinstance(reason, str) else "plugin_error"
