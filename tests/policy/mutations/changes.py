"""The properties of a declared resource, nested ones and members of JSON documents too, and what is done to each."""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any, Final, cast

from guardrails.nodes import SIGNATURE
from tests.policy.judging import UNKNOWN, Declared, secret

CANARY: Final = "hunter2"
"""Part of every text that a change puts in; no message may repeat it, because it could be a secret."""

REMOVED: Final = object()


def _always(value: object) -> Callable[[object], object]:
    return lambda _: value


def _another_number(value: object) -> object:
    return 7.0 if value == 1.0 and not isinstance(value, bool) else 1.0


def _number(value: float) -> Callable[[object], object]:
    """Another number in place of a number; anything else stays as it is."""
    return lambda old: value if isinstance(old, int | float) and not isinstance(old, bool) else old


def _the_other_switch(value: object) -> object:
    return not value if isinstance(value, bool) else True


IN_DOCUMENTS: Final[Mapping[str, Callable[[object], object]]] = {
    "removed": _always(REMOVED),
    "null": _always(None),
    "empty text": _always(""),
    "empty list": _always([]),
    "empty object": _always({}),
    "another text": _always(CANARY),
    "a number": _another_number,
    "zero": _number(0.0),
    "a negative number": _number(-1.0),
    "a huge number": _number(1e12),
    "a switch": _the_other_switch,
    "a list": _always([CANARY]),
    "an object": _always({"PASSWORD": CANARY}),
}
"""What can happen inside a JSON document, which the engine sees as one text."""

CHANGES: Final[Mapping[str, Callable[[object], object]]] = {
    **IN_DOCUMENTS,
    "unknown": _always(UNKNOWN),
    "an unknown secret": _always(secret(UNKNOWN)),
    "a secret": _always(secret(CANARY)),
    "marked as a secret": secret,
    "a list of unknowns": _always([UNKNOWN]),
    "an object of unknowns": _always({"PASSWORD": UNKNOWN}),
}
"""By name, what becomes of a property's value."""

ADDITIONS: Final = {
    name: change
    for name, change in CHANGES.items()
    if name not in {"removed", "null", "marked as a secret", "zero", "a negative number", "a huge number"}
}
"""What a property that is not there can become."""

WAITING: Final = frozenset({"unknown", "an unknown secret"})
"""Changes after which there is nothing that a rule could judge."""

OF_FURTHER_STACKS: Final = frozenset(
    {"removed", "another text", "a number", "a list", "an object", "unknown", "an unknown secret", "a list of unknowns"}
)
"""What is done to the further stacks of a fixture: one of each kind."""

PARTLY_WAITING: Final = frozenset({"a list of unknowns"})
"""Changes after which the values inside are not known. An object loses its known members besides, which may mend it."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where a value is: `path` among the properties, and `member` inside the JSON document that is found there.

    `absent`: there is none in the compliant stack, but the rule looked for one.
    """

    path: tuple[str | int, ...]
    member: tuple[str | int, ...] = ()
    absent: bool = False

    def __str__(self) -> str:
        """`assumeRolePolicy: Statement.0.Principal`, `environment.variables.GREETING`."""
        path = ".".join(map(str, self.path))
        return f"{path}: {'.'.join(map(str, self.member))}" if self.member else path

    @property
    def changes(self) -> Mapping[str, Callable[[object], object]]:
        """What can be done here."""
        if self.absent:
            return ADDITIONS
        return IN_DOCUMENTS if self.member else CHANGES


def places(declared: Declared) -> Iterator[Place]:
    """Every property, every nested one, and every member of a JSON document."""
    for path, value in _nested(declared.properties):
        yield Place(path)
        document = _document(value)
        if document is not None:
            for member, _ in _nested(document):
                yield Place(path, member)


def absent(declared: Declared, read: Iterable[tuple[str, ...]]) -> Iterator[Place]:
    """The properties that were looked for and are not there, each parent before its children."""
    found: set[tuple[str, ...]] = set()
    for path in read:
        holder: object = declared.properties
        for depth, key in enumerate(path):
            if not isinstance(holder, Mapping) or SIGNATURE in holder:
                break
            entries = cast("Mapping[str, object]", holder)
            if entries.get(key) is None:
                found |= {path[:end] for end in range(depth + 1, len(path) + 1)}
                break
            holder = entries[key]
    for path in sorted(found):
        yield Place(path, absent=True)


def change(declared: Declared, place: Place, name: str) -> Declared | None:
    """The resource with one change; `None` where that changes nothing."""
    properties = changed_properties(declared.properties, place, name)
    return None if properties is None else replace(declared, properties=properties)


def changed_properties(properties: Mapping[str, Any], place: Place, name: str) -> Mapping[str, Any] | None:
    """The properties of a resource with one change; `None` where that changes nothing."""
    if place.absent:
        return _put(properties, place.path, place.changes[name](None))
    value = _value_at(properties, place.path)
    if place.member:
        document = _document(value)
        changed = _put(document, place.member, place.changes[name](_value_at(document, place.member)))
        return None if changed == document else _put(properties, place.path, json.dumps(changed))
    new = place.changes[name](value)
    if new == value and type(new) is type(value):
        return None
    return _put(properties, place.path, new)


def _nested(value: object) -> Iterator[tuple[tuple[str | int, ...], object]]:
    """What is inside an object or a list, at every depth; secrets, assets and archives are one value."""
    entries: Iterator[tuple[str | int, object]]
    if isinstance(value, Mapping) and SIGNATURE not in value:
        entries = iter(cast("Mapping[str, object]", value).items())
    elif isinstance(value, list):
        entries = iter(enumerate(cast("list[object]", value)))
    else:
        return
    for key, entry in entries:
        yield (key,), entry
        for path, inner in _nested(entry):
            yield (key, *path), inner


def _document(value: object) -> object | None:
    """The JSON object or list that a text holds."""
    if not isinstance(value, str) or not value.lstrip().startswith(("{", "[")):
        return None
    try:
        return json.loads(value)
    except ValueError:
        return None


def _value_at(value: Any, path: tuple[str | int, ...]) -> Any:
    for key in path:
        value = value[key]
    return value


def _put(value: Any, path: tuple[str | int, ...], new: object) -> Any:
    """A copy with one value exchanged or removed; what is not on the way to it is shared."""
    first, *rest = path
    copied: Any = dict(value) if isinstance(value, Mapping) else list(value)
    if rest:
        inner = value.get(first, {}) if isinstance(value, Mapping) else value[first]
        copied[first] = _put(inner or {}, tuple(rest), new)
    elif new is REMOVED:
        del copied[first]
    else:
        copied[first] = new
    return copied
