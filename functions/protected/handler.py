"""`GET /protected` behind the chain `bound_token`.

    200   {"message": "OK", "client_id": "..."}
    403   no verdict of the chain      503   and Retry-After: the registry or the issuer's keys cannot be read

Settings: none that are required; `CORS_ALLOW_ORIGIN` (absent: no CORS headers).
"""

from __future__ import annotations

import functools
import os
import time

from api_responses.answers import Answers
from audit_trail.metrics import count_line, write_to_standard_output
from client_certificates.identified import identified, refusal_for

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import Any

    Handler = Callable[[Any, object], dict[str, Any]]


def build_handler(
    environment: Mapping[str, str],
    *,
    write: Callable[[str], object] = write_to_standard_output,
    clock: Callable[[], float] = time.time,
) -> Handler:
    """Return the handler for these settings."""
    answers = Answers.of(environment)

    def handle_event(event: Any, _context: object) -> dict[str, Any]:
        reason = "done"
        try:
            answer = answers.json(200, {"message": "OK", "client_id": identified(event).client_id})
        except Exception as error:  # noqa: BLE001 -- whatever goes wrong is answered
            refusal = refusal_for(error)
            reason, answer = refusal.reason, answers.refusal(refusal)
        write(count_line("ProtectedCalls", {"reason": reason}, now=clock(), members={"status": answer["statusCode"]}))
        return answer

    return handle_event


@functools.cache
def _built() -> Handler:
    return build_handler(os.environ)


def handle(event: Any, context: object) -> dict[str, Any]:
    """Handle an invocation. Built at the first one, so that importing needs no settings."""
    return _built()(event, context)
