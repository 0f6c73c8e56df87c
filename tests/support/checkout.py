"""A checkout of this project in a temporary folder, driven through `make` as a newcomer would.

It shares this one's interpreter, packages and per-user cache, has this one's files and what they are compiled to, and
nothing else: own sandbox, own ports, own state.
"""

import contextlib
import os
import shutil
import signal
import subprocess
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.util import cache_from_source
from pathlib import Path
from typing import Any

import yaml

from sandbox.commands.project import STACK, Project

ROOT = Path(__file__).resolve().parents[2]
# Ends what hangs: a deployment of everything takes minutes on a machine that is busy with other tests.
COMMAND_SECONDS = 600
HELLO_ONLY = {f"gatehouse:{system}Enabled": False for system in ("partner", "tenant", "workload")}
"""Settings for tests of what the commands do with any program: the small system is deployed, the others are not."""


@dataclass(frozen=True, kw_only=True)
class Checkout:
    """The copy in `root`."""

    root: Path

    @property
    def project(self) -> Project:
        """The copy as the commands see it."""
        return Project(root=self.root)

    def make(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Runs a target to its end and keeps what it printed, both streams together."""
        return subprocess.run(
            ["make", *arguments],
            cwd=self.root,
            env=environment(),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=COMMAND_SECONDS,
            check=False,
        )

    def interrupt(self, target: str, *, when: str, with_signal: signal.Signals) -> str:
        """Starts a target and signals it once `when` stands in its output; answers what it printed.

        SIGINT goes to the process group, as from a terminal. SIGKILL goes to every process that the target started
        except the sandbox, which has a session of its own. Fails when the target ends before.
        """
        process = subprocess.Popen(
            ["make", target],
            cwd=self.root,
            env=environment(),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )
        assert process.stdout is not None
        printed = ""
        try:
            for line in process.stdout:
                printed += line
                if when in line:
                    break
            else:
                raise AssertionError(f"`make {target}` ended before {when!r}:\n{printed}")
            if with_signal is signal.SIGKILL:
                kill_with_descendants(process.pid)
            else:
                os.killpg(process.pid, with_signal)
            printed += process.communicate(timeout=COMMAND_SECONDS)[0]
        finally:
            if process.poll() is None:
                kill_with_descendants(process.pid)
                process.wait(timeout=10)
        return printed


def kill_with_descendants(pid: int) -> None:
    """Ends a process and all that it started, at once, except a sandbox process and what that started."""
    listed = subprocess.run(
        ["ps", "-A", "-o", "pid=,ppid=,args="], capture_output=True, text=True, check=True, timeout=10
    ).stdout.splitlines()
    table = [(int(each), int(parent), command) for each, parent, command in (line.split(None, 2) for line in listed)]
    doomed = [pid]
    for ancestor in doomed:
        doomed += [each for each, parent, command in table if parent == ancestor and "sandbox.server" not in command]
    for each in doomed:
        with contextlib.suppress(ProcessLookupError):
            os.kill(each, signal.SIGKILL)


def environment() -> dict[str, str]:
    """This process's environment without what the outer `make` and pytest put into it."""
    outer = ("MAKEFLAGS", "MAKELEVEL", "MFLAGS", "PORT", "PROGRAM", "SYSTEM", "PYTEST_", "PYTHONPATH")
    return {name: value for name, value in os.environ.items() if not name.startswith(outer)}


@contextmanager
def checked_out(
    folder: Path, *, own_packages: bool = False, settings: Mapping[str, Any] | None = None
) -> Generator[Checkout]:
    """Copies what git knows or would add, and at the end stops the copy's sandbox and deletes its state.

    With `own_packages` the copy makes its own `.venv`, as a clean clone does; else it uses this checkout's. `settings`
    (by full name, such as `gatehouse:tenantEnabled`) replace those of the copy's stack; without them the program is
    deployed as it is shipped.
    """
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    ).stdout
    for name in filter(None, listed.split("\0")):
        if (ROOT / name).is_file():
            copy_with_bytecode(ROOT / name, folder / name)
    if settings:
        set_configuration(folder / f"Pulumi.{STACK}.yaml", settings)
    if not own_packages:
        (folder / ".venv").symlink_to(ROOT / ".venv")
    checkout = Checkout(root=folder)
    try:
        yield checkout
    finally:
        checkout.make("reset")


def copy_with_bytecode(source: Path, target: Path) -> None:
    """Copies a file; a module with what this interpreter has compiled it to, so that no copy compiles everything anew.

    Python takes bytecode for a source of the same size and time only.
    """
    pairs = [(source, target)]
    if source.suffix == ".py":
        pairs += [(Path(cache_from_source(str(source))), Path(cache_from_source(str(target))))]
    for original, copy in pairs:
        if original.is_file():
            copy.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(original, copy)


def set_configuration(path: Path, settings: Mapping[str, Any]) -> None:
    """Sets values in a stack's settings file, where `pulumi config set` would put them."""
    document = yaml.safe_load(path.read_text(encoding="utf-8"))
    document["config"].update(settings)
    path.write_text(yaml.safe_dump(document), encoding="utf-8")
