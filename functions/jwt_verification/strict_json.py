"""One JSON object from untrusted bytes, with everything refused that two parsers could read differently.

Refused beyond what `json` refuses: duplicate members (RFC 8259 section 4 leaves their meaning open), `NaN`,
`Infinity` and numbers that overflow to infinity such as `1e999`, text that is not UTF-8 (lone surrogates included),
and more containers than any token needs, which bounds the nesting before the parser recurses.

Deliberately not a schema: what the members must be is for the caller to say.

    ValueError              not one JSON object: another value, nothing, more than one, or no JSON
    ├── NotUtf8
    ├── RepeatedMember
    ├── UnreadableNumber    NaN, Infinity, or more than this machine's numbers hold
    └── TooManyContainers
"""

from __future__ import annotations

import json

TYPE_CHECKING = False  # typing.TYPE_CHECKING without the 20 ms that importing typing costs at a cold start
if TYPE_CHECKING:
    from typing import Any, NoReturn

MAXIMUM_CONTAINERS = 200  # objects and arrays in one token's part; the interpreter's recursion limit is 1,000
_INFINITY = float("inf")
_WHITESPACE = " \t\n\r"  # RFC 8259 section 2


class NotUtf8(ValueError):  # noqa: N818 -- read as a reason, as are the three below
    """The text, or a text that it escapes, has no encoding in UTF-8 (RFC 8259 section 8.1)."""


class RepeatedMember(ValueError):  # noqa: N818
    """An object has two members of one name (RFC 8259 section 4)."""


class UnreadableNumber(ValueError):  # noqa: N818
    """A number is none of JSON, or other parsers would read another (RFC 8259 section 6)."""


class TooManyContainers(ValueError):  # noqa: N818
    """There are more objects and arrays than anybody needs."""


def parse_object(text: bytes, *, maximum_containers: int = MAXIMUM_CONTAINERS) -> dict[str, Any]:
    """Parse `text` as exactly one JSON object with at most `maximum_containers` objects and arrays, itself included.

    Raises:
        ValueError: it is not one, or it holds something that this module refuses; the class says what. The message does
            not repeat the text.
    """
    # A container takes two bytes at least, so that most texts need not be counted.
    if len(text) > 2 * maximum_containers and text.count(b"{") + text.count(b"[") > maximum_containers:
        raise TooManyContainers(f"more than {maximum_containers} JSON objects and arrays")
    try:
        document = text.decode().strip(_WHITESPACE)
        parsed, end = _decoder.raw_decode(document)
        if b"\\u" in text:  # an escape can smuggle in half a surrogate pair, which no UTF-8 text can hold
            json.dumps(parsed, ensure_ascii=False).encode()
    except json.JSONDecodeError:
        raise ValueError("not JSON") from None  # the original carries the whole document
    except UnicodeError:
        raise NotUtf8("not UTF-8") from None
    except RecursionError:
        raise TooManyContainers("nested too deeply") from None
    except ValueError as error:
        if type(error) is not ValueError:
            raise
        # Python's own, of an integer with more digits than it converts: `sys.set_int_max_str_digits`.
        raise UnreadableNumber("a number has too many digits") from None
    if end != len(document):
        raise ValueError("something follows the JSON value")
    if type(parsed) is not dict:
        raise ValueError("not a JSON object")
    return parsed  # pyright: ignore[reportUnknownVariableType] -- a parsed object has strings as names


def _unique_members(members: list[tuple[str, Any]]) -> dict[str, Any]:
    document = dict(members)
    if len(document) != len(members):
        raise RepeatedMember("a member occurs twice")
    return document


def _finite(number: str) -> float:
    value = float(number)
    if abs(value) == _INFINITY:
        raise UnreadableNumber("a number is too large")
    return value


def _refuse_constant(_name: str) -> NoReturn:
    raise UnreadableNumber("NaN and Infinity are not JSON")


_decoder = json.JSONDecoder(object_pairs_hook=_unique_members, parse_float=_finite, parse_constant=_refuse_constant)
