"""Starts, finds and stops the sandbox process of a state folder. What people can cause is a `SandboxError`, one line.

Deliberately nothing of what runs inside: it knows the process by its pid file, its ports and its exit.
"""

import contextlib
import hashlib
import http.client
import json
import os
import signal
import sys
import time
from collections.abc import Callable, Generator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sandbox.bootstrap import cache_directory
from sandbox.errors import SandboxError
from sandbox.lambda_runtime.packages import installed_packages
from sandbox.locks import at_most, locked
from sandbox.loopback_ports import LOOPBACK
from sandbox.processes import end_leftovers, process_started
from sandbox.server.identity import (
    ProcessIdentity,
    is_alive,
    read_identity,
    remove_identity,
)
from sandbox.server.launching import START_PATIENCE_SECONDS, launch
from sandbox.server.settings import (
    DEFAULT_ACCOUNT_ID,
    ENDS_WITH_VARIABLE,
    PROJECT_DIRECTORY,
    ServerSettings,
    emulator_directory,
)

LAUNCH_LOCK = "launch.lock"
LAUNCH_PATIENCE_SECONDS = 180.0
# A clean stop saves and ends the workers; after this it is ended hard, and the last seconds may be lost.
STOP_PATIENCE_SECONDS = 15.0
KILL_PATIENCE_SECONDS = 5.0
# A process that runs other code than this checkout is replaced, not used.
FINGERPRINTED = (
    "sandbox/server",
    "sandbox/fidelity",
    "sandbox/provider",
    "sandbox/lambda_runtime",
    "sandbox/spiffe_issuer",
)


@dataclass(frozen=True, kw_only=True)
class SandboxEndpoints:
    """Where a running sandbox answers."""

    emulator_url: str
    provider_port: int
    region: str
    account_id: str
    pid: int


@dataclass(frozen=True, kw_only=True)
class SandboxStatus:
    """`running` tells whether it answers; `endpoints` is `None` unless it does; `detail` is one line for people."""

    running: bool
    endpoints: SandboxEndpoints | None
    detail: str


def ensure_running(
    state_directory: Path,
    *,
    region: str,
    account_id: str = DEFAULT_ACCOUNT_ID,
    emulator_port: int | None = None,
    progress: Callable[[str], None] = lambda _: None,
    with_provider: bool = True,
    leave_out: tuple[str, ...] = (),
) -> SandboxEndpoints:
    """Starts the sandbox of the folder if it does not run, and answers where it does.

    A process that runs other code, another region or another port is stopped (its state is kept) and started anew. Two
    callers at the same time start one process. `emulator_port` moves the sandbox to that port for good; `with_provider`
    and `leave_out` are for tests. Raises `SandboxError`.
    """
    state_directory = state_directory.resolve()
    with disk_errors(state_directory):
        settings = ServerSettings(
            state_directory=state_directory,
            region=region,
            account_id=account_id,
            emulator_port=emulator_port,
            with_provider=with_provider,
            lambda_runtime_packages=installed_packages(cache_directory(), progress),
            leave_out=leave_out,
            ends_with=_owner(),
        )
        state_directory.mkdir(parents=True, exist_ok=True, mode=0o700)
        with _launch_lock(state_directory):
            wanted = fingerprint(settings)
            running = _settled_identity(state_directory)
            if running is not None:
                if _serves(running, settings, wanted):
                    return _endpoints(running)
                progress("restarting the sandbox: its code or settings changed")
                _end(state_directory, running)
            progress("starting the sandbox")
            return _endpoints(launch(settings, wanted, progress))


def stop(state_directory: Path) -> bool:
    """Stops the sandbox of the folder and answers whether one ran. Its state stays. Raises `SandboxError`."""
    state_directory = state_directory.resolve()
    if not state_directory.is_dir():
        return False
    with disk_errors(state_directory), _launch_lock(state_directory):
        running = read_identity(state_directory)
        if running is None or not is_alive(running):
            _clear_up(state_directory)
            return False
        _end(state_directory, running)
        return True


def status(state_directory: Path) -> SandboxStatus:
    """What can be seen of the folder's sandbox, without changing anything."""
    state_directory = state_directory.resolve()
    identity = read_identity(state_directory)
    if identity is None:
        return SandboxStatus(running=False, endpoints=None, detail="not running")
    if not is_alive(identity):
        return SandboxStatus(running=False, endpoints=None, detail="not running; it ended without a clean stop")
    if not identity.ready:
        return SandboxStatus(running=False, endpoints=None, detail=f"starting (process {identity.pid})")
    endpoints = _endpoints(identity)
    try:
        answer = _get_json(identity.emulator_port, "status")
    except (OSError, ValueError) as error:
        detail = f"process {identity.pid} runs but does not answer ({error}); `make down` ends it, then run `make up`"
        return SandboxStatus(running=False, endpoints=None, detail=detail)
    saving = answer.get("saving", "ok")
    detail = f"running (process {identity.pid})" + ("" if saving == "ok" else f", but {saving}")
    return SandboxStatus(running=True, endpoints=endpoints, detail=detail)


def domains(endpoints: SandboxEndpoints) -> dict[str, Any]:
    """`domains` that the sandbox serves, and the `authority` of what its ACM issued (`sandbox.server.tls.domains`).

    Raises `SandboxError`.
    """
    try:
        return _get_json(int(endpoints.emulator_url.rpartition(":")[2]), "domains")
    except (OSError, ValueError) as error:
        raise SandboxError(f"the sandbox does not answer ({error}); run `make up`") from error


def save(endpoints: SandboxEndpoints) -> None:
    """Returns when all state is on disk. Raises `SandboxError` when it cannot be written."""
    port = int(endpoints.emulator_url.rpartition(":")[2])
    connection = http.client.HTTPConnection(LOOPBACK, port, timeout=60)
    try:
        connection.request("POST", "/_gatehouse/save")
        answer = connection.getresponse()
        content = answer.read()
    except OSError as error:
        raise SandboxError(f"the sandbox does not answer ({error}); run `make up`") from error
    finally:
        connection.close()
    if answer.status != http.client.OK:
        raise SandboxError(f"{json.loads(content)['message']}; free some space, then run this again")


def fingerprint(settings: ServerSettings) -> str:
    """Tells processes apart that run other code, or other parts of it. Raises `OSError`."""
    digest = hashlib.sha256()
    for folder in FINGERPRINTED:
        for path in sorted((PROJECT_DIRECTORY / folder).rglob("*")):
            if path.suffix in {".py", ".txt", ".json"} and "__pycache__" not in path.parts:
                digest.update(f"{path.relative_to(PROJECT_DIRECTORY)}\0".encode() + path.read_bytes())
    digest.update((PROJECT_DIRECTORY / "requirements-dev.txt").read_bytes())
    parts = (sys.executable, settings.with_provider, sorted(settings.leave_out), str(settings.lambda_runtime_packages))
    digest.update(repr(parts).encode())
    return digest.hexdigest()


def _owner() -> tuple[int, str] | None:
    """The process that a sandbox started now is to end with, if the environment names one that runs."""
    pid = os.environ.get(ENDS_WITH_VARIABLE, "")
    started = process_started(int(pid)) if pid.isdecimal() else None
    return None if started is None else (int(pid), started)


def _launch_lock(state_directory: Path) -> contextlib.AbstractContextManager[object]:
    """Keeps other commands from starting or stopping the sandbox of the folder. Raises `SandboxError`."""
    waiting = at_most(LAUNCH_PATIENCE_SECONDS, "another command has been starting the sandbox")
    return locked(state_directory / LAUNCH_LOCK, waiting=waiting)


@contextlib.contextmanager
def disk_errors(state_directory: Path) -> Generator[None]:
    """Turns what the file system refuses (full, read-only, not ours) into a `SandboxError`."""
    try:
        yield
    except OSError as error:
        place = error.filename or state_directory
        raise SandboxError(
            f"cannot use {place}: {error.strerror or error}; free space or mend it, then run this again"
        ) from error


def _settled_identity(state_directory: Path) -> ProcessIdentity | None:
    """The identity of a living process that is ready; a stale pid file is removed. Raises `SandboxError`."""
    give_up = time.monotonic() + START_PATIENCE_SECONDS
    while True:
        identity = read_identity(state_directory)
        if identity is None or not is_alive(identity):
            _clear_up(state_directory)
            return None
        if identity.ready:
            return identity
        # Its starter was interrupted; it goes on by itself.
        if time.monotonic() > give_up:
            raise SandboxError(f"process {identity.pid} has been starting for too long; `make down` ends it")
        time.sleep(0.05)


def _serves(identity: ProcessIdentity, settings: ServerSettings, wanted: str) -> bool:
    same = (identity.region, identity.account_id, identity.fingerprint) == (
        settings.region,
        settings.account_id,
        wanted,
    )
    return same and settings.emulator_port in (None, identity.emulator_port)


def _endpoints(identity: ProcessIdentity) -> SandboxEndpoints:
    return SandboxEndpoints(
        emulator_url=f"http://{LOOPBACK}:{identity.emulator_port}",
        provider_port=identity.provider_port,
        region=identity.region,
        account_id=identity.account_id,
        pid=identity.pid,
    )


def _end(state_directory: Path, identity: ProcessIdentity) -> None:
    """Ends the process: asks, waits, then ends it hard. Raises `SandboxError` if it survives that."""
    for number, patience in ((signal.SIGTERM, STOP_PATIENCE_SECONDS), (signal.SIGKILL, KILL_PATIENCE_SECONDS)):
        # Between this look and the signal lies no wait, so the process id is still the same process's.
        if is_alive(identity):
            with contextlib.suppress(ProcessLookupError):
                os.kill(identity.pid, number)
        give_up = time.monotonic() + patience
        while is_alive(identity):
            if time.monotonic() > give_up:
                break
            time.sleep(0.02)
        else:
            _clear_up(state_directory)
            return
    raise SandboxError(f"process {identity.pid} of the sandbox does not end; end it yourself, then run this again")


def _clear_up(state_directory: Path) -> None:
    """Removes the pid file of a process that has ended, and ends functions that it left running."""
    end_leftovers(emulator_directory(state_directory) / "tmp")
    remove_identity(state_directory)


def _get_json(port: int, name: str) -> dict[str, Any]:
    connection = http.client.HTTPConnection(LOOPBACK, port, timeout=10)
    try:
        connection.request("GET", f"/_gatehouse/{name}")
        return json.loads(connection.getresponse().read())
    finally:
        connection.close()
