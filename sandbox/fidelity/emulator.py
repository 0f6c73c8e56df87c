"""The emulator's modules, as `Any`: it has no types, and what is wrapped here are mostly its private functions.

What is used of it is checked at start instead, by `sandbox.fidelity.wrapping`.

It is loaded without its server: the sandbox has one of its own (`sandbox.server.http1`), and to load what nobody runs,
with HTTP/2 and WebSockets, was a sixth of the start. A version of the emulator that wants more of it fails at start.
"""

import contextlib
import importlib
import sys
from collections.abc import Generator
from types import ModuleType
from typing import Any, Final

NAMES_OF_ITS_SERVER: Final[dict[str, tuple[str, ...]]] = {
    "hypercorn": (),
    "hypercorn.config": ("Config",),
    "hypercorn.protocol": (),
    "hypercorn.protocol.events": ("EndBody", "Response"),
    "hypercorn.protocol.h11": ("H11Protocol",),
    "hypercorn.protocol.ws_stream": ("WSStream",),
}
"""What the emulator imports of its server when it is loaded, in order to change it."""


def emulator_module(name: str) -> Any:
    """Module `ministack.<name>` (such as `services.apigateway_v1`). Only inside the sandbox process."""
    full_name = f"ministack.{name}"
    if full_name in sys.modules:
        return sys.modules[full_name]
    with _without_its_server():
        return importlib.import_module(full_name)


@contextlib.contextmanager
def _without_its_server() -> Generator[None]:
    stand_ins = {name: ModuleType(name) for name in NAMES_OF_ITS_SERVER if name not in sys.modules}
    for name, module in stand_ins.items():
        for imported in NAMES_OF_ITS_SERVER[name]:
            setattr(module, imported, type(imported, (), {}))
    sys.modules.update(stand_ins)
    try:
        yield
    finally:
        for name in stand_ins:
            del sys.modules[name]


def mapping(value: Any) -> dict[str, Any]:
    """A document's member that is a mapping, or an empty one where it is missing or null."""
    return value or {}


def members(value: Any) -> list[Any]:
    """A document's member that is a list, or an empty one where it is missing or null."""
    return value or []
