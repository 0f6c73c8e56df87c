"""Follows `$ref` within a document (RFC 6901 pointers after `#`), and nowhere else.

A reference that leaves the document, leads nowhere, goes round or has other entries beside it is an error: API Gateway
does not fetch other documents, and what stands beside a `$ref` counts for one reader and not for the next.
"""

import re
from collections.abc import Mapping
from typing import Final, cast
from urllib.parse import unquote

_MEANINGLESS: Final = frozenset({"$ref", "description", "summary"})
"""What may stand beside a `$ref` (OpenAPI 3.1, Reference Object)."""


class PointerError(Exception):
    """A `$ref` that cannot be followed. The message continues the name of the part that holds it."""


def follow(document: Mapping[str, object], value: object) -> object:
    """`value`, or what its `$ref` leads to in the end. Raises `PointerError`."""
    visited: set[str] = set()
    while isinstance(value, dict) and "$ref" in value:
        holder = cast("dict[str, object]", value)
        target = holder["$ref"]
        if not isinstance(target, str):
            raise PointerError("has a $ref that is not a text")
        if not (target == "#" or target.startswith("#/")):
            raise PointerError("has a $ref that leaves the document, which API Gateway does not follow")
        if not holder.keys() <= _MEANINGLESS:
            raise PointerError("has other entries beside its $ref, which not every reader sees")
        if target in visited:
            raise PointerError("has a $ref that leads back to itself")
        visited.add(target)
        value = _at(document, target)
    return cast("object", value)


def _at(document: Mapping[str, object], target: str) -> object:
    found: object = document
    for raw in target.split("/")[1:]:
        key = unquote(raw).replace("~1", "/").replace("~0", "~")
        found = _child(found, key)
    return found


def _child(holder: object, key: str) -> object:
    if isinstance(holder, dict):
        entries = cast("dict[str, object]", holder)
        if key in entries:
            return entries[key]
    elif isinstance(holder, list) and re.fullmatch(r"[0-9]{1,6}", key):
        elements = cast("list[object]", holder)
        if int(key) < len(elements):
            return elements[int(key)]
    raise PointerError("has a $ref that leads nowhere")
