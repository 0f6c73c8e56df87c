"""Writes a new plugin and its test into a chain's folder: both or nothing, and never over a file that is there.

    <chain>/NN_<name>.py                            the plugin, with the number after the last one
    <chain>/tests/test_<chain>_NN_<name>.py         its test; folders called `tests` are not deployed

The test's file name has the chain's folder in it, so that two chains can be tested in one run of pytest.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from cli.errors import CliError
from cli.plugin.templates import plugin_text, test_text

_NAME = re.compile(r"[a-z][a-z0-9_]{0,39}")
_NUMBERED = re.compile(r"(?P<number>[0-9]+)_(?P<name>.+)\.py")
_HIGHEST_NUMBER = 99  # plugins run in alphabetical order, and 100_x would run before 11_x
TESTS = "tests"


@dataclass(frozen=True, kw_only=True)
class NewPlugin:
    """The two files."""

    plugin: Path
    test: Path


def write_plugin(name: str, *, directory: Path, kind: str) -> NewPlugin:
    """Write the plugin `name` for authorizers of type `token` or `request` into the folder, made if it is missing.

    Raises:
        CliError: the name is no name for a plugin, the folder cannot be used, or a file is there already.
    """
    if not _NAME.fullmatch(name):
        raise CliError(
            f"{name!r} is no name for a plugin: take 1 to 40 lower-case letters, digits and underscores, a letter "
            "first, without number and .py, for example check_scope"
        )
    existing = _plugins_in(directory)
    for file in existing:
        found = _NUMBERED.fullmatch(file)
        if (found["name"] if found else file.removesuffix(".py")) == name:
            raise CliError(f"{directory / file} is there already: choose another name")
    numbered = f"{_next_number(directory, existing):02}_{name}"
    new = NewPlugin(
        plugin=directory / f"{numbered}.py",
        test=directory / TESTS / f"test_{_module_name(directory)}_{numbered}.py",
    )
    _write_both(new, plugin_text(name=name, kind=kind), test_text(name=name, plugin=numbered, kind=kind))
    return new


def _plugins_in(directory: Path) -> list[str]:
    try:
        return sorted(
            path.name for path in directory.iterdir() if path.suffix == ".py" and not path.name.startswith("_")
        )
    except FileNotFoundError:
        return []
    except OSError as error:
        raise CliError(f"{directory} cannot be read ({error.strerror or error}): correct --chain") from None


def _next_number(directory: Path, existing: list[str]) -> int:
    numbers = [int(found["number"]) for file in existing if (found := _NUMBERED.fullmatch(file))]
    number = max(numbers, default=0) + 1
    if number > _HIGHEST_NUMBER:
        raise CliError(f"{directory} has a plugin with number {number - 1}: renumber the plugins to make room")
    return number


def _module_name(directory: Path) -> str:
    return re.sub(r"[^a-z0-9]+", "_", directory.resolve().name.lower()).strip("_") or "chain"


def _write_both(new: NewPlugin, plugin: str, test: str) -> None:
    written: list[Path] = []
    try:
        for path, text in ((new.test, test), (new.plugin, plugin)):
            path.parent.mkdir(parents=True, exist_ok=True)
            with path.open("x", encoding="utf-8") as stream:
                written.append(path)
                stream.write(text)
    except OSError as error:
        for path in written:
            path.unlink(missing_ok=True)
        if isinstance(error, FileExistsError):
            raise CliError(f"{error.filename} is there already: move it away, or choose another name") from None
        raise CliError(f"{error.filename} cannot be written ({error.strerror or error})") from None
