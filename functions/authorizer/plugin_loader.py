"""From a folder to plugins: the `.py` files in alphabetical order, those that begin with `_` left out.

What a plugin's `validate` asks for by name (`authorizer.providers`) is made here, once, and bound to it.

The folder is put on `sys.path`, so that plugins can import the `_` files by name; at its end, so that no file there can
take the place of a module of the standard library. The plugins themselves are loaded by path under names of their own.

Nothing that a file does at import can crash the authorizer: a folder that is not a whole chain is a `ChainLoadError`.
"""

from __future__ import annotations

import os
import sys
from functools import partial
from importlib.machinery import SourceFileLoader
from types import ModuleType

from authorizer.injection import ProviderError, UnknownProviderError, Values, wanted_names
from authorizer.providers import STANDARD_PROVIDERS, MissingSettingError, providers_in

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import Any

PROVIDERS_FILE = "_providers.py"


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


def load_plugins(directory: str, given: Mapping[str, object] | None = None) -> tuple[Plugin, ...]:
    """Return the plugins of `directory` in order, at least one.

    Args:
        directory: the folder.
        given: values to use in the place of what the providers of these names would make; tests give fakes.

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
    values = Values({**STANDARD_PROVIDERS, **_providers_of_chain(directory)}, given or {})
    return tuple(_load_plugin(directory, file, values) for file in files)


def _load_plugin(directory: str, file: str, values: Values) -> Plugin:
    validate = getattr(_module(directory, file), "validate", None)
    if not callable(validate):
        raise ChainLoadError(reason="plugin_without_validate", file=file)
    try:
        names = wanted_names(validate, skipped=1)
    except TypeError as error:
        raise ChainLoadError(reason="plugin_without_validate", file=file, detail=f"validate {error}") from None
    try:
        wanted = values.for_names(names)
    except UnknownProviderError as unknown:
        detail = f"nothing provides {unknown.args[0]}; there are: {', '.join(values.names)}"
        raise ChainLoadError(reason="unknown_provider", file=file, detail=detail) from None
    except TypeError as error:
        raise ChainLoadError(reason="provider_failed", file=file, detail=f"a provider {error}") from None
    except ProviderError as failed:
        where = _where(failed.cause, os.path.join(directory, PROVIDERS_FILE))  # noqa: PTH118 -- see above
        raise ChainLoadError(reason="provider_failed", file=file, detail=f"{failed.name}: {where}") from None
    return Plugin(name=file.removesuffix(".py"), validate=partial(validate, **wanted) if wanted else validate)


def _providers_of_chain(directory: str) -> Mapping[str, Callable[..., object]]:
    if not os.path.exists(os.path.join(directory, PROVIDERS_FILE)):  # noqa: PTH110, PTH118 -- see above
        return {}
    return providers_in(vars(_module(directory, PROVIDERS_FILE)))


def _module(directory: str, file: str) -> ModuleType:
    """Run a file of the chain; raises ChainLoadError where that fails."""
    path = os.path.join(directory, file)  # noqa: PTH118 -- see above
    try:
        loader = SourceFileLoader(f"plugins.{file.removesuffix('.py')}", path)
        module = ModuleType(loader.name)
        module.__file__ = path
        sys.modules[loader.name] = module
        loader.exec_module(module)
    except KeyboardInterrupt:
        raise
    except BaseException as error:  # noqa: BLE001 -- a plugin's SystemExit, too, must end in a denial
        raise ChainLoadError(reason="plugin_does_not_import", file=file, detail=_where(error, path)) from None
    return module


def _where(error: BaseException, path: str) -> str:
    """Name the exception's class and the line of the file; its message may quote what the file was reading."""
    if isinstance(error, MissingSettingError):
        return f"the setting {error.args[0]} is missing"
    line = error.lineno if isinstance(error, SyntaxError) and error.filename == path else None
    traceback = error.__traceback__
    while traceback is not None:
        if traceback.tb_frame.f_code.co_filename == path:
            line = traceback.tb_lineno
        traceback = traceback.tb_next
    return type(error).__name__ if line is None else f"{type(error).__name__} in line {line}"
