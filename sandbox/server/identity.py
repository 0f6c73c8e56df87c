"""Which process serves a state folder: the pid file, and whether the process in it is still that process.

A process id alone proves nothing after a crash or a reboot, so the file also holds when the process started.
Deliberately no signals here: `sandbox.server.client` sends them.
"""

import json
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any, cast

from sandbox.processes import process_started
from sandbox.replaced_file import replace_file

IDENTITY_FILE = "sandbox.json"


@dataclass(frozen=True, kw_only=True)
class ProcessIdentity:
    """The content of the pid file. `ready` is false until the process answers; the ports are 0 until they are bound."""

    pid: int
    process_started: str
    region: str
    account_id: str
    fingerprint: str
    emulator_port: int = 0
    provider_port: int = 0
    ready: bool = False


def write_identity(state_directory: Path, identity: ProcessIdentity) -> None:
    """Replaces the pid file. Raises `OSError`."""
    replace_file(state_directory / IDENTITY_FILE, f"{json.dumps(asdict(identity), indent=2)}\n".encode())


def read_identity(state_directory: Path) -> ProcessIdentity | None:
    """The pid file's content; `None` when there is none or it is not one of ours (another version's, damaged)."""
    try:
        found: Any = json.loads((state_directory / IDENTITY_FILE).read_text(encoding="utf-8"))
    except (FileNotFoundError, ValueError):
        return None
    if not isinstance(found, dict):
        return None
    content = cast(dict[str, Any], found)
    if set(content) != {field.name for field in fields(ProcessIdentity)}:
        return None
    return ProcessIdentity(**content)


def remove_identity(state_directory: Path) -> None:
    """Removes the pid file if it is there."""
    (state_directory / IDENTITY_FILE).unlink(missing_ok=True)


def is_alive(identity: ProcessIdentity) -> bool:
    """Whether the very process that wrote the pid file still runs."""
    return process_started(identity.pid) == identity.process_started
