"""Judge inputs by the types that `pulumi_aws` declares: unknown names, wrong types, missing required ones.

Pure. Values that are not known yet pass. Deliberately no coercion: the Python SDK does not check types at run time, so
a string where AWS wants a number would otherwise show only on AWS.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, cast

from sandbox.provider.paths import Path
from sandbox.provider.resource_type import DEFAULTS_KEY, Problem
from sandbox.provider.schema import Kind, Property
from sandbox.provider.values import UNKNOWN, Archive, Asset


def type_problems(values: Mapping[str, Any], properties: Mapping[str, Property]) -> list[Problem]:
    """Every problem with names and types, nested ones included; an empty list when there is none."""
    given = {name: value for name, value in values.items() if name != DEFAULTS_KEY}
    return list(_object_problems(given, properties, ()))


def _object_problems(values: Mapping[str, Any], properties: Mapping[str, Property], path: Path) -> Iterator[Problem]:
    for name, value in values.items():
        declared = properties.get(name)
        if declared is None:
            yield Problem(path=(*path, name), message=f"no such property{_suggestion(name, properties)}")
        elif value is not None:
            yield from _value_problems(value, declared, (*path, name))
    for name, declared in properties.items():
        if declared.required and values.get(name) is None:
            yield Problem(path=(*path, name), message="is required and has no value")


def _value_problems(value: Any, declared: Property, path: Path) -> Iterator[Problem]:
    if value is UNKNOWN:
        return
    if declared.alternative is not None and _matches(value, declared.alternative.kind):
        declared = declared.alternative
    if not _matches(value, declared.kind):
        expected = declared.kind.value
        if declared.alternative is not None:
            expected += f" or {declared.alternative.kind.value}"
        yield Problem(path=path, message=f"must be {expected}, not {_described(value)}")
        return
    if declared.kind is Kind.OBJECT and declared.fields:
        yield from _object_problems(cast("Mapping[str, Any]", value), declared.fields, path)
    elif declared.kind is Kind.LIST and declared.element is not None:
        for index, item in enumerate(cast("Sequence[Any]", value)):
            yield from _element_problems(item, declared.element, (*path, index))
    elif declared.kind is Kind.MAP and declared.element is not None:
        for key, item in cast("Mapping[str, Any]", value).items():
            yield from _element_problems(item, declared.element, (*path, key))


def _element_problems(value: Any, declared: Property, path: Path) -> Iterator[Problem]:
    if value is None:
        yield Problem(path=path, message=f"must be {declared.kind.value}, not null")
    else:
        yield from _value_problems(value, declared, path)


def _matches(value: Any, kind: Kind) -> bool:
    match kind:
        case Kind.STRING:
            return isinstance(value, str)
        case Kind.INTEGER:
            return isinstance(value, int) and not isinstance(value, bool)
        case Kind.NUMBER:
            return isinstance(value, (int, float)) and not isinstance(value, bool)
        case Kind.BOOLEAN:
            return isinstance(value, bool)
        case Kind.LIST:
            return isinstance(value, list)
        case Kind.MAP | Kind.OBJECT:
            return isinstance(value, Mapping)
        case Kind.ARCHIVE:
            return isinstance(value, Archive)
        case Kind.ASSET:
            return isinstance(value, (Asset, Archive))
        case Kind.ANY:
            return True


def _described(value: Any) -> str:
    # The kind only, never the value: it may be a secret.
    match value:
        case None:
            return "null"
        case bool():
            return "a boolean"
        case int():
            return "an integer"
        case float():
            return "a number with a fraction"
        case str():
            return "a string"
        case list():
            return "a list"
        case Asset() | Archive():
            return "an asset or archive"
        case _:
            return "an object"


def _suggestion(name: str, properties: Mapping[str, Property]) -> str:
    close = difflib.get_close_matches(name, properties, n=1)
    return f"; did you mean {close[0]}?" if close else f"; there are {', '.join(sorted(properties))}"
