"""The real Pulumi engine for the sandbox: found, fetched or built once per machine, and run with one stack's settings.

`locate_engine` gives an `Engine`; `PulumiWorkspace` runs it. Beside an engine that was built here stands the Python
language host in `language_host/`. It deliberately knows nothing of the emulator: the provider is a port number.
"""

from sandbox.engine.locate import locate_engine
from sandbox.engine.release import ENGINE_VERSION, Engine
from sandbox.engine.workspace import CommandResult, PulumiWorkspace

__all__ = ["ENGINE_VERSION", "CommandResult", "Engine", "PulumiWorkspace", "locate_engine"]
