"""Reads one property of a resource without ever raising.

In a preview a value can be unknown, because it comes from a resource that does not exist yet. Rules read through this
module only, and decide explicitly what each of the four answers means to them:

    Known      the value, and whether Pulumi marks it as a secret
    Unknown    it will have a value, but not before the update
    Missing    absent or null
    Malformed  a parent of it is there, but is not an object

It reads; it does not judge. Types are not converted either: a number where a text is expected arrives as a number.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final, cast

from guardrails.nodes import (
    UNKNOWN_SENTINELS,
    Archive,
    Asset,
    Known,
    Node,
    ResourceReference,
    SecretMark,
    Unknown,
    Unrecognized,
    node,
)

__all__ = [
    "UNKNOWN_SENTINELS",
    "Archive",
    "Asset",
    "Known",
    "Malformed",
    "Missing",
    "Node",
    "Reading",
    "ResourceReference",
    "SecretMark",
    "Unknown",
    "Unrecognized",
    "children",
    "known_text",
    "read",
]


@dataclass(frozen=True, slots=True)
class Missing:
    """No value: the property is absent or null."""


@dataclass(frozen=True, slots=True)
class Malformed:
    """`at` should be an object that holds the property, and is something else."""

    at: str


Reading = Known | Unknown | Missing | Malformed

_MISSING: Final = Missing()
_NOTHING: Final = Known(None)


def read(properties: Mapping[str, Any], *path: str) -> Reading:
    """Follow `path` through nested objects, for example `read(properties, "environment", "variables")`.

    `properties` holds nodes, or plain values as `guardrails.nodes.node` takes them.
    """
    if not path:
        return node(dict(properties))
    found: Node = _NOTHING
    holder: object = properties
    for depth, key in enumerate(path):
        if depth and not isinstance(holder, dict):  # a node's object is a `dict`, which is fast to ask
            return Malformed(at=".".join(path[:depth]))
        value = cast("Mapping[str, object]", holder).get(key)
        if value is None:  # the most frequent answer
            return _MISSING
        found = value if isinstance(value, Known | Unknown) else node(value)
        if isinstance(found, Unknown):
            return found
        holder = found.value
        if holder is None:
            return _MISSING
    return found


def known_text(reading: Reading) -> str | None:
    """The text, when the reading is a known, non-empty text; in every other case `None`."""
    if isinstance(reading, Known) and isinstance(reading.value, str) and reading.value:
        return reading.value
    return None


def children(node: Known) -> Iterator[tuple[str, Node]]:
    """The entries of an object, or the elements of a list with their index as name; nothing for anything else."""
    if isinstance(node.value, dict):
        yield from cast("dict[str, Node]", node.value).items()
    elif isinstance(node.value, list):
        for index, element in enumerate(cast("list[Node]", node.value)):
            yield str(index), element
