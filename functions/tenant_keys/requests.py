"""What a request about keys may say. Everything else is refused with the field's name, so that nothing is overlooked.

    POST body   customer_id (required), customer_name (required for a new customer), label, expires_in_days
    paths       customer_id, key_id

How long a key lives is said in days from now, not as a date: there is no time zone, format or clock to get wrong.
"""

from __future__ import annotations

from api_keys.names import CUSTOMER_ID_RULE, KEY_ID_LENGTH, is_customer_id, is_key_id
from api_responses.refusals import invalid
from api_responses.requests import json_object

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

MAXIMUM_BODY_BYTES = 8_192
MAXIMUM_NAME_LENGTH = 200
MAXIMUM_LABEL_LENGTH = 64
MAXIMUM_LIFETIME_DAYS = 3_650
_SECONDS_PER_DAY = 86_400
_MEMBERS = frozenset({"customer_id", "customer_name", "label", "expires_in_days"})


class NewKeyRequest:
    """The body of `POST /admin/keys`; None for what was not sent."""

    __slots__ = ("customer_id", "customer_name", "label", "lifetime_seconds")

    def __init__(
        self, *, customer_id: str, customer_name: str | None, label: str | None, lifetime_seconds: int | None
    ) -> None:
        """Hold it."""
        self.customer_id = customer_id
        self.customer_name = customer_name
        self.label = label
        self.lifetime_seconds = lifetime_seconds


def new_key_request(event: Any) -> NewKeyRequest:
    """Read the body of `POST /admin/keys`; raises Refusal for any other."""
    body = json_object(event, maximum_bytes=MAXIMUM_BODY_BYTES)
    unknown = next((name for name in body if name not in _MEMBERS), None)
    if unknown is not None:
        raise invalid(unknown, f"Not a member of this request, which has {', '.join(sorted(_MEMBERS))}")
    customer_id = body.get("customer_id")
    if not is_customer_id(customer_id):
        raise invalid("customer_id", CUSTOMER_ID_RULE)
    return NewKeyRequest(
        customer_id=customer_id,
        customer_name=_text(body, "customer_name", MAXIMUM_NAME_LENGTH),
        label=_text(body, "label", MAXIMUM_LABEL_LENGTH),
        lifetime_seconds=_lifetime(body),
    )


def customer_id_in(event: Any) -> str:
    """Return the path's customer id; raises Refusal for one that is none."""
    customer_id = _path_parameter(event, "customer_id")
    if not is_customer_id(customer_id):
        raise invalid("customer_id", CUSTOMER_ID_RULE)
    return customer_id


def key_id_in(event: Any) -> str:
    """Return the path's key id; raises Refusal for one that is none."""
    key_id = _path_parameter(event, "key_id")
    if not is_key_id(key_id):
        raise invalid("key_id", f"A key_id has {KEY_ID_LENGTH} lower-case hexadecimal digits: the key up to its dot")
    return key_id


def _path_parameter(event: Any, name: str) -> object:
    try:
        return event["pathParameters"][name]
    except (KeyError, TypeError):
        return None


def _text(body: dict[str, Any], name: str, maximum_length: int) -> str | None:
    if name not in body:
        return None
    value = body[name]
    if type(value) is not str or not value.strip() or len(value) > maximum_length or not value.isprintable():
        raise invalid(name, f"A text of 1 to {maximum_length} characters, without control characters")
    return value


def _lifetime(body: dict[str, Any]) -> int | None:
    if "expires_in_days" not in body:
        return None
    days = body["expires_in_days"]
    if type(days) is not int or not 1 <= days <= MAXIMUM_LIFETIME_DAYS:
        raise invalid("expires_in_days", f"A whole number from 1 to {MAXIMUM_LIFETIME_DAYS}; leave it out for no end")
    return days * _SECONDS_PER_DAY
