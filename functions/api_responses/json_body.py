"""One JSON object from a request's body: numbers exact, and nothing accepted that two parsers could read differently.

JSON                     becomes
100, -0                  int
10.5, 1e3, 10.0          decimal.Decimal, with the digits that were sent; never float
duplicate members        refused (RFC 8259 section 4 leaves their meaning open)
NaN, Infinity            refused: not JSON
half a surrogate pair    refused: not Unicode text
"""

from __future__ import annotations

import json
from decimal import Decimal

from api_responses.refusals import invalid

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, NoReturn, TypeGuard

BODY = "body"  # what errors name as the field where no member can be named
_WHITESPACE = " \t\n\r"  # RFC 8259 section 2


def parse_object(text: str) -> dict[str, Any]:
    """Parse `text` as exactly one JSON object, of a size that the caller has bounded.

    Raises:
        Refusal: 400, naming the member where that is possible.
    """
    document = text.strip(_WHITESPACE)
    try:
        parsed, end = _decoder.raw_decode(document)
        if "\\u" in document or not document.isascii():
            _require_unicode(parsed)
    except json.JSONDecodeError as error:
        raise invalid(BODY, f"Not JSON: see line {error.lineno}, column {error.colno}") from None
    except RecursionError:
        raise invalid(BODY, "Nested too deeply") from None
    except ValueError:
        # What is left is Python's own limit on the digits of an integer, which is far above any of ours.
        raise invalid(BODY, "A number has too many digits") from None
    if end != len(document):
        raise invalid(BODY, "Something follows the JSON object")
    if not is_object(parsed):
        raise invalid(BODY, "Send a JSON object")
    return parsed


def is_object(value: object) -> TypeGuard[dict[str, Any]]:
    """Tell whether a parsed value is an object."""
    return type(value) is dict


def is_list(value: object) -> TypeGuard[list[Any]]:
    """Tell whether a parsed value is a list."""
    return type(value) is list


def _unique_members(members: list[tuple[str, Any]]) -> dict[str, Any]:
    document = dict(members)
    if len(document) != len(members):
        names = [name for name, _ in members]
        twice = next(name for name in names if names.count(name) > 1)
        raise invalid(_printable(twice), "A member occurs twice")
    return document


def _exact(number: str) -> Decimal:
    try:
        value = Decimal(number)
    except ArithmeticError:
        raise ValueError("an exponent too large for Decimal") from None
    if not value.is_finite():
        raise ValueError("an exponent too large for Decimal")
    return value


def _require_unicode(value: Any) -> None:
    if isinstance(value, str):
        try:
            value.encode()
        except UnicodeEncodeError:
            raise invalid(BODY, "A text holds half a surrogate pair, which is not Unicode") from None
    elif is_object(value):
        for name, member in value.items():
            _require_unicode(name)
            _require_unicode(member)
    elif is_list(value):
        for member in value:
            _require_unicode(member)


def _printable(name: str) -> str:
    return name.encode("ascii", "backslashreplace").decode("ascii")


def _refuse_constant(_name: str) -> NoReturn:
    raise invalid(BODY, "NaN and Infinity are not JSON")


_decoder = json.JSONDecoder(object_pairs_hook=_unique_members, parse_float=_exact, parse_constant=_refuse_constant)
