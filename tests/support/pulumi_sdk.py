"""A provider's SDK as the language host loads it, in a process of tests: of each service, what is used.

Whole services for a resource or two of each took a second of every process that runs programs. Deliberately nothing
else of what the language host loads later: in a process of tests, others use it too.
"""

import sys
from collections.abc import Sequence
from importlib.machinery import ModuleSpec
from types import ModuleType

from sandbox.engine.language_host.program import SERVICE, LoadedWhenUsed


class ServicesWhenUsed:
    """A finder of the services of providers' SDKs: of each, what is used. All else is loaded as ever."""

    @staticmethod
    def find_spec(name: str, path: Sequence[str] | None, target: ModuleType | None = None) -> ModuleSpec | None:
        """Called by the import system."""
        return LoadedWhenUsed.find_spec(name, path, target) if SERVICE.fullmatch(name) else None


def load_services_when_used() -> None:
    """For a process that has not imported a provider's SDK yet: its first import finds all services."""
    sys.meta_path.insert(0, ServicesWhenUsed)
