"""How `detect-secrets` is imported here: without the HTTP client that it asks servers with, which is never done.

It deliberately changes nothing of the library itself.
"""

import sys
from collections.abc import Generator
from contextlib import contextmanager
from types import ModuleType


@contextmanager
def without_http_client() -> Generator[None]:
    """Lets the library be imported without `requests`, which is two thirds of what it loads.

    Whoever has imported `requests` before keeps it, and whoever imports it afterwards gets it.
    """
    if "requests" in sys.modules:
        yield
        return
    stand_in = ModuleType("requests")
    stand_in.__dict__["Response"] = object  # named in annotations of functions that verify
    sys.modules["requests"] = stand_in
    try:
        yield
    finally:
        del sys.modules["requests"]
