"""The real engine for tests: located once per process, and run on small programs that a test writes.

`make test` prepares the engine before it starts the tests, so that no test waits for a build. What an engine command
prints is in the result, for the assertion's message.
"""

import atexit
import functools
import shutil
import sys
import tempfile
import textwrap
from collections.abc import Mapping
from pathlib import Path

import yaml

from sandbox.bootstrap import cache_directory
from sandbox.engine.locate import locate_engine
from sandbox.engine.release import Engine
from sandbox.engine.workspace import CommandResult, PulumiWorkspace

COMMAND_SECONDS = 120.0
"""An engine command takes about 3 s here; this only keeps a hanging one from hanging the tests."""


@functools.cache
def located_engine() -> Engine:
    """The engine that the commands use too."""
    return locate_engine(cache_directory(), lambda line: sys.stderr.write(f"{line}\n"))


def write_program(
    folder: Path, source: str, *, project: str = "demo", runtime_options: Mapping[str, str] | None = None
) -> Path:
    """A folder with Pulumi.yaml and __main__.py; `source` may be indented."""
    folder.mkdir(parents=True, exist_ok=True)
    runtime: dict[str, object] = {"name": "python"}
    if runtime_options:
        runtime["options"] = dict(runtime_options)
    (folder / "Pulumi.yaml").write_text(yaml.safe_dump({"name": project, "runtime": runtime}), encoding="utf-8")
    (folder / "__main__.py").write_text(textwrap.dedent(source), encoding="utf-8")
    return folder


def write_policy_pack(folder: Path, source: str, *, name: str = "demo-pack") -> Path:
    """A folder with PulumiPolicy.yaml and __main__.py; `source` may be indented."""
    folder.mkdir(parents=True, exist_ok=True)
    pack = {"name": name, "runtime": "python", "version": "0.0.1", "description": "A pack for tests"}
    (folder / "PulumiPolicy.yaml").write_text(yaml.safe_dump(pack), encoding="utf-8")
    (folder / "__main__.py").write_text(textwrap.dedent(source), encoding="utf-8")
    return folder


def program_workspace(
    folder: Path,
    source: str,
    *,
    stack: str = "test",
    configuration: Mapping[str, str] | None = None,
    provider_port: int | None = None,
    variables: Mapping[str, str] | None = None,
    with_passphrase: bool = False,
) -> PulumiWorkspace:
    """A workspace below `folder` (`program/` and `state/`) with a program and its stack, ready to be deployed.

    `configuration` becomes the stack's settings file, keys with their namespace (`aws:region`). The empty stack is a
    copy of one that the engine has made: making it takes half a second. `with_passphrase` makes a stack as they were
    made before there was a key server.
    """
    program = write_program(folder / "program", source)
    settings = yaml.safe_dump({"config": dict(configuration or {})})
    (program / f"Pulumi.{stack}.yaml").write_text(settings, encoding="utf-8")
    workspace = PulumiWorkspace(
        engine=located_engine(),
        project_directory=program,
        state_directory=folder / "state",
        stack=stack,
        provider_port=provider_port,
        variables=variables or {},
    )
    shutil.copytree(_empty_stack(stack, with_passphrase), workspace.state_directory)
    return workspace


@functools.cache
def _empty_stack(stack: str, with_passphrase: bool) -> Path:
    """The state folder of a stack with nothing in it, made once per process; whoever uses it takes a copy."""
    folder = Path(tempfile.mkdtemp(prefix="gatehouse-tests-"))
    atexit.register(shutil.rmtree, folder)
    workspace = PulumiWorkspace(
        engine=located_engine(),
        project_directory=write_program(folder / "program", ""),
        state_directory=folder / "state",
        stack=stack,
    )
    if with_passphrase:
        workspace.capture("stack", "init", stack, "--no-select")
    else:
        workspace.ensure_stack()
    return workspace.state_directory


def deploy(workspace: PulumiWorkspace, *flags: str) -> CommandResult:
    """`pulumi up` without questions and without a preview of its own."""
    return workspace.complete("up", "--yes", "--skip-preview", *flags, timeout_seconds=COMMAND_SECONDS)


def preview(workspace: PulumiWorkspace, *flags: str) -> CommandResult:
    """`pulumi preview`."""
    return workspace.complete("preview", *flags, timeout_seconds=COMMAND_SECONDS)
