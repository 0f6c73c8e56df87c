"""The program with all its systems, built once for all tests that only look at what it registers.

Deliberately not for tests that look at its exports or at its errors: those run the program themselves.
"""

import functools
import json
import runpy
from typing import Any

from tests.components.stack_settings import ROOT, sandbox_settings
from tests.support.mocks import Stack, deploy

MAIN = ROOT / "__main__.py"


def run_program() -> None:
    """The program as Pulumi runs it."""
    runpy.run_path(str(MAIN), run_name="__main__")


def program_with(**changes: Any) -> Stack:
    """What the program registers with the sandbox's settings and these changes of them. Nobody may change it."""
    return _deployed(json.dumps(sandbox_settings(**changes), sort_keys=True))


@functools.cache
def _deployed(settings: str) -> Stack:
    return deploy(run_program, settings=json.loads(settings))
