"""Compare old inputs with new ones: what changed, at which path, and whether that needs a new resource.

Pure. JSON documents are compared by meaning, sets without order, archives by content hash, and absent, null and empty
are the same. `ignoreChanges` needs nothing here: for an update the engine has put the old values into the new inputs,
for a refresh `service.py` leaves out what is ignored.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Any, Final, cast

from sandbox.provider.paths import Path
from sandbox.provider.resource_type import DEFAULTS_KEY, ResourceType
from sandbox.provider.schema import Kind, Property
from sandbox.provider.values import UNKNOWN, Archive, Asset, object_of

_ANYTHING: Final = Property(kind=Kind.ANY)


class Change(Enum):
    """What happened to a value."""

    ADD = "add"
    DELETE = "delete"
    UPDATE = "update"


@dataclass(frozen=True, kw_only=True)
class Difference:
    """One changed value, as deep as it can be named."""

    path: Path
    change: Change
    replaces: bool


def differences(resource_type: ResourceType, old: Mapping[str, Any], new: Mapping[str, Any]) -> list[Difference]:
    """Every difference, in the order of the property names."""
    found: list[Difference] = []
    for name in sorted((old.keys() | new.keys()) - {DEFAULTS_KEY}):
        before, after = old.get(name), new.get(name)
        if after is None and name in resource_type.computed:
            continue
        for path, change in _changes(resource_type, before, after, (name,), _declared(resource_type, (name,))):
            found.append(Difference(path=path, change=change, replaces=_replaces(resource_type, path)))
    return found


def equivalent(resource_type: ResourceType, before: Any, after: Any, path: Path) -> bool:
    """True when both values mean the same to AWS."""
    declared = _declared(resource_type, path)
    return next(_changes(resource_type, before, after, path, declared), None) is None


def _declared(resource_type: ResourceType, path: Path) -> Property:
    declared = resource_type.inputs.get(str(path[0]), _ANYTHING)
    for part in path[1:]:
        inside = declared.fields.get(str(part)) if declared.kind is Kind.OBJECT else declared.element
        declared = inside or _ANYTHING
    return declared


def _changes(
    resource_type: ResourceType, before: Any, after: Any, path: Path, declared: Property
) -> Iterator[tuple[Path, Change]]:
    if before is UNKNOWN or after is UNKNOWN:
        yield path, Change.ADD if _empty(before) else Change.UPDATE
        return
    if _dotted(path) in resource_type.choices and (before is None) != (after is None):
        yield path, Change.ADD if before is None else Change.DELETE
        return
    if _empty(before) and _empty(after):
        return
    if _empty(before) or _empty(after):
        # A list or map that appears or goes is told as a whole.
        yield path, Change.ADD if _empty(before) else Change.DELETE
        return
    dotted = _dotted(path)
    if dotted in resource_type.json_properties and _same_document(before, after):
        return
    if isinstance(before, (Asset, Archive)) and isinstance(after, (Asset, Archive)):
        if not _same_content(before, after):
            yield path, Change.UPDATE
    elif isinstance(before, Mapping) and isinstance(after, Mapping):
        old, new = cast("Mapping[str, Any]", before), cast("Mapping[str, Any]", after)
        if declared.kind is Kind.MAP:
            yield from _map_changes(resource_type, old, new, path, declared.element or _ANYTHING)
            return
        for key in sorted(old.keys() | new.keys()):
            field = declared.fields.get(key, _ANYTHING)
            yield from _changes(resource_type, old.get(key), new.get(key), (*path, key), field)
    elif isinstance(before, list) and isinstance(after, list):
        old_items, new_items = cast("list[Any]", before), cast("list[Any]", after)
        element = declared.element or _ANYTHING
        if dotted in resource_type.unordered:
            yield from _set_changes(resource_type, old_items, new_items, path, element)
        else:
            yield from _list_changes(resource_type, old_items, new_items, path, element)
    elif before != after:
        yield path, Change.UPDATE


def _map_changes(
    resource_type: ResourceType, old: Mapping[str, Any], new: Mapping[str, Any], path: Path, element: Property
) -> Iterator[tuple[Path, Change]]:
    # In a map, an empty text is a value like any other: a variable that is set to nothing is not a variable that is
    # absent.
    for key in sorted(old.keys() | new.keys()):
        if key not in old:
            yield (*path, key), Change.ADD
        elif key not in new:
            yield (*path, key), Change.DELETE
        elif old[key] == "" or new[key] == "":
            if old[key] != new[key]:
                yield (*path, key), Change.UPDATE
        else:
            yield from _changes(resource_type, old[key], new[key], (*path, key), element)


def _list_changes(
    resource_type: ResourceType, old: Sequence[Any], new: Sequence[Any], path: Path, element: Property
) -> Iterator[tuple[Path, Change]]:
    for index in range(max(len(old), len(new))):
        before = old[index] if index < len(old) else None
        after = new[index] if index < len(new) else None
        yield from _changes(resource_type, before, after, (*path, index), element)


def _set_changes(
    resource_type: ResourceType, old: Sequence[Any], new: Sequence[Any], path: Path, element: Property
) -> Iterator[tuple[Path, Change]]:
    """Pair off what means the same, wherever it stands; the rest is compared in order and named by its place in the new
    list.
    """
    gone = list(old)
    come: list[tuple[int, Any]] = []
    for index, item in enumerate(new):
        same = next((each for each in gone if not _differs(resource_type, each, item, (*path, index), element)), None)
        if same is None:
            come.append((index, item))
        else:
            gone.remove(same)
    for index, item in come:
        before = gone.pop(0) if gone else None
        yield from _changes(resource_type, before, item, (*path, index), element)
    for offset, _ in enumerate(gone):
        yield (*path, len(new) + offset), Change.DELETE


def _differs(resource_type: ResourceType, before: Any, after: Any, path: Path, element: Property) -> bool:
    return next(_changes(resource_type, before, after, path, element), None) is not None


def _replaces(resource_type: ResourceType, path: Path) -> bool:
    names = [part for part in path if isinstance(part, str)]
    prefixes = {".".join(names[:length]) for length in range(1, len(names) + 1)}
    return path[0] == "region" or not prefixes.isdisjoint(resource_type.replaces)


def _empty(value: Any) -> bool:
    return value is None or value == "" or (isinstance(value, (list, Mapping)) and not value)


def _dotted(path: Path) -> str:
    return ".".join(part for part in path if isinstance(part, str))


def _same_content(before: Asset | Archive, after: Asset | Archive) -> bool:
    if before.hash and after.hash:
        return before.hash == after.hash
    return before == after


def _same_document(before: Any, after: Any) -> bool:
    try:
        return canonical_document(before) == canonical_document(after)
    except (TypeError, json.JSONDecodeError):
        return False


def canonical_document(document: Any) -> Any:
    """A JSON document in a form that is equal for equal meanings.

    In a policy (what has a `Statement`) IAM does not distinguish a text from a list of one, nor the order of such
    lists.
    """
    parsed = json.loads(document) if isinstance(document, str) else document
    if isinstance(parsed, Mapping) and "Statement" in parsed:
        return _canonical_policy(cast("Mapping[str, Any]", parsed))
    return cast("Any", parsed)


def _canonical_policy(value: Any) -> Any:
    if isinstance(value, Mapping):
        items: dict[str, Any] = {key: _canonical_policy(item) for key, item in object_of(cast("Any", value)).items()}
        if isinstance(items.get("Statement"), Mapping):
            items["Statement"] = [items["Statement"]]
        return items
    if isinstance(value, list):
        parts = cast("list[Any]", value)
        if all(isinstance(part, str) for part in parts):
            return parts[0] if len(parts) == 1 else sorted(parts)
        return [_canonical_policy(part) for part in parts]
    return value
