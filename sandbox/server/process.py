"""The sandbox process from its start to the moment at which it serves: lock, ports, pid file, environment.

Started by `sandbox.server.client` as `python -m sandbox.server`. Progress and the outcome of the start go to the
starter as JSON lines on a pipe; everything else goes to the log. Deliberately no choice of ports or folders here that
the starter could not see: those are in `ports.json` and `sandbox.json` of the state folder.
"""

import asyncio
import contextlib
import gc
import logging
import os
import shutil
import socket
import sys
from collections.abc import Callable
from typing import Any

from sandbox.engine.language_host.program import LoadedWhenUsed, import_protocol_only
from sandbox.errors import SandboxError
from sandbox.locks import try_lock
from sandbox.loopback_ports import bound_socket
from sandbox.processes import end_leftovers, process_started
from sandbox.server.identity import ProcessIdentity, remove_identity, write_identity
from sandbox.server.ports import EMULATOR, PROVIDER, remember_ports, remembered_ports
from sandbox.server.settings import ServerSettings, emulator_directory, emulator_environment

logger = logging.getLogger("gatehouse.server")

SERVER_LOCK = "server.lock"


def run(settings: ServerSettings, *, fingerprint: str, report: Callable[[dict[str, Any]], None]) -> None:
    """Serves until SIGTERM or SIGINT. Raises `SandboxError` for what the user can mend, `OSError` for a full disk."""
    state = settings.state_directory
    lock = try_lock(state / SERVER_LOCK)
    if lock is None:
        raise SandboxError(f"another sandbox process already serves {state}; `make status` shows it")
    with lock:
        emulator_socket, provider_port = _bind_ports(settings)
        started = process_started(os.getpid())
        if started is None:
            raise SandboxError("this system does not tell when a process started (/proc or ps is missing)")
        identity = ProcessIdentity(
            pid=os.getpid(),
            process_started=started,
            region=settings.region,
            account_id=settings.account_id,
            fingerprint=fingerprint,
            emulator_port=emulator_socket.getsockname()[1],
            provider_port=provider_port,
        )
        write_identity(state, identity)
        try:
            _enter_environment(settings, identity.emulator_port)
            # What is made until it serves stays; to look through it for garbage was a tenth of the start.
            gc.disable()
            # The provider speaks the engine's protocol; of the SDK around it, it needs nothing once a machine knows
            # what `pulumi_aws` declares: a third of a second.
            sys.meta_path.insert(0, LoadedWhenUsed)
            import_protocol_only()
            from sandbox.server.serving import serve_sandbox  # imports the emulator, which reads the environment

            asyncio.run(serve_sandbox(settings, identity, emulator_socket, report))
        finally:
            remove_identity(state)


def _bind_ports(settings: ServerSettings) -> tuple[socket.socket, int]:
    """The emulator's bound socket and the provider's port (0 without provider), remembered for the next start."""
    state = settings.state_directory
    ports = remembered_ports(state)
    emulator_socket = bound_socket(settings.emulator_port or ports.get(EMULATOR, 0))
    ports[EMULATOR] = emulator_socket.getsockname()[1]
    if settings.with_provider:
        with bound_socket(ports.get(PROVIDER, 0)) as probe:  # gRPC binds it itself; this only tells whether it is free
            ports[PROVIDER] = probe.getsockname()[1]
    remember_ports(state, ports)
    return emulator_socket, ports[PROVIDER] if settings.with_provider else 0


def _enter_environment(settings: ServerSettings, emulator_port: int) -> None:
    """Sets the variables that the emulator reads at import, and makes its folders."""
    if "ministack.app" in sys.modules:
        raise RuntimeError("the emulator was imported before its environment was set")
    directory = emulator_directory(settings.state_directory)
    for folder in ("state", "s3"):
        (directory / folder).mkdir(parents=True, exist_ok=True, mode=0o700)
    temporary = directory / "tmp"
    if ended := end_leftovers(temporary):
        logger.warning("ended %d processes that a killed sandbox had left", ended)
    with contextlib.suppress(FileNotFoundError):
        shutil.rmtree(temporary)
    temporary.mkdir(mode=0o700)
    os.environ.update(emulator_environment(settings, emulator_port=emulator_port))
