"""Ports of the loopback for servers that come back to theirs: chosen free, out of the way of everybody's connections.

The system gives every outgoing connection, and everybody who asks for any port, one of a range of its own: 32768 to
60999 on Linux (ip(7), `ip_local_port_range`), 49152 to 65535 on macOS (RFC 6335, section 6). A port of those can be
somebody else's when its server comes back from a stop; so one is chosen below them. Deliberately IPv4 only, and nothing
is remembered here.
"""

import errno
import secrets
import socket
from pathlib import Path

from sandbox.errors import SandboxError
from sandbox.processes import process_started

LOOPBACK = "127.0.0.1"
CHOSEN_FROM = range(10_000, 30_000)  # from 30000 on, Kubernetes gives ports to services of nodes
ATTEMPTS = 100
TAKEN = (errno.EADDRINUSE, errno.EACCES)


def bound_socket(port: int = 0) -> socket.socket:
    """A TCP socket bound to the loopback (0: to a free port), not listening yet. Raises `SandboxError`: it is taken."""
    if not port:
        return _chosen()
    try:
        return _bound(port, again=True)
    except OSError as error:
        if error.errno in TAKEN:
            raise SandboxError(_taken_message(port, error)) from error
        raise


def _chosen() -> socket.socket:
    for _ in range(ATTEMPTS):
        try:
            return _bound(secrets.choice(CHOSEN_FROM), again=False)
        except OSError as error:
            if error.errno not in TAKEN:
                raise
    first, last = CHOSEN_FROM.start, CHOSEN_FROM.stop - 1
    raise SandboxError(
        f"no free port of {LOOPBACK} from {first} to {last} was found in {ATTEMPTS} attempts; stop programs there"
    )


def _bound(port: int, *, again: bool) -> socket.socket:
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    try:
        # With it, connections that linger from the last time are not in the way; but two who have it and choose at the
        # same moment could have the same port.
        if again:
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((LOOPBACK, port))
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # connections have it from here
        listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    except OSError:
        listener.close()
        raise
    return listener


def _taken_message(port: int, error: OSError) -> str:
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
