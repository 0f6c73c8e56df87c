"""Where a value is inside properties: the engine's path texts and tuples of parts.

Pure.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any, Final, cast

Path = tuple[str | int, ...]
"""Where a value is: property names and list indexes from the top."""


def path_text(path: Iterable[str | int]) -> str:
    """A path as users read it: `environment.variables.NAME`, `layers[0]`."""
    text = ""
    for part in path:
        if isinstance(part, int):
            text += f"[{part}]"
        else:
            text += f".{part}" if text else part
    return text


_PATH_PART: Final = re.compile(r'\.?(?P<name>[^.\[\]"]+)|\[(?P<index>\d+|\*)\]|\["(?P<key>(?:[^"\\]|\\.)*)"\]')


def parsed_path(text: str) -> Path:
    """The opposite of `path_text`, as the engine writes paths (`tags["a.b"]`, `rules[*].name`); `*` stays a part of its
    own.

    Raises ValueError for a text that is no path.
    """
    parts: list[str | int] = []
    position = 0
    while position < len(text):
        match = _PATH_PART.match(text, position)
        if match is None:
            raise ValueError(f"{text!r} is not a property path")
        index = match["index"]
        if index is not None:
            parts.append("*" if index == "*" else int(index))
        elif match["key"] is not None:
            parts.append(match["key"].replace('\\"', '"').replace("\\\\", "\\"))
        else:
            parts.append(match["name"])
        position = match.end()
    return tuple(parts)


def is_below(path: Path, above: Path) -> bool:
    """True when `path` is `above` or inside it; `*` stands for any one part."""
    if len(path) < len(above):
        return False
    return all(wanted in ("*", part) for part, wanted in zip(path, above, strict=False))


def value_at(values: Any, path: Path) -> Any:
    """What is at a path that exists; KeyError or IndexError otherwise."""
    for part in path:
        values = values[part]
    return values


def existing_part(values: Any, path: Path) -> Path:
    """As much of the path as leads somewhere."""
    here: Any = values
    for length, part in enumerate(path):
        if isinstance(here, Mapping) and part in here:
            here = cast("Mapping[Any, Any]", here)[part]
        elif isinstance(here, list) and isinstance(part, int) and part < len(cast("list[Any]", here)):
            here = cast("list[Any]", here)[part]
        else:
            return path[:length]
    return path
