"""One JSON object from untrusted bytes, with everything refused that two parsers could read differently.

Refused beyond what `json` refuses: duplicate members (RFC 8259 section 4 leaves their meaning open), `NaN`,
`Infinity` and numbers that overflow to infinity such as `1e999`, text that is not UTF-8 (lone surrogates included),
and more containers than any token needs, which bounds the nesting before the parser recurses.

Deliberately not a schema: what the members must be is for the caller to say.
"""

from __future__ import annotations

import json

TYPE_CHECKING = False  # typing.TYPE_CHECKING without the 20 ms that importing typing costs at a cold start
if TYPE_CHECKING:
    from typing import Any, NoReturn

MAXIMUM_CONTAINERS = 200  # objects and arrays in one token's part; the interpreter's recursion limit is 1,000
_INFINITY = float("inf")
_WHITESPACE = " \t\n\r"  # RFC 8259 section 2


def parse_object(text: bytes, *, maximum_containers: int = MAXIMUM_CONTAINERS) -> dict[str, Any]:
    """Parse `text` as exactly one JSON object with at most `maximum_containers` objects and arrays, itself included.

    Raises:
        ValueError: it is not one, or it holds something that this module refuses. The message does not repeat the text.
    """
    # A container takes two bytes at least, so that most texts need not be counted.
    if len(text) > 2 * maximum_containers and text.count(b"{") + text.count(b"[") > maximum_containers:
        raise ValueError(f"more than {maximum_containers} JSON objects and arrays")
    try:
        document = text.decode().strip(_WHITESPACE)
        parsed, end = _decoder.raw_decode(document)
        if b"\\u" in text:  # an escape can smuggle in half a surrogate pair, which no UTF-8 text can hold
            json.dumps(parsed, ensure_ascii=False).encode()
    except json.JSONDecodeError:
        raise ValueError("not JSON") from None  # the original carries the whole document
    except UnicodeError:
        raise ValueError("not UTF-8") from None
    if end != len(document):
        raise ValueError("something follows the JSON value")
    if type(parsed) is not dict:
        raise ValueError("not a JSON object")
    return parsed  # pyright: ignore[reportUnknownVariableType] -- a parsed object has strings as names


def _unique_members(members: list[tuple[str, Any]]) -> dict[str, Any]:
    document = dict(members)
    if len(document) != len(members):
        raise ValueError("a member occurs twice")
    return document


def _finite(number: str) -> float:
    value = float(number)
    if abs(value) == _INFINITY:
        raise ValueError("a number is too large")
    return value


def _refuse_constant(_name: str) -> NoReturn:
    raise ValueError("NaN and Infinity are not JSON")


_decoder = json.JSONDecoder(object_pairs_hook=_unique_members, parse_float=_finite, parse_constant=_refuse_constant)
