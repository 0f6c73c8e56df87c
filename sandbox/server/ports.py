"""The sandbox's ports, remembered in the state folder.

A remembered port is part of URLs in stack outputs and in people's terminals, so it never changes by itself: when a
foreign program has it, the error says so and what to do. Deliberately no choosing: that is `sandbox.loopback_ports`.
"""

import json
from pathlib import Path
from typing import Any, cast

from sandbox.errors import SandboxError
from sandbox.replaced_file import replace_file

PORTS_FILE = "ports.json"
EMULATOR = "emulator"
PROVIDER = "provider"


def remembered_ports(state_directory: Path) -> dict[str, int]:
    """The ports of earlier starts, by part. Empty before the first start. Raises `SandboxError` for a damaged file."""
    path = state_directory / PORTS_FILE
    try:
        found: Any = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    except ValueError as error:
        raise SandboxError(f"{path} is damaged; `make reset` starts afresh (or delete the file)") from error
    ports = cast(dict[str, Any], found) if isinstance(found, dict) else {}
    if not ports or not all(isinstance(port, int) and 0 < port < 65536 for port in ports.values()):
        raise SandboxError(f"{path} is damaged; `make reset` starts afresh (or delete the file)")
    return ports


def remember_ports(state_directory: Path, ports: dict[str, int]) -> None:
    """Keeps the ports for the next start. Raises `OSError`."""
    replace_file(state_directory / PORTS_FILE, f"{json.dumps(ports, indent=2, sort_keys=True)}\n".encode())
