"""The sandbox process: emulator, provider and edge in one event loop, from binding the ports to a clean stop.

Started by `sandbox.server.client` as `python -m sandbox.server`. Progress and the outcome of the start go to the
starter as JSON lines on a pipe; everything else goes to the log. Deliberately no choice of ports or folders here that
the starter could not see: those are in `ports.json` and `sandbox.json` of the state folder.
"""

import asyncio
import dataclasses
import logging
import os
import signal
import socket
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any, Protocol

from sandbox.errors import SandboxError
from sandbox.server.identity import (
    ProcessIdentity,
    process_started,
    remove_identity,
    write_identity,
)
from sandbox.server.leftovers import empty, end_leftovers
from sandbox.server.locks import try_lock
from sandbox.server.logfile import trim_log
from sandbox.server.ports import EMULATOR, PROVIDER, bound_socket, remember_ports, remembered_ports
from sandbox.server.saving import SaveError, StateSaver
from sandbox.server.settings import (
    LOOPBACK,
    ServerSettings,
    emulator_directory,
    emulator_environment,
    ledger_path,
)

logger = logging.getLogger("gatehouse.server")

SERVER_LOCK = "server.lock"
KEEP_ALIVE_SECONDS = 75
# Connections that are still open at a stop get this long; then the process ends anyway (the state is saved before).
STOP_PATIENCE_SECONDS = 3.0
READY_PATIENCE_SECONDS = 60.0
HOUSEKEEPING_SECONDS = 10.0


class RunningProvider(Protocol):
    """What `sandbox.provider.server.serve_provider` answers."""

    @property
    def port(self) -> int:
        """The TCP port that it serves."""
        ...

    def stop(self) -> None:
        """Ends it, waiting for calls in progress."""
        ...


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
            asyncio.run(_serve(settings, identity, emulator_socket, report))
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
    empty(temporary)
    os.environ.update(emulator_environment(settings, emulator_port=emulator_port))


async def _serve(
    settings: ServerSettings,
    identity: ProcessIdentity,
    emulator_socket: socket.socket,
    report: Callable[[dict[str, Any]], None],
) -> None:
    from hypercorn.asyncio import serve
    from hypercorn.config import Config
    from ministack import app as emulator

    from sandbox.fidelity import secret_rotation
    from sandbox.fidelity.changes import on_state_change
    from sandbox.fidelity.registry import apply_fidelity
    from sandbox.fidelity.saving_while_running import delete_unused_code, emulator_states
    from sandbox.fidelity.settings import FidelitySettings
    from sandbox.server.control import control
    from sandbox.server.edge import edge

    state = settings.state_directory
    applied = apply_fidelity(
        FidelitySettings(
            state_directory=state,
            emulator_port=identity.emulator_port,
            region=settings.region,
            account_id=settings.account_id,
            lambda_runtime_packages=settings.lambda_runtime_packages,
        ),
        leave_out=settings.leave_out,
    )
    saver = StateSaver(emulator_states, emulator_directory(state) / "state", after_save=delete_unused_code)

    on_state_change(saver.changed)
    rotations = secret_rotation.runner if "secret_rotation" in applied else None

    def status() -> dict[str, Any]:
        return {
            "fidelity": list(applied),
            "saving": saver.last_error or "ok",
            "unsaved_changes": saver.has_unsaved_changes,
        }

    application = edge(
        emulator.app,
        control(saver, status=status, rotations=rotations.documents if rotations else list),
        on_change=saver.changed,
    )
    stopping = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stopping.set)

    config = Config()
    config.bind = [f"fd://{emulator_socket.detach()}"]
    config.keep_alive_timeout = KEEP_ALIVE_SECONDS
    config.include_date_header = False  # the emulator adds the one that AWS sends
    config.accesslog = None
    config.errorlog = logging.getLogger("hypercorn.error")
    serving = asyncio.create_task(serve(application, config, shutdown_trigger=stopping.wait))
    provider: RunningProvider | None = None
    background: list[asyncio.Task[None]] = []
    try:
        await _until_ready(identity.emulator_port, serving)
        if settings.with_provider:
            provider = await asyncio.to_thread(_start_provider, settings, identity)
        if rotations:
            rotations.resume()
        background = [asyncio.create_task(saver.run()), asyncio.create_task(_keep_house(state))]
        ready = dataclasses.replace(identity, ready=True)
        write_identity(state, ready)
        report({"ready": dataclasses.asdict(ready)})
        await asyncio.wait([serving, asyncio.create_task(stopping.wait())], return_when=asyncio.FIRST_COMPLETED)
    finally:
        stopping.set()
        for task in background:
            task.cancel()
        await _finish(serving, saver, provider)


async def _until_ready(port: int, serving: asyncio.Task[None]) -> None:
    """Returns when the emulator answers that it is ready. Raises what the server task ended with, or `SandboxError`."""
    give_up = asyncio.get_running_loop().time() + READY_PATIENCE_SECONDS
    while True:
        if serving.done():
            await serving
            raise SandboxError("the emulator ended while it started; see the log (`make logs`)")
        if await _answers_ready(port):
            return
        if asyncio.get_running_loop().time() > give_up:
            raise SandboxError(
                f"the emulator was not ready after {READY_PATIENCE_SECONDS:.0f} s; see the log (`make logs`)"
            )
        await asyncio.sleep(0.02)


async def _answers_ready(port: int) -> bool:
    try:
        reader, writer = await asyncio.open_connection(LOOPBACK, port)
    except OSError:
        return False
    try:
        writer.write(b"GET /_ministack/ready HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
        await writer.drain()
        return (await reader.readline()).startswith(b"HTTP/1.1 200")
    except OSError:
        return False
    finally:
        writer.close()


def _start_provider(settings: ServerSettings, identity: ProcessIdentity) -> RunningProvider:
    from sandbox.provider.server import serve_provider

    return serve_provider(
        endpoint_url=f"http://{LOOPBACK}:{identity.emulator_port}",
        port=identity.provider_port,
        ledger=ledger_path(settings.state_directory),
    )


async def _keep_house(state_directory: Path) -> None:
    """Keeps the log within limits, for ever."""
    while True:
        await asyncio.sleep(HOUSEKEEPING_SECONDS)
        try:
            trim_log(state_directory)
        except OSError as error:
            logger.error("cannot trim the log: %s", error.strerror or error)


async def _finish(serving: asyncio.Task[None], saver: StateSaver, provider: RunningProvider | None) -> None:
    """Saves, ends the Lambda workers, the provider and the server, in bounded time whatever is still connected."""
    from sandbox.fidelity.running_functions import end_functions

    try:
        await saver.save()
    except SaveError as error:
        logger.error("%s; what changed since the last save is lost", error)
    finally:
        await asyncio.to_thread(end_functions)
        # Threads that wait (a long Lambda call, an open connection) would hold the interpreter's exit.
        patience = threading.Timer(STOP_PATIENCE_SECONDS, os._exit, (0,))
        patience.daemon = True
        patience.start()
        if provider is not None:
            await asyncio.to_thread(provider.stop)
        await serving
