"""From a folder to plugins: the `.py` files in alphabetical order, those that begin with `_` left out.

The folder is put on `sys.path`, so that plugins can import the `_` files by name; at its end, so that no file there can
take the place of a module of the standard library. The plugins themselves are loaded by path under names of their own.

Nothing that a file does at import can crash the authorizer: a folder that is not a whole chain is a `ChainLoadError`.
"""

from __future__ import annotations

import os
import sys
from importlib.machinery import SourceFileLoader
from types import ModuleType

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any


class Plugin:
    """One step of a chain: the file's name without `.py`, and its `validate`."""

    __slots__ = ("name", "validate")

    def __init__(self, *, name: str, validate: Callable[[dict[str, Any]], object]) -> None:
        """Hold both."""
        self.name = name
        self.validate = validate


class ChainLoadError(Exception):
    """The folder is not a chain. `reason` is a stable code, `file` a name, `detail` an exception's class and line."""

    def __init__(self, *, reason: str, file: str, detail: str = "") -> None:
        """Say what is wrong with which file."""
        super().__init__(f"{file}: {reason} {detail}".rstrip())
        self.reason = reason
        self.file = file
        self.detail = detail


def load_plugins(directory: str) -> tuple[Plugin, ...]:
    """Return the plugins of `directory` in order, at least one.

    Raises:
        ChainLoadError: a file cannot be used, or there is none.
    """
    try:
        files = sorted(name for name in os.listdir(directory) if name.endswith(".py") and not name.startswith("_"))  # noqa: PTH208 -- importing pathlib costs 10 ms of every cold start
    except OSError:
        raise ChainLoadError(reason="plugins_directory_missing", file=directory) from None
    if not files:
        raise ChainLoadError(reason="no_plugins", file=directory)
    if directory not in sys.path:
        sys.path.append(directory)
    return tuple(_load_plugin(directory, file) for file in files)


def _load_plugin(directory: str, file: str) -> Plugin:
    name = file.removesuffix(".py")
    path = os.path.join(directory, file)  # noqa: PTH118 -- see above
    try:
        loader = SourceFileLoader(f"plugins.{name}", path)
        module = ModuleType(loader.name)
        module.__file__ = path
        sys.modules[loader.name] = module
        loader.exec_module(module)
        validate = getattr(module, "validate", None)
    except KeyboardInterrupt:
        raise
    except BaseException as error:  # noqa: BLE001 -- a plugin's SystemExit, too, must end in a denial
        raise ChainLoadError(reason="plugin_does_not_import", file=file, detail=_where(error, path)) from None
    if not callable(validate):
        raise ChainLoadError(reason="plugin_without_validate", file=file)
    return Plugin(name=name, validate=validate)


def _where(error: BaseException, path: str) -> str:
    """Name the exception's class and the line of the file; its message may quote what the file was reading."""
    line = error.lineno if isinstance(error, SyntaxError) and error.filename == path else None
    traceback = error.__traceback__
    while traceback is not None:
        if traceback.tb_frame.f_code.co_filename == path:
            line = traceback.tb_lineno
        traceback = traceback.tb_next
    return type(error).__name__ if line is None else f"{type(error).__name__} in line {line}"
