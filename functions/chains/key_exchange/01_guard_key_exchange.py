"""Guards `POST /auth`, where the caller has no token yet: decides whether a key may be presented at all.

The body is not in an authorizer's event, so the key in it is the function's to check. This chain says in the context,
under `exchange`, what it found; the function goes on at `permitted` and at nothing else:

    permitted                  go on; where `X-API-Key` was sent, with customer_id, key_id and key_expires_at ("" for
                               never) of a key that this chain has checked; else `source_is_open` says whether the
                               source's failures were read here ("true") or are to be read together with the key
    invalid_api_key            the key in `X-API-Key` is not good (and has been counted)   401
    locked_out                 too many failures of this source or key; `retry_after`     429
    unsupported_media_type     a body that is not JSON by its Content-Type                415
    body_too_large             by its Content-Length                                      413
    unavailable                the counts of failures cannot be read, so nobody may try   503

It answers with verdicts and not with denials because API Gateway has one status for every denial of an API, and none
of them can carry `Retry-After`. What is not a request of API Gateway with a caller's address is denied.

Settings, plain values all: `API_KEYS_TABLE`, `LOCKOUTS_TABLE`, `LOCKOUT_SOURCE_FAILURES`, `LOCKOUT_KEY_FAILURES`,
`LOCKOUT_SECONDS` (see api_keys.key_check). Works behind a REQUEST authorizer with TTL 0: a count is only good for the
request that it was read for.
"""

from __future__ import annotations

from api_keys.key_check import InvalidApiKey, LockedOut
from api_keys.key_repository import StoreUnavailable
from audit_trail.records import request_of
from authorizer.denial import NotAuthenticated

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from api_keys.key_check import KeyCheck

API_KEY_HEADER = "X-API-Key"
PRINCIPAL = "key-exchange"  # nobody yet: who calls is what the exchange finds out
ROUTES = ["POST /auth"]
JSON_MEDIA_TYPE = "application/json"
MAXIMUM_BODY_BYTES = 4_096  # a key in JSON has less than 100


def validate(auth_context: dict[str, Any], *, key_check: KeyCheck) -> dict[str, Any]:
    """Return the verdict; an event without a caller's address is denied."""
    # The address that API Gateway saw: `X-Forwarded-For` is the caller's own word.
    source = request_of(auth_context["request_context"])["source"]
    try:
        context = _verdict(key_check, source, auth_context["headers"])
    except LockedOut as locked:
        context = {
            "exchange": "locked_out",
            "retry_after": locked.retry_after,
            "reason": locked.reason,
            "key_id": locked.key_id,
        }
    except InvalidApiKey as invalid:
        context = {
            "exchange": "invalid_api_key",
            "reason": invalid.reason,
            "key_id": invalid.key_id,
            "began_lockouts": " ".join(invalid.began_lockouts),
        }
    except StoreUnavailable:
        context = {"exchange": "unavailable", "reason": StoreUnavailable.code}
    return {"principal_id": PRINCIPAL, "context": context, "routes": ROUTES}


def _verdict(check: KeyCheck, source: str, headers: Mapping[str, str]) -> dict[str, str | int]:
    if not _body_fits(headers):
        return {"exchange": "body_too_large", "reason": "body_too_large"}
    try:
        key = headers.get(API_KEY_HEADER)
    except NotAuthenticated as ambiguous:
        # Sent several times with different values: neither is looked at, so none has been tried.
        check.require_open(source)
        return {"exchange": "invalid_api_key", "reason": ambiguous.reason}
    if key is not None:
        good = check.check(key, source=source)
        return {
            "exchange": "permitted",
            "customer_id": good.customer_id,
            "key_id": good.key_id,
            "key_expires_at": "" if good.expires_at is None else str(good.expires_at),
        }
    source_is_open = check.source_was_read(source)
    if not _has_json(headers):
        return {"exchange": "unsupported_media_type", "reason": "unsupported_media_type"}
    return {"exchange": "permitted", "source_is_open": "true" if source_is_open else "false"}


def _body_fits(headers: Mapping[str, str]) -> bool:
    """Tell whether Content-Length, where there is one, is a number that we take; the function measures the body."""
    try:
        length = headers.get("Content-Length", "0")
    except NotAuthenticated:
        return False
    if not length.isascii() or not length.isdigit():
        return False
    digits = length.lstrip("0") or "0"  # no number is made of thousands of digits
    return len(digits) <= len(str(MAXIMUM_BODY_BYTES)) and int(digits) <= MAXIMUM_BODY_BYTES


def _has_json(headers: Mapping[str, str]) -> bool:
    try:
        content_type = headers.get("Content-Type", "")
    except NotAuthenticated:
        return False
    return content_type.partition(";")[0].strip().lower() == JSON_MEDIA_TYPE
