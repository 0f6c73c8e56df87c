"""The sandbox's ports: chosen free once, remembered in the state folder, held as bound sockets from then on.

A remembered port is part of URLs in stack outputs and in people's terminals, so it never changes by itself: when a
foreign program has it, the error says so and what to do. Deliberately loopback only.
"""

import errno
import json
import socket
from pathlib import Path
from typing import Any, cast

from sandbox.errors import SandboxError
from sandbox.processes import process_started
from sandbox.server.identity import write_atomically
from sandbox.server.settings import LOOPBACK

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
    write_atomically(state_directory / PORTS_FILE, json.dumps(ports, indent=2, sort_keys=True) + "\n")


def bound_socket(port: int) -> socket.socket:
    """A TCP socket bound to the loopback (0: a free port), not listening yet. Raises `SandboxError`: it is taken."""
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        listener.bind((LOOPBACK, port))
    except OSError as error:
        listener.close()
        if error.errno in (errno.EADDRINUSE, errno.EACCES):
            raise SandboxError(taken_message(port, error)) from error
        raise
    return listener


def taken_message(port: int, error: OSError) -> str:
    """One line: which port, who has it if that can be seen, what to do."""
    if error.errno == errno.EACCES:
        return f"port {port} of {LOOPBACK} may not be opened by this user; run `make up PORT=<a port above 1023>`"
    holder = port_holder(port)
    by = f" ({holder})" if holder else ""
    return (
        f"port {port} of {LOOPBACK}, which this sandbox uses, is taken by another program{by}; "
        "stop that program, or run `make up PORT=<a free port>` to move the sandbox"
    )


def port_holder(port: int) -> str | None:
    """`process <pid>, <name>` of the program that listens on the port, where Linux shows it; otherwise `None`."""
    inodes = _listening_inodes(port)
    if not inodes:
        return None
    wanted = {f"socket:[{inode}]" for inode in inodes}
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            if any(str(link.readlink()) in wanted for link in (folder / "fd").iterdir()):
                name = (folder / "comm").read_text(encoding="utf-8", errors="replace").strip()
                return f"process {folder.name}, {name}" if process_started(int(folder.name)) else None
        except OSError:
            continue  # another user's process, or one that has just ended
    return None


def _listening_inodes(port: int) -> set[str]:
    """Inodes of listening sockets on the port (proc(5), /proc/net/tcp: 1 local address, 3 state, 9 inode)."""
    inodes: set[str] = set()
    for table in ("/proc/net/tcp", "/proc/net/tcp6"):
        try:
            lines = Path(table).read_text(encoding="ascii").splitlines()[1:]
        except OSError:
            continue  # not Linux, or no such protocol
        for line in lines:
            columns = line.split()
            if columns[3] == "0A" and int(columns[1].rpartition(":")[2], 16) == port:
                inodes.add(columns[9])
    return inodes
