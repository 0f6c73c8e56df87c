"""The one sandbox process and the client side that starts, finds and stops it.

`ensure_running`, `stop`, `status`, `domains`, `save` and `log_path` are what commands and tests call; the process
itself is `python -m sandbox.server` (internal). Deliberately Linux and macOS only: it rests on file locks and process
groups.
"""

from sandbox.server.client import SandboxEndpoints, SandboxStatus, domains, ensure_running, save, status, stop
from sandbox.server.logfile import log_path
from sandbox.server.settings import ledger_path

__all__ = [
    "SandboxEndpoints",
    "SandboxStatus",
    "domains",
    "ensure_running",
    "ledger_path",
    "log_path",
    "save",
    "status",
    "stop",
]
