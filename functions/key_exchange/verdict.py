"""What the chain of `POST /auth` found, read from the authorizer's context: go on, or the answer that it stands for.

Closed by default: a context without a verdict, or with one that is not known here, lets nobody go on.
"""

from __future__ import annotations

from api_keys.key_check import GoodKey, InvalidApiKey, LockedOut
from api_keys.key_repository import StoreUnavailable
from api_keys.names import is_customer_id, is_key_id
from api_responses.refusals import not_authorized, too_large, unsupported_media_type

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

MAXIMUM_BODY_BYTES = 4_096  # a key in JSON has less than 100
LONGEST_RETRY_SECONDS = 86_400
_LONGEST_NUMBER = 12


def verified_key(context: Mapping[str, Any]) -> GoodKey | None:
    """Return the key that the chain has checked, None where the body's is to be checked.

    Raises:
        InvalidApiKey, LockedOut, StoreUnavailable: what the chain found.
        Refusal: the body is of another type or too large, or there is no verdict (403).
    """
    verdict = context.get("exchange")
    if verdict == "permitted":
        return _key_in(context) if "customer_id" in context or "key_id" in context else None
    reason, key_id = _text(context, "reason"), _text(context, "key_id")
    if verdict == "invalid_api_key":
        began = tuple(_text(context, "began_lockouts").split())
        raise InvalidApiKey(reason or "invalid_api_key", key_id=key_id, began_lockouts=began)
    if verdict == "locked_out":
        retry_after = _number(context.get("retry_after"))
        raise LockedOut(reason or "locked_out", retry_after=min(retry_after or 1, LONGEST_RETRY_SECONDS), key_id=key_id)
    if verdict == "unavailable":
        raise StoreUnavailable("the chain could not read the counts of failures")
    if verdict == "unsupported_media_type":
        raise unsupported_media_type()
    if verdict == "body_too_large":
        raise too_large(MAXIMUM_BODY_BYTES)
    raise not_authorized(reason="no_verdict")


def source_is_open(context: Mapping[str, Any]) -> bool:
    """Tell whether the chain has read the source's failures for this very request; anything else is no."""
    return context.get("source_is_open") == "true"


def _key_in(context: Mapping[str, Any]) -> GoodKey:
    customer_id, key_id, expires_at = (context.get(name) for name in ("customer_id", "key_id", "key_expires_at"))
    end = _number(expires_at)
    if not is_customer_id(customer_id) or not is_key_id(key_id) or (end is None and expires_at != ""):
        raise not_authorized(reason="malformed_verdict")
    return GoodKey(customer_id=customer_id, key_id=key_id, expires_at=end)


def _text(context: Mapping[str, Any], name: str) -> str:
    value = context.get(name)
    return value if type(value) is str else ""


def _number(value: object) -> int | None:
    """Read a whole number; API Gateway makes strings of the numbers in a context."""
    text = str(value) if type(value) is int else value
    if type(text) is not str or not (text.isascii() and text.isdigit() and len(text) <= _LONGEST_NUMBER):
        return None
    return int(text)
