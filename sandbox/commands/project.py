"""Where things are: the program's folder, the state folder, the stack and its region.

    make up                    this checkout's program, state in .sandbox/
    make up PROGRAM=FOLDER     any program that uses the components, a sandbox of its own, state in FOLDER/.sandbox/

It deliberately reads only the stack's settings file, never the program: what the program does with them is its own.
"""

import contextlib
import fcntl
import os
from collections.abc import Generator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any, cast

import yaml

from sandbox.errors import SandboxError
from sandbox.yaml_documents import parsed

STACK = "sandbox"
PROGRAM_VARIABLE = "PROGRAM"


class Progress(StrEnum):
    """How far the stack's deployment has come."""

    NONE = "none"
    UNFINISHED = "unfinished"
    FINISHED = "finished"


@dataclass(frozen=True, kw_only=True)
class Project:
    """A program and the state of its sandbox.

    `root` is the program's folder; `checkout` is where the components and the policy pack are, unless they are there.
    """

    root: Path
    checkout: Path | None = None
    stack: str = STACK

    @property
    def state_directory(self) -> Path:
        """`.sandbox/` in the program's folder; never committed."""
        return self.root / ".sandbox"

    @property
    def policy_pack(self) -> Path:
        """The policy pack's folder."""
        return (self.checkout or self.root) / "policy"

    @property
    def policy_configuration(self) -> Path | None:
        """The policy pack's configuration beside the program: the stack's own, else the program's, if there is one."""
        files = (self.root / f"policy-configuration.{self.stack}.json", self.root / "policy-configuration.json")
        return next((file for file in files if file.is_file()), None)

    @property
    def variables(self) -> dict[str, str]:
        """What the program's process needs in its environment: a program elsewhere finds the components here."""
        if self.checkout is None:
            return {}
        folders = [str(self.checkout), os.environ.get("PYTHONPATH", "")]
        return {"PYTHONPATH": os.pathsep.join(folder for folder in folders if folder)}

    @property
    def settings_file(self) -> Path:
        """The stack's settings; `Pulumi.sandbox.yaml`."""
        return self.root / f"Pulumi.{self.stack}.yaml"

    @property
    def settings(self) -> Mapping[str, Any]:
        """The stack's configuration by full name. Raises SandboxError when the file is missing or damaged."""
        try:
            return _mapping(_mapping(_yaml(self.settings_file)).get("config"))
        except FileNotFoundError:
            raise SandboxError(
                f"{self.settings_file} is missing: restore it, or write one with `config:` and in it `aws:region`."
            ) from None

    @property
    def declared_settings(self) -> Mapping[str, Any]:
        """What Pulumi.yaml says about the settings that the program reads, by full name. Raises SandboxError."""
        try:
            return _mapping(_mapping(_yaml(self.root / "Pulumi.yaml")).get("config"))
        except FileNotFoundError:
            return {}

    @property
    def region(self) -> str:
        """The stack's `aws:region`. Raises SandboxError when the settings file does not say it."""
        region = self.settings.get("aws:region")
        if not isinstance(region, str):
            raise SandboxError(
                f"{self.settings_file.name} has no `aws:region`: add it, for example `aws:region: ap-southeast-3`."
            )
        return region

    @property
    def progress(self) -> Progress:
        """How far the last deployment came; a note that was cut off while it was written counts as unfinished."""
        try:
            noted = self._progress_note.read_text()
        except FileNotFoundError:
            return Progress.NONE
        return Progress.FINISHED if noted == Progress.FINISHED else Progress.UNFINISHED

    def note(self, progress: Progress) -> None:
        """Remembers how far a deployment has come, for the next command."""
        if progress is Progress.NONE:
            self._progress_note.unlink(missing_ok=True)
        else:
            self._progress_note.write_text(progress)

    @contextlib.contextmanager
    def exclusively(self) -> Generator[None]:
        """Keeps a second command of this checkout out. Raises SandboxError when one is running."""
        self.state_directory.mkdir(exist_ok=True)
        with (self.state_directory / "command.lock").open("a+") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                lock.seek(0)
                holder = lock.read().strip() or "unknown"
                raise SandboxError(
                    f"another command of this checkout is running (process {holder}): wait for it, or stop it."
                ) from None
            lock.truncate(0)
            lock.write(str(os.getpid()))
            lock.flush()
            yield

    @property
    def _progress_note(self) -> Path:
        return self.state_directory / "deployment"


def _yaml(file: Path) -> object:
    try:
        return parsed(file.read_text())
    except yaml.YAMLError as error:
        raise SandboxError(f"{file.name} is not valid YAML: {' '.join(str(error).split())}") from error


def _mapping(found: object) -> Mapping[str, Any]:
    return cast("Mapping[str, Any]", found) if isinstance(found, dict) else {}


def chosen_project(checkout: Path) -> Project:
    """The program in `checkout`, or the one that the user names with `make up PROGRAM=...`.

    Raises SandboxError when that is not the folder of a Pulumi program.
    """
    named = os.environ.get(PROGRAM_VARIABLE, "")
    folder = Path(named).expanduser().resolve()
    if not named or folder == checkout:
        return Project(root=checkout)
    if not (folder / "Pulumi.yaml").is_file():
        raise SandboxError(
            f"{PROGRAM_VARIABLE}={named} has no Pulumi.yaml: name the folder of a Pulumi program, "
            f"for example {PROGRAM_VARIABLE}=examples/orders_api."
        )
    return Project(root=folder, checkout=checkout)
