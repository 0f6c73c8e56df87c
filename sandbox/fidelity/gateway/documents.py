"""Narrow views of JSON documents of unknown shape: the emulator's records and what functions answer."""

from typing import Any, cast

JsonObject = dict[str, Any]


def child(container: Any, key: Any) -> JsonObject:
    """The object that a mapping (or a store of the emulator) has under `key`; an empty one when there is none."""
    return container.get(key) or {}


def as_object(value: object) -> JsonObject | None:
    """`value` if it is an object."""
    return cast(JsonObject, value) if isinstance(value, dict) else None


def as_list(value: object) -> list[Any] | None:
    """`value` if it is an array."""
    return cast(list[Any], value) if isinstance(value, list) else None


def as_text(value: object) -> str | None:
    """`value` as text; `None` stays `None`."""
    return None if value is None else str(value)
