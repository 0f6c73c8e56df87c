"""What goes into a function's archive: an explicit, sorted map of path in the archive -> file on disk.

Pure: reads folders, writes nothing, starts nothing. Import packages keep their names, so that an import means the same
in the repository, in the archive and in tests; a chain's plugins go to `plugins/`, where the authorizer looks for them.
It deliberately installs no third-party wheels (layers carry those) and follows no link out of a folder. Whether plugins
could run is judged in `components.plugin_checks`.
"""

import ast
import os
import platform
import warnings
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import pulumi

from components.errors import ArgumentError
from components.plugin_checks import PLUGIN_FUNCTION, check_chain

FUNCTIONS_DIRECTORY = Path(__file__).resolve().parent.parent / "functions"
PLUGINS_IN_ARCHIVE = "plugins"

_LEFT_OUT_DIRECTORIES = frozenset({"__pycache__", "tests"})
_LEFT_OUT_SUFFIXES = (".pyc", ".pyo")
_ABOUT_A_PACKAGE = frozenset({"README.md", "pyproject.toml"})  # directly in it, for who publishes it on its own

Files = Mapping[str, Path]


def package_files(names: Sequence[str], root: Path = FUNCTIONS_DIRECTORY) -> dict[str, Path]:
    """The files of the import packages `names` below `root`, as `name/module.py` -> file.

    Raises `ArgumentError` for a name that is no package name, and for a package that is missing or has no Python file.
    """
    files: dict[str, Path] = {}
    for name in names:
        if not name.isidentifier():
            raise ArgumentError(f"package {name!r}: not the name of an import package; name a folder of {root}.")
        found = _files_below(root / name, f"package {name!r}")
        if not any(path.suffix == ".py" for path in found.values()):
            raise ArgumentError(f"package {name!r}: {root / name} has no Python file; name the folder with the code.")
        files.update(
            {f"{name}/{relative}": path for relative, path in found.items() if relative not in _ABOUT_A_PACKAGE}
        )
    return dict(sorted(files.items()))


def plugin_files(directory: Path, what: str = "plugins_directory") -> dict[str, Path]:
    """The files of a chain of plugins, as `plugins/01_verify.py` -> file; every plugin is read and checked.

    `what` names the argument in errors. A plugin is a `*.py` directly in the folder whose name does not start with `_`.
    Raises `ArgumentError` for a folder that is missing or holds no plugin, for a file that does not compile, and for a
    plugin that could not run, as far as its text shows (`components.plugin_checks`).
    """
    found = _files_below(directory, what)
    plugins = [name for name in found if "/" not in name and name.endswith(".py") and not name.startswith("_")]
    if not plugins:
        raise ArgumentError(
            f"{what}: {directory} holds no plugin; add a file such as 01_verify.py with a function "
            f"{PLUGIN_FUNCTION}(auth_context)."
        )
    trees = {name: _parsed(path, what) for name, path in found.items() if name.endswith(".py")}
    check_chain(what, directory, {name: tree for name, tree in trees.items() if "/" not in name})
    return {f"{PLUGINS_IN_ARCHIVE}/{relative}": path for relative, path in found.items()}


def merged(*parts: Files) -> dict[str, Path]:
    """All files of the parts, sorted. Raises `ArgumentError` when two parts claim the same path in the archive."""
    files: dict[str, Path] = {}
    for part in parts:
        for name, path in part.items():
            if files.get(name, path) != path:
                raise ArgumentError(f"archive: {name} would be both {files[name]} and {path}; rename one of them.")
            files[name] = path
    return dict(sorted(files.items()))


def archive(files: Files) -> pulumi.AssetArchive:
    """The archive that Pulumi hashes by content and hands to the provider; nothing but what the map names is in it."""
    return pulumi.AssetArchive({name: pulumi.FileAsset(path) for name, path in sorted(files.items())})


def _files_below(directory: Path, what: str) -> dict[str, Path]:
    """Every file that is to be deployed, by its POSIX path below `directory`, sorted. Raises `ArgumentError`."""
    if not directory.is_dir():
        raise ArgumentError(f"{what}: {directory} is not a folder; correct the path.")
    root = directory.resolve()
    files: dict[str, Path] = {}
    for relative, entry in _walk(root):
        path = root / relative
        # No folder on the way is a link: those are not walked into.
        if entry.is_symlink() and not path.resolve().is_relative_to(root):
            raise ArgumentError(
                f"{what}: {relative} links to something outside the folder; put a copy of the file in its place."
            )
        if not entry.is_file():
            raise ArgumentError(
                f"{what}: {relative} is no file that can be deployed; remove it or replace it by a file."
            )
        files[relative] = path
    if not files:
        raise ArgumentError(f"{what}: {directory} has no file to deploy; add one or correct the path.")
    return files


def _walk(directory: Path, above: str = "") -> Iterator[tuple[str, os.DirEntry[str]]]:
    """What is not left out, by its path below the folder. Entries know what they are without another look at the disk,
    which matters to a program with the archives of dozens of functions."""
    with os.scandir(directory) as found:
        entries = sorted(found, key=lambda entry: entry.name)
    for entry in entries:
        if entry.name.startswith(".") or entry.name.endswith(_LEFT_OUT_SUFFIXES):
            continue
        if not entry.is_dir(follow_symlinks=False):
            yield above + entry.name, entry
        elif entry.name not in _LEFT_OUT_DIRECTORIES:
            yield from _walk(directory / entry.name, f"{above}{entry.name}/")


def _parsed(path: Path, what: str) -> ast.Module:
    try:
        with warnings.catch_warnings():
            # Warnings of the compiler are for the plugin's own checks, no reason to refuse it.
            warnings.simplefilter("ignore")
            tree = ast.parse(path.read_bytes(), filename=path.name)
            # Finds what parsing does not: a return outside a function.
            compile(tree, path.name, "exec", dont_inherit=True)
        return tree
    except (SyntaxError, ValueError) as error:
        line = f" line {error.lineno}" if isinstance(error, SyntaxError) and error.lineno else ""
        message = error.msg if isinstance(error, SyntaxError) else str(error)
        raise ArgumentError(
            f"{what}: {path}{line} does not compile with Python {platform.python_version()} ({message}); "
            "correct the file."
        ) from error
