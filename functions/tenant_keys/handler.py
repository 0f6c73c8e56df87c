"""What Lambda calls for `/admin/keys`: the route, the administrator, the operation, and every end as an answer.

    201   {"api_key": "...", "customer_id": "...", "message": "API key created successfully"}: the only time that a
          key is shown; with `expires_at` where an end was asked for
    200   a listing, or {"message": "API key for customer customer-123 revoked"}
    400   with the field's name       404   no such customer or key      409   too many keys in use
    413, 415                          403   no administrator in the verified context
    503   and Retry-After             the table or the audit trail cannot be used now; every request can be repeated

Settings, plain values all: `API_KEYS_TABLE`, `AUDIT_LOG_GROUP`, `CORS_ALLOW_ORIGIN` (absent: no CORS headers).
"""

from __future__ import annotations

import functools
import os
import time

from api_keys.administration import KeyAdministration
from api_keys.dynamodb_keys import DynamoDbKeys
from api_responses.answers import Answers
from api_responses.refusals import Refusal, internal_error, not_authorized, not_found, unavailable
from audit_trail.denials import DenialRecorder
from audit_trail.metrics import count_line, write_to_standard_output
from audit_trail.records import request_of
from audit_trail.trail import AuditUnavailable, audit_trail
from aws_calls.own_role import own_role_calls
from tenant_keys.key_admin import KeyAdmin
from tenant_keys.operations import OPERATIONS

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import Any

    from api_keys.key_repository import KeyRepository
    from audit_trail.trail import AuditTrail
    from tenant_keys.operations import Operation

    Handler = Callable[[Any, object], dict[str, Any]]

ADMINISTRATOR = "admin"  # the principal that chains/admin_key gives
_ROUTES = {(operation.method, operation.resource): operation for operation in OPERATIONS}


def build_handler(
    environment: Mapping[str, str],
    *,
    repository: KeyRepository | None = None,
    trail: AuditTrail | None = None,
    write: Callable[[str], object] = write_to_standard_output,
    clock: Callable[[], float] = time.time,
    monotonic_clock: Callable[[], float] = time.monotonic,
    pause: Callable[[float], object] = time.sleep,
) -> Handler:
    """Return the handler for these settings; raises KeyError for one that is missing, ValueError for an empty one."""
    table = environment["API_KEYS_TABLE"]
    records = trail or audit_trail(environment)
    answers = Answers.of(environment)
    admin = KeyAdmin(
        administration=KeyAdministration(
            repository=repository or DynamoDbKeys(call=own_role_calls(environment), table=table),
            clock=clock,
            pause=pause,
        ),
        trail=records,
        recorder=DenialRecorder(trail=records, write=write, clock=clock, monotonic_clock=monotonic_clock),
        answers=answers,
        clock=clock,
    )
    methods: dict[str, Callable[[Any, Mapping[str, str]], dict[str, Any]]] = {
        operation.name: getattr(admin, operation.name) for operation in OPERATIONS
    }

    def answer_to(event: Any, operation: Operation | None, request: Mapping[str, str]) -> dict[str, Any]:
        who = _administrator_in(event)
        if operation is None:
            raise not_found("No such resource")
        return methods[operation.name](event, {**who, **request})

    def handle_event(event: Any, _context: object) -> dict[str, Any]:
        operation, request = _operation_in(event), _request_in(event)
        reason, detail = "done", ""
        try:
            answer = answer_to(event, operation, request)
        except Exception as error:  # noqa: BLE001 -- whatever goes wrong is answered, and a defect is told to the log alone
            refusal, detail = _refusal_for(error)
            reason, answer = refusal.reason, answers.refusal(refusal)
        write(
            count_line(
                "AdminActions",
                {"action": "none" if operation is None else operation.name, "reason": reason},
                now=clock(),
                members={"status": answer["statusCode"], "request_id": request["request_id"], "detail": detail},
            )
        )
        return answer

    return handle_event


def _administrator_in(event: Any) -> dict[str, str]:
    """Return who the verified context says is acting; raises Refusal (403) for anybody but an administrator."""
    try:
        context = event["requestContext"]["authorizer"]
        principal, version = context["principalId"], context["admin_key_version"]
    except (KeyError, TypeError):
        raise not_authorized(reason="no_administrator") from None
    if principal != ADMINISTRATOR or type(version) is not str or not version:
        raise not_authorized(reason="no_administrator")
    return {"who": ADMINISTRATOR, "admin_key_version": version}


def _operation_in(event: Any) -> Operation | None:
    try:
        return _ROUTES.get((event["httpMethod"], event["resource"]))
    except (KeyError, TypeError):
        return None


def _request_in(event: Any) -> dict[str, str]:
    try:
        return request_of(event["requestContext"])
    except (KeyError, TypeError):
        return request_of(None)


def _refusal_for(error: Exception) -> tuple[Refusal, str]:
    """Return the answer for whatever was raised, and what the log should know beyond its reason."""
    if isinstance(error, Refusal):
        return error, ""
    if isinstance(error, AuditUnavailable):
        return unavailable(reason=error.code), str(error)
    # What is left is a defect. Its message may quote the request, so only its class is told.
    return internal_error(), type(error).__name__


@functools.cache
def _built() -> Handler:
    return build_handler(os.environ)


def handle(event: Any, context: object) -> dict[str, Any]:
    """Handle an invocation. Built at the first one, so that importing needs no settings."""
    return _built()(event, context)
