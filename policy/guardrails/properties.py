"""Reads one property of a resource without ever raising.

In a preview a value can be unknown, because it comes from a resource that does not exist yet. The policy SDK raises
when such a value is touched (`'x' in properties` is enough) and then gives up the whole rule for that resource, with no
more than an advisory note. Rules therefore read through this module only, and decide explicitly what each of the four
answers means to them:

    Known      the value, and whether Pulumi marks it as a secret
    Unknown    it will have a value, but not before the update
    Missing    absent or null
    Malformed  a parent of it is there, but is not an object

It reads; it does not judge. Types are not converted either: a number where a text is expected arrives as a number.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, cast

from pulumi_policy import proxy

UNKNOWN_SENTINELS: Final = frozenset(
    {
        proxy.UNKNOWN_ARCHIVE_VALUE,
        proxy.UNKNOWN_ARRAY_VALUE,
        proxy.UNKNOWN_ASSET_VALUE,
        proxy.UNKNOWN_BOOLEAN_VALUE,
        proxy.UNKNOWN_NUMBER_VALUE,
        proxy.UNKNOWN_OBJECT_VALUE,
        proxy.UNKNOWN_STRING_VALUE,
    }
)
"""What the engine sends in place of a value that is not known yet (`sdk/go/common/resource/plugin`, `rpc.go`)."""


@dataclass(frozen=True, slots=True)
class Known:
    """A value that is there: a scalar, an asset or archive, `dict[str, Node]` or `list[Node]`.

    `secret` is true when the value, or something around it, is marked as a secret by Pulumi.
    """

    value: object
    secret: bool = False

    def __repr__(self) -> str:
        """Never show the value: a reading ends up in tracebacks and in the output of failing tests."""
        return f"Known(<{type(self.value).__name__}>, secret={self.secret})"


@dataclass(frozen=True, slots=True)
class Unknown:
    """A value that the engine will know in the update only."""

    secret: bool = False


@dataclass(frozen=True, slots=True)
class Missing:
    """No value: the property is absent or null."""


@dataclass(frozen=True, slots=True)
class Malformed:
    """`at` should be an object that holds the property, and is something else."""

    at: str


Node = Known | Unknown
Reading = Known | Unknown | Missing | Malformed


@dataclass(frozen=True, slots=True)
class SecretMark:
    """A value that Pulumi marks as a secret, as `secret_marks` hands it over."""

    value: object

    def __repr__(self) -> str:
        """Never show the value."""
        return "SecretMark(...)"


def read(properties: Mapping[str, Any], *path: str) -> Reading:
    """Follow `path` through nested objects, for example `read(properties, "environment", "variables")`."""
    node: Node = Known(properties)
    for depth, key in enumerate(path):
        if isinstance(node, Unknown):
            return node
        if node.value is None:
            return Missing()
        if not isinstance(node.value, Mapping):
            return Malformed(at=".".join(path[:depth]))
        found = _child(cast("Mapping[str, object]", node.value), key, secret=node.secret)
        if found is None:
            return Missing()
        node = found
    if isinstance(node, Known):
        return Missing() if node.value is None else _deep(node)
    return node


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


def _child(container: Mapping[str, object], key: str, *, secret: bool) -> Node | None:
    try:
        value = container[key]
    except KeyError:
        return None
    except proxy.UnknownValueError:
        return Unknown(secret=secret)
    return _shallow(value, secret=secret)


def _shallow(value: object, *, secret: bool) -> Node:
    if isinstance(value, SecretMark):
        return _shallow(value.value, secret=True)
    if isinstance(value, str) and value in UNKNOWN_SENTINELS:
        return Unknown(secret=secret)
    return Known(value, secret=secret)


def _deep(node: Node) -> Node:
    if isinstance(node, Unknown):
        return node
    value = node.value
    if isinstance(value, Mapping):
        mapping = cast("Mapping[str, object]", value)
        entries: dict[str, Node] = {}
        for key in mapping:
            child = _child(mapping, key, secret=node.secret)
            if child is not None:
                entries[key] = _deep(child)
        return Known(entries, secret=node.secret)
    if isinstance(value, Sequence) and not isinstance(value, str | bytes):
        elements = cast("Sequence[object]", value)
        items = [_deep(_element(elements, index, secret=node.secret)) for index in range(len(elements))]
        return Known(items, secret=node.secret)
    return node


def _element(elements: Sequence[object], index: int, *, secret: bool) -> Node:
    try:
        value = elements[index]
    except proxy.UnknownValueError:
        return Unknown(secret=secret)
    return _shallow(value, secret=secret)
