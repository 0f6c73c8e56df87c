"""Which SPIRE server a command works on, and how `spire-server` is run against it. One at a time, and always said.

    nothing            the sandbox of this checkout, found by the file that `make spire` leaves while SPIRE is wanted
    --compose FOLDER   `docker compose exec` in the service spire-server of the project in that folder
    --socket PATH      a server on this machine; its program from --spire-server or PATH

Deliberately no TCP: SPIRE's administration is behind a Unix socket, and whoever may open that may do everything.
"""

from __future__ import annotations

import argparse
import json
import shutil
import subprocess
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cli.errors import CliError

SANDBOX_RECORD = Path(".sandbox") / "spire" / "spire.json"
COMPOSE_SERVICE = "spire-server"
PROGRAM_IN_IMAGE = "/opt/spire/bin/spire-server"
COMMAND_SECONDS = 60
_MOST_QUOTED = 300
CHOICES = (
    "start one beside the sandbox with `make spire`, or name a host with --compose FOLDER or a server's socket with "
    "--socket PATH"
)

Runner = Callable[[Sequence[str]], "Ended"]


@dataclass(frozen=True, kw_only=True)
class Ended:
    """How a program ended and what it printed."""

    code: int
    out: str
    err: str


@dataclass(frozen=True, kw_only=True)
class SpireServer:
    """A server: `name` is what is told to the person, `command` what starts its `spire-server`.

    `socket` is where it listens, unless it is the program's default. `agent_id` is the agent that workloads are
    registered with unless another is named.
    """

    name: str
    command: tuple[str, ...]
    run: Runner
    socket: str | None = None
    agent_id: str | None = None

    def ask(self, doing: str, *arguments: str) -> Any:
        """Return the JSON that a command of `spire-server` prints. `doing` begins the message of a `CliError`."""
        place = () if self.socket is None else ("-socketPath", self.socket)
        ended = self.run([*self.command, *arguments, "-output", "json", *place])
        if ended.code:
            raise CliError(f"cannot {doing} on {self.name}: {_last_line(ended)}")
        try:
            return json.loads(ended.out)
        except ValueError:
            raise CliError(f"cannot {doing} on {self.name}: it answered no JSON; is it SPIRE 1.13?") from None


def run_program(command: Sequence[str]) -> Ended:
    """Run a program to its end. Raises `CliError` where it cannot be started, or takes too long."""
    try:
        ended = subprocess.run(
            list(command),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            errors="replace",
            timeout=COMMAND_SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise CliError(f"{command[0]} did not answer within {COMMAND_SECONDS} s: is the server healthy?") from None
    except OSError as error:
        raise CliError(f"cannot run {command[0]} ({error.strerror}): install it, or name another server") from None
    return Ended(code=ended.returncode, out=ended.stdout, err=ended.stderr)


def find_server(options: argparse.Namespace, *, checkout: Path, run: Runner = run_program) -> SpireServer:
    """Return the server that the options name, or the sandbox's.

    Raises:
        CliError: there is none, two are named, or the one that is named is not there.
    """
    compose: Path | None = options.compose
    socket: Path | None = options.socket
    if compose and socket:
        raise CliError("--compose and --socket name two servers: leave one of them out")
    if options.spire_server and not socket:
        raise CliError("--spire-server is the program for --socket PATH: name the socket, or leave it out")
    if compose:
        return _composed(compose, run)
    if socket:
        return _local(socket, options.spire_server, run)
    return _sandbox(checkout, run)


def _composed(folder: Path, run: Runner) -> SpireServer:
    file = folder / "docker-compose.yml"
    if not file.is_file():
        raise CliError(f"{folder} has no docker-compose.yml: name the folder of the SPIRE host, such as `spire`")
    command = ("docker", "compose", "-f", str(file), "exec", "-T", COMPOSE_SERVICE, PROGRAM_IN_IMAGE)
    return SpireServer(name=f"the SPIRE host of {folder}", command=command, run=run)


def _local(socket: Path, program: str | None, run: Runner) -> SpireServer:
    found = shutil.which(program or "spire-server")
    if found is None:
        raise CliError(f"there is no program {program or 'spire-server'}: name it with --spire-server PROGRAM")
    if not socket.is_socket():
        raise CliError(f"{socket} is no socket: name the server's `socket_path`, and see that the server runs")
    return SpireServer(name=f"the SPIRE server at {socket}", command=(found,), run=run, socket=str(socket))


def _sandbox(checkout: Path, run: Runner) -> SpireServer:
    file = checkout / SANDBOX_RECORD
    try:
        record: Any = json.loads(file.read_text(encoding="utf-8"))
        program, socket = str(Path(record["binaries"]) / "spire-server"), str(record["server_socket"])
        agent_id = str(record["agent_id"])
    except FileNotFoundError:
        raise CliError(f"there is no SPIRE beside this checkout's sandbox: {CHOICES}") from None
    except (OSError, ValueError, KeyError, TypeError):
        raise CliError(f"{file} cannot be read: run `make spire`, which writes it anew") from None
    if not Path(socket).is_socket():
        raise CliError("the SPIRE beside this checkout's sandbox does not run: start it again with `make spire`")
    return SpireServer(name="the sandbox's SPIRE", command=(program,), run=run, socket=socket, agent_id=agent_id)


def _last_line(ended: Ended) -> str:
    lines = [" ".join(line.split()) for line in (ended.out + "\n" + ended.err).splitlines() if line.strip()]
    last = lines[-1].removeprefix("Error: ") if lines else f"exit code {ended.code}"
    return last[:_MOST_QUOTED]
