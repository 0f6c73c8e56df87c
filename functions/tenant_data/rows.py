"""Rows: how they are keyed, what the service itself puts into them, and how they are answered.

A row is a document of attribute values, as DynamoDB takes and returns it. It is turned into JSON text in one pass,
without an object in between. Pages are read by `page_reader`, which parses only the rows that it has to.
"""

from __future__ import annotations

import base64
import json
from functools import lru_cache
from json.encoder import encode_basestring_ascii as quoted

from tenant_data.fields import RESERVED_FIELDS
from tenant_data.numbers import json_number

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

    from tenant_data.fields import AttributeValue

    Row = dict[str, AttributeValue]

MAXIMUM_CACHED_SHAPES = 256  # sets of names, at most 105 of 128 characters each
_RESERVED = frozenset(RESERVED_FIELDS)


class ForeignRow(Exception):  # noqa: N818 -- read as what was found
    """A row of another customer was about to be written or answered: a defect, of this code or of IAM's policy."""


def key(customer_id: str, data_id: str) -> Row:
    """Return the key of a row. Every access to the table has the customer in it through this or the query's condition.

    Raises:
        ValueError: there is no customer, or no id.
    """
    if not customer_id or not data_id:
        raise ValueError("a row is named by its customer and its id")
    return {"customer_id": {"S": customer_id}, "data_id": {"S": data_id}}


def new_row(customer_id: str, data_id: str, *, created_at: str, fields: Mapping[str, AttributeValue]) -> Row:
    """Return the first version of a row."""
    return {**fields, **key(customer_id, data_id), "created_at": {"S": created_at}, "version": {"N": "1"}}


def next_row(row: Row, *, updated_at: str, fields: Mapping[str, AttributeValue]) -> Row:
    """Return the version after `row`, with all its fields replaced."""
    kept = {name: row[name] for name in ("customer_id", "data_id", "created_at") if name in row}
    version = {"N": str(version_of(row) + 1)}
    return {**fields, **kept, "updated_at": {"S": updated_at}, "version": version}


def require_owned(row: Row, customer_id: str) -> None:
    """Let pass a row of this customer; raises `ForeignRow` for any other."""
    if not customer_id or row.get("customer_id") != {"S": customer_id}:
        raise ForeignRow


def version_of(row: Row) -> int:
    """Return the version; 0 for a row that something else than this service has written."""
    return int(row.get("version", {}).get("N", "0"))


def row_text(row: Row, customer_id: str) -> str:
    """Return the row as JSON text: the service's members first, then the fields by name.

    Raises:
        ForeignRow: it is not this customer's.
    """
    require_owned(row, customer_id)
    parts: list[str] = []
    for name, name_text in in_order(tuple(row)):
        attribute = row[name]
        # Asked for in the order of how many there are.
        if "S" in attribute:
            parts.append(name_text + quoted(attribute["S"]))
        elif "N" in attribute:
            parts.append(name_text + json_number(attribute["N"]))
        else:
            parts.append(name_text + _text(attribute))
    return "{" + ", ".join(parts) + "}"


@lru_cache(maxsize=MAXIMUM_CACHED_SHAPES)
def in_order(names: tuple[str, ...]) -> tuple[tuple[str, str], ...]:
    """Return a row's names in the order of the answer, each with its text; most rows of a page have the same."""
    first = [name for name in RESERVED_FIELDS if name in names]
    return tuple((name, f"{quoted(name)}: ") for name in [*first, *sorted(set(names) - _RESERVED)])


def _text(attribute: AttributeValue) -> str:
    [kind] = attribute
    value = attribute[kind]
    if kind == "S":
        return quoted(value)
    if kind == "N":
        return json_number(value)
    if kind == "BOOL":
        return "true" if value else "false"
    if kind == "NULL":
        return "null"
    if kind == "M":
        return "{" + ", ".join([f"{quoted(name)}: {_text(member)}" for name, member in value.items()]) + "}"
    if kind == "L":
        return "[" + ", ".join([_text(member) for member in value]) + "]"
    # The kinds below are never written here; rows may have come into the table by other ways.
    if kind == "NS":
        return "[" + ", ".join([json_number(number) for number in value]) + "]"
    return json.dumps(value)  # B as its base64 text, SS and BS as lists of texts


def digest_input(fields: Mapping[str, AttributeValue]) -> bytes:
    """Return one byte string for equal fields, however they were written and ordered."""
    return json.dumps(fields, sort_keys=True, separators=(",", ":")).encode()


def binary(value: bytes) -> AttributeValue:
    """Return bytes as an attribute value."""
    return {"B": base64.b64encode(value).decode("ascii")}
