"""The emulator's modules, as `Any`: it has no types, and what is wrapped here are mostly its private functions.

What is used of it is checked at start instead, by `sandbox.fidelity.wrapping`.
"""

import importlib
from collections.abc import Awaitable, Callable
from typing import Any

Answer = tuple[int, dict[str, str], bytes]
"""What the emulator answers to a call: status, headers, body."""
Action = Callable[[dict[str, Any]], Answer]
"""What carries out one operation of a service, given its parameters."""
Handler = Callable[..., Awaitable[Answer]]
"""What takes all calls of a service."""


def emulator_module(name: str) -> Any:
    """Module `ministack.<name>` (such as `services.apigateway_v1`). Only inside the sandbox process."""
    return importlib.import_module(f"ministack.{name}")


def mapping(value: Any) -> dict[str, Any]:
    """A document's member that is a mapping, or an empty one where it is missing or null."""
    return value or {}


def members(value: Any) -> list[Any]:
    """A document's member that is a list, or an empty one where it is missing or null."""
    return value or []
