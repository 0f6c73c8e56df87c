"""A customer's fields: what may be sent, held to its bounds, as DynamoDB's attribute values.

    1 to 100 fields           beside those that the service sets, which nobody else can
    names                     1 to 128 characters, at every level
    values                    text, exact numbers, true, false, null, lists and objects, nested at most 8 deep
    all of it                 65,536 bytes of JSON

Errors name the field with its path, such as `address.lines[2]`.
"""

from __future__ import annotations

from decimal import Decimal

from api_responses.json_body import is_object
from api_responses.refusals import invalid
from tenant_data.numbers import number_text

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    AttributeValue = dict[str, Any]

MAXIMUM_BODY_BYTES = 65_536
MAXIMUM_FIELDS = 100
MAXIMUM_NAME_LENGTH = 128
MAXIMUM_DEPTH = 8
RESERVED_FIELDS = ("customer_id", "data_id", "created_at", "updated_at", "version")


def attribute_values(document: Mapping[str, Any]) -> dict[str, AttributeValue]:
    """Return a parsed body (see `api_responses.json_body`) as attributes.

    Raises:
        Refusal: 400 with the field that is wrong.
    """
    for name in RESERVED_FIELDS:
        if name in document:
            raise invalid(name, "Set by the service; leave it out", reason="reserved_field")
    if not 1 <= len(document) <= MAXIMUM_FIELDS:
        raise invalid("body", f"Send 1 to {MAXIMUM_FIELDS} fields")
    return {_name(name, name): _attribute_value(value, name, 1) for name, value in document.items()}


def _name(name: str, path: str) -> str:
    if not 1 <= len(name) <= MAXIMUM_NAME_LENGTH:
        raise invalid(path, f"A field's name has 1 to {MAXIMUM_NAME_LENGTH} characters")
    return name


def _attribute_value(value: Any, path: str, depth: int) -> AttributeValue:
    if isinstance(value, str):
        return {"S": value}
    if isinstance(value, bool):
        return {"BOOL": value}
    if isinstance(value, int | Decimal):
        try:
            return {"N": number_text(value)}
        except ValueError as error:
            raise invalid(path, f"The number {error}") from None
    if value is None:
        return {"NULL": True}
    if depth == MAXIMUM_DEPTH:
        raise invalid(path, f"Nested more than {MAXIMUM_DEPTH} deep")
    if is_object(value):
        return {
            "M": {
                _name(name, f"{path}.{name}"): _attribute_value(member, f"{path}.{name}", depth + 1)
                for name, member in value.items()
            }
        }
    return {"L": [_attribute_value(member, f"{path}[{index}]", depth + 1) for index, member in enumerate(value)]}
