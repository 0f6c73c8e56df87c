"""Every sample by itself, under its own name, built once for all tests that only look at it.

Deliberately not for tests that build one with arguments of their own.
"""

import functools
import inspect
from typing import Any

import pulumi

from tests.components.samples import COMPONENTS
from tests.support.mocks import Stack, deploy


def name_of(class_name: str) -> str:
    """The logical name of the class's sample."""
    return inspect.signature(COMPONENTS[class_name]).parameters["name"].default


@functools.cache
def built(class_name: str) -> Stack:
    """What the class's sample registers; the result is what its outputs resolved to. Nobody may change it."""
    resolved: dict[str, Any] = {}

    def program() -> dict[str, Any]:
        component = COMPONENTS[class_name]()
        hints = inspect.get_annotations(type(component))
        outputs = {name: getattr(component, name) for name, hint in hints.items() if "Output" in str(hint)}
        pulumi.Output.all(**outputs).apply(resolved.update)
        return resolved

    return deploy(program)
