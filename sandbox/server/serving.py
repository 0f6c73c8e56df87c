"""Serves: emulator, edge and provider in one event loop, until a signal ends it; then saves and leaves nothing running.

Imported only inside the sandbox process, after its environment was set. Deliberately bounded at the end: whatever is
still connected or computing, the process is gone a few seconds after it saved.
"""

import asyncio
import dataclasses
import gc
import logging
import os
import signal
import socket
import threading
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Protocol, cast

import hypercorn.asyncio
import hypercorn.config

from sandbox.errors import SandboxError
from sandbox.fidelity import faults, request_log, secret_rotation
from sandbox.fidelity.changes import on_state_change
from sandbox.fidelity.emulator import emulator_module
from sandbox.fidelity.gateway.custom_domains import on_domains_change, served_domains
from sandbox.fidelity.registry import apply_fidelity
from sandbox.fidelity.running_functions import end_functions
from sandbox.fidelity.saving_while_running import delete_unused_code, emulator_states
from sandbox.fidelity.settings import FidelitySettings
from sandbox.loopback_ports import LOOPBACK
from sandbox.processes import process_started
from sandbox.server.control import Action, Document, control
from sandbox.server.edge import Application, edge
from sandbox.server.identity import ProcessIdentity, remove_identity, write_identity
from sandbox.server.logfile import trim_log
from sandbox.server.saving import SaveError, StateSaver
from sandbox.server.settings import PROJECT_DIRECTORY, ServerSettings, emulator_directory, ledger_path
from sandbox.server.tls.domains import TlsDomains
from sandbox.spiffe_issuer.routes import IssuerRoutes

logger = logging.getLogger("gatehouse.server")

KEEP_ALIVE_SECONDS = 75
READY_PATIENCE_SECONDS = 60.0
READY_POLL_SECONDS = 0.02
# Connections that are still open at a stop get this long; then the process ends anyway (the state is saved before).
STOP_PATIENCE_SECONDS = 3.0
HOUSEKEEPING_SECONDS = 10.0
OWNER_SECONDS = 2.0
OBJECTS_BEFORE_A_SEARCH = 50_000
"""Instead of 700: loading cfn-lint and reading service models, all of which stays, was searched for garbage again and
again, a twentieth of the sandbox's processor time in a deployment.
"""


class RunningProvider(Protocol):
    """What `sandbox.provider.server.serve_provider` answers."""

    @property
    def port(self) -> int:
        """The TCP port that it serves."""
        ...

    def stop(self) -> None:
        """Ends it, waiting for calls in progress."""
        ...


async def serve_sandbox(
    settings: ServerSettings,
    identity: ProcessIdentity,
    emulator_socket: socket.socket,
    report: Callable[[dict[str, Any]], None],
) -> None:
    """Serves on the bound socket until SIGTERM or SIGINT; reports when it is ready. Raises `SandboxError`."""
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
    rotations = secret_rotation.runner

    def status(_query: Mapping[str, str]) -> dict[str, Any]:
        saving = saver.last_error or "ok"
        return {"fidelity": list(applied), "saving": saving, "unsaved_changes": saver.has_unsaved_changes}

    emulator: Application = emulator_module("app").app
    documents: dict[str, Document] = {
        "status": status,
        "rotations": lambda _query: {"rotations": rotations.documents()},
        "requests": request_log.log.document,
        "faults": faults.waiting.document,
    }
    actions: dict[str, Action] = {
        "faults": faults.waiting.add,
        "faults/clear": faults.waiting.clear,
        "kill": faults.kill_running,
        "expire": faults.expire,
    }
    own_paths = control(saver, documents, actions, IssuerRoutes(state, sandbox_url=_url(identity)))
    application = edge(emulator, own_paths, on_change=saver.changed)
    tls_domains = TlsDomains(application, _configuration(), state, served=served_domains)
    documents["domains"] = tls_domains.document
    on_domains_change(tls_domains.reconcile)
    stopping = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stopping.set)
    serving = asyncio.create_task(_serve_http(application, emulator_socket, stopping))
    provider: RunningProvider | None = None
    background: list[asyncio.Task[None]] = []
    try:
        await _until_ready(identity.emulator_port, serving)
        await tls_domains.reconcile()
        if settings.with_provider:
            provider = await asyncio.to_thread(_start_provider, settings, identity)
        if secret_rotation.__name__.rpartition(".")[2] in applied:
            rotations.resume()
        background = [asyncio.create_task(saver.run()), asyncio.create_task(_keep_house(state))]
        if settings.ends_with is not None:
            background.append(asyncio.create_task(_end_with(*settings.ends_with, stopping)))
        gc.freeze()
        gc.set_threshold(OBJECTS_BEFORE_A_SEARCH, 10, 10)
        gc.enable()
        ready = dataclasses.replace(identity, ready=True)
        write_identity(state, ready)
        report({"ready": dataclasses.asdict(ready)})
        await asyncio.wait([serving, asyncio.create_task(stopping.wait())], return_when=asyncio.FIRST_COMPLETED)
    finally:
        stopping.set()
        for task in background:
            task.cancel()
        await tls_domains.stop()
        await _finish(state, serving, saver, provider)


async def _serve_http(application: Application, bound: socket.socket, stopping: asyncio.Event) -> None:
    config = _configuration()
    config.bind = [f"fd://{bound.detach()}"]
    # hypercorn's types of scopes and messages are narrower than ASGI's mappings, and not complete.
    server = cast(Any, hypercorn.asyncio)
    await server.serve(application, config, shutdown_trigger=stopping.wait)


def _configuration() -> hypercorn.config.Config:
    config = hypercorn.config.Config()
    config.keep_alive_timeout = KEEP_ALIVE_SECONDS
    config.include_date_header = False  # the emulator adds the one that AWS sends
    config.accesslog = None
    config.errorlog = logging.getLogger("hypercorn.error")
    return config


async def _until_ready(port: int, serving: asyncio.Task[None]) -> None:
    """Returns when the emulator answers that it is ready. Raises what the server task ended with, or `SandboxError`."""
    give_up = asyncio.get_running_loop().time() + READY_PATIENCE_SECONDS
    while not await _answers_ready(port):
        if serving.done():
            await serving
            raise SandboxError("the emulator ended while it started; see the log (`make logs`)")
        if asyncio.get_running_loop().time() > give_up:
            patience = f"{READY_PATIENCE_SECONDS:.0f} s"
            raise SandboxError(f"the emulator was not ready after {patience}; see the log (`make logs`)")
        await asyncio.sleep(READY_POLL_SECONDS)


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
    from sandbox.provider.server import serve_provider  # tests of the emulator do without it

    return serve_provider(
        endpoint_url=_url(identity),
        port=identity.provider_port,
        ledger=ledger_path(settings.state_directory),
        program_directory=PROJECT_DIRECTORY,
    )


def _url(identity: ProcessIdentity) -> str:
    return f"http://{LOOPBACK}:{identity.emulator_port}"


async def _end_with(pid: int, started: str, stopping: asyncio.Event) -> None:
    """Stops the sandbox once that process is gone."""
    while process_started(pid) == started:
        await asyncio.sleep(OWNER_SECONDS)
    logger.warning("process %d, which the sandbox was to end with, is gone", pid)
    stopping.set()


async def _keep_house(state_directory: Path) -> None:
    """Keeps the log within limits, for ever."""
    while True:
        await asyncio.sleep(HOUSEKEEPING_SECONDS)
        try:
            trim_log(state_directory)
        except OSError as error:
            logger.error("cannot trim the log: %s", error.strerror or error)


async def _finish(
    state_directory: Path, serving: asyncio.Task[None], saver: StateSaver, provider: RunningProvider | None
) -> None:
    """Saves, ends the functions, the provider and the server, in bounded time whatever is still connected."""
    try:
        await _save(saver)
    finally:
        await asyncio.to_thread(end_functions)
        # Threads that wait (a call of the provider, an open connection) would hold the interpreter's exit.
        patience = threading.Timer(STOP_PATIENCE_SECONDS, _leave, (state_directory,))
        patience.daemon = True
        patience.start()
        if provider is not None:
            await asyncio.to_thread(provider.stop)
        await serving
        saver.changed()  # by what was still running, which nobody may have announced
        await _save(saver)


async def _save(saver: StateSaver) -> None:
    """Saves for the last time; what cannot be written is told in the log."""
    try:
        await saver.save()
    except SaveError as error:
        logger.error("%s; what changed since the last save is lost", error)


def _leave(state_directory: Path) -> None:
    remove_identity(state_directory)
    os._exit(0)
