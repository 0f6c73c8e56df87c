"""Whether arguments have the types that they are annotated with, told by name and with what to write instead. Pure.

For programs that no type checker has seen: `vpc={...}` where `VpcSettings(...)` is meant, one text where a list of them
is, a text where a folder's `Path` is. Python would take each of them and fail later, in a line that the writer of the
program does not know. Values are never repeated, because one of them may be a secret.
It deliberately judges types only; what a value may be is for the class whose argument it is. Texts pass for members of
a `StrEnum`, which they compare equal to.
"""

import dataclasses
import functools
from collections.abc import Awaitable, Mapping, Sequence
from dataclasses import MISSING
from enum import StrEnum
from pathlib import Path
from types import NoneType, UnionType
from typing import Any, Literal, NamedTuple, Union, cast, get_args, get_origin, get_type_hints

import pulumi

from components.errors import ArgumentError

# What `pulumi.Input` leaves unresolved in annotations, because it names them in quotes.
_NAMES_OF_INPUT: Mapping[str, Any] = {"Output": pulumi.Output, "T": Any}
_WORDS = "written as"
_PLAIN_NAMES: Mapping[object, str] = {
    Any: "anything",
    bool: "True or False",
    float: "a number",
    int: "a whole number",
    str: "a text (str)",
    NoneType: "None",
    Path: "a Path, such as Path(__file__).parent / 'folder'",
    pulumi.Output: "an output",
}


class _Misfit(NamedTuple):
    """A value at a place that is not of the type that the annotation names."""

    place: str
    value: object
    hint: Any


def written_as(words: str) -> Mapping[str, str]:
    """The `metadata` of a field whose type alone does not say what to write."""
    return {_WORDS: words}


def check_types(arguments: object, what: str) -> None:
    """Raises `ArgumentError` for the first field of the dataclass whose value does not fit its annotation.

    `what` is whose arguments they are (`function backend`).
    """
    for name, (hint, words) in _fields(type(arguments)).items():
        misfit = _misfit(name, getattr(arguments, name), hint)
        if misfit is not None:
            found = _found(misfit.value)
            raise ArgumentError(f"{what}: {misfit.place} is {found}; write {words or _wanted(misfit.hint)}.")


@functools.cache
def _fields(arguments: type) -> Mapping[str, tuple[Any, str | None]]:
    """The annotation of each field and what `written_as` says of it, in their order."""
    hints = get_type_hints(arguments, localns=dict(_NAMES_OF_INPUT))
    fields = dataclasses.fields(cast("Any", arguments))
    return {field.name: (hints[field.name], field.metadata.get(_WORDS)) for field in fields}


def _misfit(place: str, value: Any, hint: Any) -> _Misfit | None:
    """What does not fit: the value, or the first of its members that does not."""
    kind, parts = get_origin(hint) or hint, get_args(hint)
    if kind in (Union, UnionType):
        inside: _Misfit | None = None
        for part in parts:
            misfit = _misfit(place, value, part)
            if misfit is None:
                return None
            if inside is None and misfit.place != place:
                inside = misfit
        return inside or _Misfit(place, value, hint)
    if not _is(value, kind, parts):
        return _Misfit(place, value, hint)
    members: list[_Misfit | None] = []
    if kind is Mapping:
        key_hint, value_hint = parts
        for key, member in value.items():
            members += [_misfit(f"a name in {place}", key, key_hint), _misfit(f"{place}[{key!r}]", member, value_hint)]
    elif kind is Sequence:
        members = [_misfit(f"{place}[{index}]", member, parts[0]) for index, member in enumerate(value)]
    return next((each for each in members if each is not None), None)


def _is(value: object, kind: Any, parts: tuple[Any, ...]) -> bool:
    """Whether the value itself is of the kind, whatever its members are."""
    if kind is Any:
        return True
    if kind is Literal:
        return value in parts
    if kind is Sequence:
        return isinstance(value, Sequence) and not isinstance(value, str | bytes)
    if kind in (int, float) and isinstance(value, bool):
        return False
    if kind is float:
        return isinstance(value, int | float)
    return isinstance(value, str if _is_class(kind, StrEnum) else kind)


def _found(value: object) -> str:
    if isinstance(value, type):
        return f"the class {value.__name__} itself"
    return "None" if value is None else f"of type {type(value).__name__}"


def _wanted(hint: Any) -> str:
    """What to write, in words."""
    kind, parts = get_origin(hint) or hint, get_args(hint)
    if kind in _PLAIN_NAMES:
        return _PLAIN_NAMES[kind]
    if kind in (Union, UnionType):
        # Whatever can be awaited is an input to Pulumi, but nothing that one would write by hand.
        return " or ".join(_wanted(part) for part in parts if get_origin(part) is not Awaitable)
    if kind is Literal:
        return f"one of {', '.join(map(repr, parts))}"
    if kind is Mapping:
        return f"a dict in which each value is {_wanted(parts[1])}"
    if kind is Sequence:
        return f"a list in which each is {_wanted(parts[0])}"
    if _is_class(kind, StrEnum):
        return f"one of {', '.join(kind)}"
    if dataclasses.is_dataclass(kind):
        return _construction(kind)
    return f"{'an' if kind.__name__[0] in 'AEIOU' else 'a'} {kind.__name__}"


def _construction(kind: Any) -> str:
    """`Route(method, path, handler=..., authorizer=..., ...)`, the last dots for what may be left out."""
    fields = [field for field in dataclasses.fields(kind) if field.init]
    needed = [field for field in fields if field.default is MISSING and field.default_factory is MISSING]
    written = [f"{field.name}=..." if field.kw_only else field.name for field in needed]
    return f"{kind.__name__}({', '.join([*written, *(['...'] if len(needed) < len(fields) else [])])})"


def _is_class(kind: object, of: type) -> bool:
    return isinstance(kind, type) and issubclass(kind, of)
