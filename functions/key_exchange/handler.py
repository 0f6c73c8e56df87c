"""`POST /auth`: an API key, in the body or (checked by the chain) in the header `X-API-Key`, for a token.

    200   {"token": "...", "expires_in": 3600}
    400   {"error": "...", "field": "api_key"}         the body is not `{"api_key": "..."}`
    401   {"error": "Invalid API key"}                 whatever is wrong with it
    413, 415                                           the body is too large, or not JSON
    429   and Retry-After                              too many failures of this source or this key
    503   and Retry-After                              a table, the signing key or the audit trail cannot be used now

A token is answered only when its record is in the audit trail. Reads per exchange: one BatchGetItem, in which the key
is read strongly consistently, here or in the chain. From a source that tries as often as a lock-out takes, the chain
reads the source's failures before, in a call of its own. Nothing is written where the key is good.

Settings, plain values all: `API_KEYS_TABLE`, `LOCKOUTS_TABLE`, `LOCKOUT_SOURCE_FAILURES`, `LOCKOUT_KEY_FAILURES`,
`LOCKOUT_SECONDS`, `SIGNING_KEY_SECRET_ARN`, `TOKEN_ISSUER`, `TOKEN_AUDIENCE`, `AUDIT_LOG_GROUP`, `CORS_ALLOW_ORIGIN`.
"""

from __future__ import annotations

import functools
import os
import time

from api_keys.dynamodb_exchange import DynamoDbExchange
from api_keys.exchange_store import SourceUnknown
from api_keys.key_check import InvalidApiKey, KeyCheck, LockedOut, LockoutRules
from api_keys.key_repository import StoreUnavailable
from api_responses.answers import Answers
from api_responses.refusals import Refusal, internal_error, invalid, not_authorized, too_many_requests, unavailable
from api_responses.requests import json_object
from audit_trail.denials import DenialRecorder
from audit_trail.metrics import count_line, write_to_standard_output
from audit_trail.records import DENIED, EXCHANGE_KEY, FAILED, SUCCEEDED, audit_record, request_of
from audit_trail.trail import AuditUnavailable, audit_trail
from aws_calls.own_role import own_role_calls
from key_exchange.tokens import TokenIssuer
from key_exchange.verdict import MAXIMUM_BODY_BYTES, source_is_open, verified_key
from secret_store.errors import SecretError
from secret_store.secret_source import secret_source
from secret_store.signing_key_ring import SigningKeyRing

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import Any

    from api_keys.exchange_store import ExchangeStore
    from api_keys.key_check import GoodKey
    from audit_trail.trail import AuditTrail
    from secret_store.secret_source import SecretSource

    Handler = Callable[[Any, object], dict[str, Any]]

FIELD = "api_key"
# Short, because only AWSCURRENT signs: tokens must not be signed long with a key that has been rotated out.
SIGNING_KEY_AGE_SECONDS = 60.0


def build_handler(
    environment: Mapping[str, str],
    *,
    store: ExchangeStore | None = None,
    source: SecretSource | None = None,
    trail: AuditTrail | None = None,
    write: Callable[[str], object] = write_to_standard_output,
    clock: Callable[[], float] = time.time,
    monotonic_clock: Callable[[], float] = time.monotonic,
) -> Handler:
    """Return the handler for these settings; raises KeyError for one that is missing, ValueError for a bad one."""
    keys_table, lockouts_table = environment["API_KEYS_TABLE"], environment["LOCKOUTS_TABLE"]
    check = KeyCheck(
        store=store
        or DynamoDbExchange(call=own_role_calls(environment), keys_table=keys_table, lockouts_table=lockouts_table),
        rules=LockoutRules.of(environment),
        clock=clock,
    )
    ring = SigningKeyRing(
        source=source or secret_source(environment),
        secret_id=environment["SIGNING_KEY_SECRET_ARN"],
        clock=monotonic_clock,
        maximum_age_seconds=SIGNING_KEY_AGE_SECONDS,
    )
    issuer = TokenIssuer(
        signing_key=ring.signing_key,
        issuer=environment["TOKEN_ISSUER"],
        audience=environment["TOKEN_AUDIENCE"],
        clock=clock,
    )
    records = trail or audit_trail(environment)
    recorder = DenialRecorder(trail=records, write=write, clock=clock, monotonic_clock=monotonic_clock)
    answers = Answers.of(environment)

    def good_key(event: Any, context: Mapping[str, Any], source_address: str) -> GoodKey:
        return verified_key(context) or check.check(
            _presented(event), source=source_address, source_is_open=source_is_open(context)
        )

    def exchange(event: Any, request: Mapping[str, str]) -> dict[str, Any]:
        key = good_key(event, _authorizer_context(event), request["source"])
        token = issuer.issue(key)
        if token is None:
            raise InvalidApiKey("expired_api_key", key_id=key.key_id, began_lockouts=())
        records.write(
            audit_record(
                now=clock(),
                action=EXCHANGE_KEY,
                outcome=SUCCEEDED,
                who=key.customer_id,
                customer_id=key.customer_id,
                key_id=key.key_id,
                token_id=token.token_id,
                **request,
            )
        )
        return answers.json(200, {"token": token.text, "expires_in": token.expires_in})

    def refused(error: Exception, request: Mapping[str, str]) -> tuple[Refusal, str]:
        """Return the answer to `error` and what the log says of it beside the reason; denials are recorded here."""
        refusal, outcome, claimed_key_id = _refusal_for(error)
        if outcome:
            recorder.record(
                audit_record(
                    now=clock(),
                    action=EXCHANGE_KEY,
                    outcome=outcome,
                    reason=refusal.reason,
                    claimed_key_id=claimed_key_id,
                    **request,
                )
            )
        for kind in error.began_lockouts if isinstance(error, InvalidApiKey) else ():
            write(count_line("LockOuts", {"kind": kind}, now=clock(), members=request))
        # A message of a defect may quote the request, those of our own errors never do.
        return refusal, str(error) if isinstance(error, (StoreUnavailable, SecretError, AuditUnavailable)) else (
            type(error).__name__
        )

    def handle_event(event: Any, _context: object) -> dict[str, Any]:
        request = _request_in(event)
        outcome, reason, detail = SUCCEEDED, "", ""
        try:
            answer = exchange(event, request)
        except Exception as error:  # noqa: BLE001 -- whatever goes wrong is an answer, and a defect is told to the log alone
            refusal, detail = refused(error, request)
            outcome, reason = DENIED if refusal.status < 500 else FAILED, refusal.reason
            answer = answers.refusal(refusal)
        write(
            count_line(
                "KeyExchanges",
                {"outcome": outcome, "reason": reason or "good_key"},
                now=clock(),
                members={"status": answer["statusCode"], "request_id": request["request_id"], "detail": detail},
            )
        )
        return answer

    return handle_event


def _request_in(event: Any) -> dict[str, str]:
    try:
        return request_of(event["requestContext"])
    except (KeyError, TypeError):
        return request_of(None)


def _authorizer_context(event: Any) -> Mapping[str, Any]:
    try:
        context: Any = event["requestContext"]["authorizer"]
    except (KeyError, TypeError):
        context = None
    if type(context) is not dict:
        raise not_authorized(reason="no_verdict")
    return context  # pyright: ignore[reportUnknownVariableType] -- JSON


def _presented(event: Any) -> str:
    """Return the body's `api_key`, whatever it is worth; raises Refusal for another body."""
    body = json_object(event, maximum_bytes=MAXIMUM_BODY_BYTES)
    if FIELD not in body:
        raise invalid(FIELD, 'Send {"api_key": "<your API key>"}')
    unknown = next((name for name in body if name != FIELD), None)
    if unknown is not None:
        raise invalid(unknown, "Not a member of this request")
    if type(body[FIELD]) is not str:
        raise invalid(FIELD, "An API key is a string")
    return body[FIELD]


def _refusal_for(error: Exception) -> tuple[Refusal, str, str]:
    """Return the answer, the outcome to record ("" for what was no exchange at all) and the claimed key id."""
    if isinstance(error, InvalidApiKey):
        refusal = Refusal(status=401, reason=error.reason, body={"error": "Invalid API key"})
        return refusal, DENIED, error.key_id
    if isinstance(error, LockedOut):
        refusal = too_many_requests(error.retry_after, error="Too many failed attempts", reason=error.reason)
        return refusal, DENIED, error.key_id
    if isinstance(error, (StoreUnavailable, SecretError, AuditUnavailable)):
        return unavailable(reason=error.code), FAILED, ""
    if isinstance(error, SourceUnknown):
        return not_authorized(reason=error.code), DENIED, ""
    if isinstance(error, Refusal):
        return error, DENIED if error.status == 403 else "", ""
    return internal_error(), FAILED, ""


@functools.cache
def _built() -> Handler:
    return build_handler(os.environ)


def handle(event: Any, context: object) -> dict[str, Any]:
    """Handle an invocation. Built at the first one, so that importing needs no settings."""
    return _built()(event, context)
