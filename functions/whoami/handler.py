"""What Lambda calls for `GET /whoami`: the caller's SPIFFE ID, as the authorizer has verified it.

    200   {"spiffe_id": "spiffe://company.internal/ns/prod/sa/api", "trust_domain": "company.internal"}
    401   the JWT-SVID has ended since, while API Gateway kept the decision
    403   no verified identity in the request: a route without this authorizer, or an invocation past API Gateway

It reads `requestContext.authorizer` and deliberately nothing else: headers, query and body are the caller's own words.
Setting: `CORS_ALLOW_ORIGIN` (absent: no CORS headers).
"""

from __future__ import annotations

import json
import os
import sys
import time

from api_responses.answers import Answers
from api_responses.refusals import Refusal, not_authorized, token_expired

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    Handler = Callable[[Any, object], dict[str, Any]]

_LONGEST_TIME = 12  # digits; the year 9999 has as many


def handler_of(*, answers: Answers, clock: Callable[[], float], write: Callable[[str], object]) -> Handler:
    """Return the handler; `write` takes a line of the log for every refusal, none of which holds an identity."""

    def handle_event(event: Any, _context: object) -> dict[str, Any]:
        try:
            spiffe_id, trust_domain, expires_at = _identity_in(event)
            if clock() >= expires_at:
                raise token_expired()
        except Refusal as refusal:
            write(json.dumps({"status": refusal.status, "reason": refusal.reason}) + "\n")
            return answers.refusal(refusal)
        return answers.json(200, {"spiffe_id": spiffe_id, "trust_domain": trust_domain})

    return handle_event


def _identity_in(event: Any) -> tuple[str, str, int]:
    """Return what the authorizer has put into the context; raises `Refusal` (403) where a part of it is missing."""
    context = _member(_member(event, "requestContext"), "authorizer")
    spiffe_id, trust_domain, expires_at = (
        _member(context, name) for name in ("spiffe_id", "trust_domain", "expires_at")
    )
    if not (type(spiffe_id) is str and spiffe_id and type(trust_domain) is str and trust_domain):
        raise not_authorized(reason="no_identity")
    if type(expires_at) is not str or not _is_time(expires_at):
        raise not_authorized(reason="no_token_expiry")
    return spiffe_id, trust_domain, int(expires_at)


def _member(value: Any, name: str) -> Any:
    return value.get(name) if type(value) is dict else None  # pyright: ignore[reportUnknownVariableType, reportUnknownMemberType] -- JSON


def _is_time(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) <= _LONGEST_TIME


def _write_to_standard_output(line: str) -> None:
    sys.stdout.write(line)
    sys.stdout.flush()


handle = handler_of(answers=Answers.of(os.environ), clock=time.time, write=_write_to_standard_output)
"""The handler that Lambda calls, with API Gateway's proxy event."""
