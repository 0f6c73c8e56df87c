"""The emulator's modules, as `Any`: it has no types, and what is wrapped here are mostly its private functions.

What is used of it is checked at start instead, by `sandbox.fidelity.wrapping`.
"""

import importlib
from typing import Any


def emulator_module(name: str) -> Any:
    """Module `ministack.<name>` (such as `services.apigateway_v1`). Only inside the sandbox process."""
    return importlib.import_module(f"ministack.{name}")
