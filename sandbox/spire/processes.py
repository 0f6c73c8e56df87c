"""Starts SPIRE's three programs beside a sandbox, tells whether they run, and ends them.

Started in the order in which they need each other, each awaited until it answers; a start that fails ends what it had
started and says which program, the last line of its log, and where that is. The programs go on when the command has
ended, as nobody's children; the record knows them by id and start, so that no other process is ever ended. Data and
keys stay in the state folder until `make reset`. Deliberately no supervision: what has died is started by the next
command.
"""

import contextlib
import http.client
import json
import os
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, cast

from sandbox.errors import SandboxError
from sandbox.loopback_ports import LOOPBACK, bound_socket
from sandbox.prepared_folder import Progress
from sandbox.processes import process_started
from sandbox.spire.build import AGENT, OIDC_PROVIDER, SERVER
from sandbox.spire.commands import SpireCommands
from sandbox.spire.configuration import Layout, agent_conf, oidc_conf, server_conf
from sandbox.spire.record import SpireRecord, read_record, remove_record, spire_directory, write_record

START_SECONDS = 60.0
STOP_SECONDS = 5.0
POLL_SECONDS = 0.05
PORTS_FILE = "ports.json"
AGENT_PATH = "/sandbox/agent"

Workloads = Mapping[str, Sequence[str]]
"""The paths of SPIFFE IDs in the trust domain, and by which selectors (`unix:uid:1000`) the agent knows the process."""


def commands_of(record: SpireRecord) -> SpireCommands:
    """What the SPIRE of a record is asked through."""
    return SpireCommands(
        binaries=Path(record.binaries),
        server_socket=Path(record.server_socket),
        workload_socket=Path(record.workload_socket),
    )


def ended_programs(record: SpireRecord) -> list[str]:
    """The programs of the record that do not run any more."""
    return [name for name, (pid, started) in record.processes.items() if process_started(pid) != started]


def ensure_running(
    state_directory: Path,
    *,
    binaries: Path,
    trust_domain: str,
    workloads: Workloads | None = None,
    progress: Progress = lambda _: None,
) -> SpireRecord:
    """The SPIRE of the state folder, started now unless all three programs run.

    `workloads` are registered; this process must be each of them, and when it was started here gets their tokens from
    the agent at once. Raises `SandboxError`.
    """
    record = read_record(state_directory)
    if record is not None:
        ended = ended_programs(record)
        if not ended and record.trust_domain == trust_domain:
            _register(record, workloads or {})
            return record
        progress(f"Restarting SPIRE: {', '.join(ended)} ended" if ended else "Restarting SPIRE: another trust domain")
        _end(record)
    progress("Starting SPIRE: server, OIDC discovery provider, agent")
    return _start(state_directory, binaries, trust_domain, workloads or {})


def end(state_directory: Path) -> bool:
    """Ends SPIRE and forgets that it was wanted; answers whether it was. Raises `SandboxError` if it survives."""
    record = read_record(state_directory)
    if record is None:
        return False
    _end(record)
    remove_record(state_directory)
    return True


def log_paths(state_directory: Path) -> dict[str, Path]:
    """The programs' logs."""
    folder = spire_directory(state_directory)
    return {program: folder / f"{program}.log" for program in (SERVER, OIDC_PROVIDER, AGENT)}


def _register(record: SpireRecord, workloads: Workloads) -> None:
    for path, selectors in workloads.items():
        spiffe_id = f"spiffe://{record.trust_domain}{path}"
        commands_of(record).ensure_entry(spiffe_id, parent_id=record.agent_id, selectors=selectors)


def _knows(record: SpireRecord, workloads: Workloads) -> bool:
    """Whether the agent answers, and gives each workload its token."""
    commands = commands_of(record)
    if not commands.answers(AGENT):
        return False
    try:
        for path in workloads:
            commands.fetch(f"spiffe://{record.trust_domain}{path}", ["spire"])
    except SandboxError:
        return False
    return True


def _start(state_directory: Path, binaries: Path, trust_domain: str, workloads: Workloads) -> SpireRecord:
    directory = spire_directory(state_directory.resolve())
    for folder in (directory, directory / "server", directory / "agent"):
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    shutil.rmtree(directory / "agent")  # an agent that comes back without its keys has to join anew
    (directory / "agent").mkdir(mode=0o700)
    ports = _ports(directory / PORTS_FILE)
    sockets = Path(tempfile.mkdtemp(prefix="gatehouse-spire-"))  # a socket's path has room for 107 bytes
    layout = Layout(
        directory=directory, sockets=sockets, trust_domain=trust_domain, server_port=ports[0], oidc_port=ports[1]
    )
    record = SpireRecord(
        trust_domain=trust_domain,
        issuer_url=layout.issuer_url,
        binaries=str(binaries),
        server_socket=str(layout.server_socket),
        workload_socket=str(layout.workload_socket),
        agent_id=f"spiffe://{trust_domain}{AGENT_PATH}",
        processes={},
    )
    commands = commands_of(record)

    def run(program: str, configuration: str, answers: Callable[[], bool], *arguments: str) -> None:
        file = directory / f"{program}.conf"
        file.write_text(configuration, encoding="utf-8")
        log = log_paths(state_directory)[program]
        record.processes[program] = _spawn([str(binaries / program), *arguments, "-config", str(file)], log)
        write_record(state_directory, record)  # at once: a start that is killed leaves nothing that nobody knows
        _await(program, record.processes[program], answers, log)

    try:
        run(SERVER, server_conf(layout), lambda: layout.server_socket.exists() and commands.answers(SERVER), "run")
        run(OIDC_PROVIDER, oidc_conf(layout), lambda: _serves_keys(layout))
        layout.trust_bundle.write_text(commands.server("bundle", "show"), encoding="utf-8")
        commands.delete_entries(record.agent_id)  # the names of agents that are gone
        _register(record, workloads)  # before the agent starts: it asks for them once in a while only
        agent = agent_conf(layout, join_token=commands.join_token(record.agent_id))
        run(AGENT, agent, lambda: layout.workload_socket.exists() and _knows(record, workloads), "run")
    except BaseException:
        _end(record)
        remove_record(state_directory)
        raise
    return record


def _spawn(command: Sequence[str], log: Path) -> tuple[int, str]:
    """Starts a program as nobody's child; its process id and start, which is empty where it has ended already."""
    with log.open("ab") as stream:
        shell = subprocess.run(
            ["/bin/sh", "-c", '"$@" </dev/null >&2 & echo $!', "sh", *command],
            cwd=log.parent,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=stream,
            start_new_session=True,
            umask=0o077,
            check=True,
        )
    pid = int(shell.stdout)
    return pid, process_started(pid) or ""


def _await(program: str, process: tuple[int, str], answers: Callable[[], bool], log: Path) -> None:
    pid, started = process
    give_up = time.monotonic() + START_SECONDS
    while not answers():
        if process_started(pid) != started:
            raise SandboxError(f"SPIRE's {program} ended while it started ({_last_line(log)}); see {log}")
        if time.monotonic() > give_up:
            raise SandboxError(f"SPIRE's {program} did not answer within {START_SECONDS:.0f} s; see {log}")
        time.sleep(POLL_SECONDS)


def _serves_keys(layout: Layout) -> bool:
    """Whether the provider answers with at least one key."""
    connection = http.client.HTTPConnection(LOOPBACK, layout.oidc_port, timeout=5)
    try:
        connection.request("GET", "/keys")
        answer = connection.getresponse()
        content = answer.read()
        return answer.status == http.client.OK and bool(json.loads(content).get("keys"))
    except OSError:
        return False
    finally:
        connection.close()


def _end(record: SpireRecord) -> None:
    """Ends the programs, the last one first; their sockets' folder goes with them. Raises `SandboxError`."""
    for name, (pid, started) in reversed(record.processes.items()):
        for number in (signal.SIGTERM, signal.SIGKILL):
            # Between this look and the signal lies no wait, so the process id is still the same process's.
            if process_started(pid) == started:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, number)
            give_up = time.monotonic() + STOP_SECONDS
            while process_started(pid) == started and time.monotonic() < give_up:
                time.sleep(POLL_SECONDS)
        if process_started(pid) == started:
            raise SandboxError(f"process {pid} ({name}) does not end; end it yourself, then run this again")
    shutil.rmtree(Path(record.server_socket).parent, ignore_errors=True)


def _ports(file: Path) -> tuple[int, int]:
    """The server's and the provider's port: chosen free once, remembered, because the second is in issuers' names."""
    try:
        found: Any = json.loads(file.read_text(encoding="utf-8"))
        server, oidc = (int(port) for port in cast("list[Any]", found))
    except FileNotFoundError:
        pass
    except (ValueError, TypeError) as error:
        raise SandboxError(f"{file} is damaged: delete it, and SPIRE gets other ports.") from error
    else:
        return server, oidc
    with contextlib.ExitStack() as held:
        server, oidc = (held.enter_context(bound_socket()).getsockname()[1] for _ in range(2))
    file.write_text(json.dumps([server, oidc]) + "\n", encoding="utf-8")
    return server, oidc


def _last_line(log: Path) -> str:
    lines = [line.strip() for line in log.read_text(encoding="utf-8", errors="replace").splitlines() if line.strip()]
    return lines[-1] if lines else "it wrote nothing"
