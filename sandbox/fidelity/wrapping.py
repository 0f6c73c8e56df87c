"""Replaces one function of the emulator by a wrap around it, safely.

Deliberately not a general patching tool: it refuses what it does not know, and it never removes a wrap again.
"""

import inspect
from collections.abc import Callable
from typing import Any

WRAPS_APPLIED = "__gatehouse_wraps__"


class EmulatorChangedError(RuntimeError):
    """A function of the emulator that a fidelity module wraps is gone or takes other parameters.

    Raised at start. The remedy is in the developer's hands: compare the module with the emulator's new version.
    """


def require_parameters(owner: Any, name: str, parameters: tuple[str, ...]) -> Any:
    """Answers `owner.name` after checking that it is callable with exactly these parameter names, in order.

    Raises `EmulatorChangedError` otherwise.
    """
    place = f"{getattr(owner, '__name__', owner)}.{name}"
    original = getattr(owner, name, None)
    if original is None or not callable(original):
        raise EmulatorChangedError(f"{place} is not in this version of the emulator")
    found = tuple(inspect.signature(original).parameters)
    if found != parameters:
        raise EmulatorChangedError(f"{place} takes ({', '.join(found)}), expected ({', '.join(parameters)})")
    return original


def wrap(
    owner: Any, name: str, parameters: tuple[str, ...], make: Callable[[Any], Callable[..., Any]], *, by: str
) -> None:
    """Sets `owner.name = make(original)`, once per process for each `by` (the wrapping module's `__name__`).

    `parameters` are the names that the emulator's own function takes; wraps of other modules around it are seen
    through.
    Raises `EmulatorChangedError` when the function is gone or takes others.
    """
    current = getattr(owner, name, None)
    applied: tuple[str, ...] = getattr(current, WRAPS_APPLIED, ())
    if by in applied:
        return
    if not applied:
        require_parameters(owner, name, parameters)
    replacement = make(current)
    setattr(replacement, WRAPS_APPLIED, (*applied, by))
    # `inspect.signature` follows this to the emulator's own function, whatever the wrap takes.
    setattr(replacement, "__wrapped__", current)  # noqa: B010 - pyright knows no such attribute of a callable
    setattr(owner, name, replacement)
