"""One stack of one program, with its state: what the commands and the tests run the engine through.

It deliberately decides nothing about a deployment: flags such as `--policy-pack` are the caller's.
"""

import contextlib
import json
import os
import shutil
import socket
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Self, cast

import yaml

from sandbox.engine.engine_logs import without_logs
from sandbox.engine.environment import PULUMI_HOME, engine_environment
from sandbox.engine.foreground import run_in_foreground
from sandbox.engine.key_server import PROVIDER, serving_keys
from sandbox.engine.passphrase import ensure_passphrase
from sandbox.engine.release import Engine
from sandbox.engine.stack_settings import sync_settings
from sandbox.engine.state_file import exported, plain_outputs
from sandbox.errors import SandboxError
from sandbox.yaml_documents import parsed


@dataclass(frozen=True, kw_only=True)
class CommandResult:
    """How an engine command ended and what it printed."""

    exit_code: int
    stdout: str
    stderr: str

    @property
    def output(self) -> str:
        """Both streams, for assertions and messages that do not care which."""
        return self.stdout + self.stderr


@dataclass(frozen=True, kw_only=True)
class PulumiWorkspace:
    """The engine on the program in `project_directory` (the folder with Pulumi.yaml), for one stack.

    State, passphrase and logs are in `state_directory`. `provider_port` is where the `aws` provider listens on
    loopback; `variables` are added to the environment last, `configuration` to the stack's settings where those do not
    say it. Arguments of the methods are those of `pulumi`, without `--stack`.
    """

    engine: Engine
    project_directory: Path
    state_directory: Path
    stack: str
    provider_port: int | None = None
    variables: Mapping[str, str] = field(default_factory=dict[str, str])
    configuration: Mapping[str, Any] = field(default_factory=dict[str, Any])

    def run(self, *arguments: str) -> int:
        """Runs a command on the terminal; its exit code. Ctrl-C lets the engine finish what it is in the middle of."""
        environment = self.environment(interactive=sys.stdout.isatty())
        with self._serving_keys() as keys:
            return run_in_foreground(
                self._command(arguments), environment={**environment, **keys}, directory=self.project_directory
            )

    def complete(self, *arguments: str, timeout_seconds: float | None = None) -> CommandResult:
        """Runs a command and keeps what it prints; a failure is for the caller to judge."""
        return self._complete(self.project_directory, arguments, timeout_seconds)

    def with_variables(self, **variables: str) -> Self:
        """The same workspace with further environment variables."""
        return replace(self, variables={**self.variables, **variables})

    def capture(self, *arguments: str) -> str:
        """What a command prints to standard output. Raises `SandboxError` with its last line when it fails."""
        return self._checked(self.project_directory, arguments)

    def ensure_stack(self) -> None:
        """Creates the stack if it does not exist and removes the lock that a killed engine left.

        Raises `SandboxError` when an engine that still runs has the lock.
        """
        self._release_stale_lock()
        if self._state_file().exists():
            return
        # In a folder of its own: `stack init` writes the stack's wrapped key beside the Pulumi.yaml that it finds.
        with tempfile.TemporaryDirectory(prefix="stack-init-", dir=self._ready_state_directory()) as folder:
            shutil.copyfile(self.project_directory / "Pulumi.yaml", Path(folder) / "Pulumi.yaml")
            self._checked(Path(folder), ("stack", "init", self.stack, "--no-select", "--secrets-provider", PROVIDER))

    def drop_pending_operations(self) -> int:
        """Forgets operations that an engine began and did not end; how many. Cleaning up after them is the caller's."""
        state = self.export()
        deployment = cast("dict[str, Any]", state["deployment"])
        pending = cast("list[Any]", deployment.pop("pending_operations", None) or [])
        if pending:
            with tempfile.TemporaryDirectory(prefix="stack-import-", dir=self._ready_state_directory()) as folder:
                file = Path(folder) / "state.json"
                file.touch(mode=0o600)
                file.write_text(json.dumps(state), encoding="utf-8")
                self.capture("stack", "import", "--file", str(file))
        return len(pending)

    def export(self) -> dict[str, Any]:
        """The stack's state: `{"version": 3, "deployment": {...}}`, secrets encrypted."""
        found = exported(self._state_file())
        return found if found is not None else cast("dict[str, Any]", json.loads(self.capture("stack", "export")))

    def outputs(self, *, show_secrets: bool = False) -> dict[str, Any]:
        """The stack's outputs; a secret one is `"[secret]"` unless asked for."""
        found = None if show_secrets else exported(self._state_file())
        plain = plain_outputs(found["deployment"]) if found is not None else None
        if plain is not None:
            return plain
        flags = ("--show-secrets",) if show_secrets else ()
        return cast("dict[str, Any]", json.loads(self.capture("stack", "output", "--json", *flags)))

    def environment(self, *, interactive: bool) -> dict[str, str]:
        """The variables of an engine command, with the folders and files they name made ready."""
        state = self._ready_state_directory()
        without_logs(state / PULUMI_HOME)
        environment = engine_environment(
            os.environ,
            engine=self.engine,
            stack=self.stack,
            state_directory=state,
            passphrase_file=ensure_passphrase(state),
            settings_file=sync_settings(
                project_directory=self.project_directory,
                state_directory=state,
                stack=self.stack,
                additions=self.configuration,
            ),
            provider_port=self.provider_port,
            interactive=interactive,
        )
        return {**environment, **self.variables}

    def _serving_keys(self) -> contextlib.AbstractContextManager[dict[str, str]]:
        return serving_keys(ensure_passphrase(self._ready_state_directory()))

    def _command(self, arguments: tuple[str, ...]) -> list[str]:
        return [str(self.engine.executable), *arguments]

    def _complete(self, directory: Path, arguments: tuple[str, ...], timeout_seconds: float | None) -> CommandResult:
        environment = self.environment(interactive=False)
        with self._serving_keys() as keys:
            ended = subprocess.run(
                self._command(arguments),
                env={**environment, **keys},
                cwd=directory,
                stdin=subprocess.DEVNULL,
                capture_output=True,
                encoding="utf-8",
                errors="replace",
                timeout=timeout_seconds,
                check=False,
            )
        return CommandResult(exit_code=ended.returncode, stdout=ended.stdout, stderr=ended.stderr)

    def _checked(self, directory: Path, arguments: tuple[str, ...]) -> str:
        result = self._complete(directory, arguments, None)
        if result.exit_code:
            lines = [line.strip() for line in result.stderr.splitlines() if line.strip()]
            reason = lines[-1] if lines else f"exit code {result.exit_code}"
            raise SandboxError(f"`pulumi {' '.join(arguments)}` failed: {reason.removeprefix('error: ')}")
        return result.stdout

    def _ready_state_directory(self) -> Path:
        # The engine refuses a file backend whose folder does not exist.
        state = self.state_directory.resolve()
        (state / "pulumi").mkdir(parents=True, exist_ok=True)
        return state

    def _project_name(self) -> str:
        file = self.project_directory / "Pulumi.yaml"
        try:
            project: object = parsed(file.read_text(encoding="utf-8"))
        except FileNotFoundError:
            raise SandboxError(f"{file} is missing: restore it with `git checkout {file.name}`.") from None
        except yaml.YAMLError as error:
            raise SandboxError(f"{file} is not valid YAML: {' '.join(str(error).split())}") from error
        name = cast("dict[str, Any]", project).get("name") if isinstance(project, dict) else None
        if not isinstance(name, str):
            raise SandboxError(f"{file} has no `name`: add the project's name.")
        return name

    def _state_file(self) -> Path:
        # The layout of the engine's file backend (pkg/backend/diy/store.go); asking the engine would take a second.
        stacks = self.state_directory / "pulumi" / ".pulumi" / "stacks"
        return stacks / self._project_name() / f"{self.stack}.json"

    def _release_stale_lock(self) -> None:
        locks = (
            self.state_directory / "pulumi" / ".pulumi" / "locks" / "organization" / self._project_name() / self.stack
        )
        files = list(locks.glob("*.json"))
        for file in files:
            holder = _lock_holder(file)
            if holder is not None:
                raise SandboxError(
                    f"A deployment of the stack {self.stack} is still running (process {holder}): wait for it or end "
                    f"it with `kill {holder}`, then run the same command again."
                )
        if files:
            self.capture("cancel", "--yes")


def _lock_holder(file: Path) -> int | None:
    """The running process that wrote a lock file (`{"pid", "hostname", ...}`) of the engine's file backend."""
    try:
        lock: object = json.loads(file.read_text(encoding="utf-8"))
    except (FileNotFoundError, ValueError):  # gone meanwhile, or cut short by a kill
        return None
    about = cast("dict[str, Any]", lock) if isinstance(lock, dict) else {}
    pid = about.get("pid")
    if not isinstance(pid, int) or about.get("hostname") != socket.gethostname():
        return None
    # By name too: after a restart of the machine the number may be another process's.
    listing = subprocess.run(
        ["ps", "-o", "stat=,comm=", "-p", str(pid)], capture_output=True, text=True, check=False
    ).stdout.split(maxsplit=1)
    if len(listing) < 2 or listing[0].startswith("Z"):  # Z: it has ended, and its parent has not asked
        return None
    return pid if Path(listing[1].strip()).name.startswith("pulumi") else None
