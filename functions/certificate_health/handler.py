"""`GET /health` behind the chain `client_certificate`: a partner sees its own certificate as the API sees it.

    200   {"client_id": "...", "status": "active", "scopes": [...], "certificate": {"subject", "issuer", "serial",
          "x5t#S256", "sha256", "not_before", "not_after", "days_to_expiry"}}
    403   no verdict of the chain      503   and Retry-After: the registry cannot be read

The names, dates and numbers are read from the certificate of this connection; the registry's view is the chain's, of
this very request.

Settings: none that are required; `CORS_ALLOW_ORIGIN` (absent: no CORS headers).
"""

from __future__ import annotations

import functools
import os
import time

from api_responses.answers import Answers
from audit_trail.metrics import count_line, write_to_standard_output
from audit_trail.records import request_of
from client_certificates.der_times import text_of
from client_certificates.identified import Identified, identified, refusal_for

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import Any

    Handler = Callable[[Any, object], dict[str, Any]]

SECONDS_PER_DAY = 86_400


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
            answer = answers.json(200, _health(identified(event), now=clock()))
        except Exception as error:  # noqa: BLE001 -- whatever goes wrong is answered
            refusal = refusal_for(error)
            reason, answer = refusal.reason, answers.refusal(refusal)
        write(
            count_line(
                "HealthChecks",
                {"reason": reason},
                now=clock(),
                members={"status": answer["statusCode"], "request_id": _request_id(event)},
            )
        )
        return answer

    return handle_event


def _health(caller: Identified, *, now: float) -> dict[str, Any]:
    certificate = caller.certificate
    return {
        "client_id": caller.client_id,
        "status": caller.status,
        "scopes": sorted(caller.scopes),
        "certificate": {
            "subject": certificate.subject,
            "issuer": certificate.issuer,
            "serial": certificate.serial,
            "x5t#S256": certificate.thumbprint,
            "sha256": certificate.fingerprint,
            "not_before": text_of(certificate.not_before),
            "not_after": text_of(certificate.not_after),
            "days_to_expiry": int((certificate.not_after - now) // SECONDS_PER_DAY),
        },
    }


def _request_id(event: Any) -> str:
    try:
        return request_of(event["requestContext"])["request_id"]
    except (KeyError, TypeError):
        return ""


@functools.cache
def _built() -> Handler:
    return build_handler(os.environ)


def handle(event: Any, context: object) -> dict[str, Any]:
    """Handle an invocation. Built at the first one, so that importing needs no settings."""
    return _built()(event, context)
