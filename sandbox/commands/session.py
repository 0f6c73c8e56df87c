"""What every command on a deployed stack needs: the engine, the running sandbox, and the stack between them.

It deliberately starts things only when asked to: `status` and `logs` look, `up` makes.
"""

import os
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, Self

from sandbox.bootstrap import cache_directory
from sandbox.commands.layer_runtimes import runtime_configuration
from sandbox.commands.partner_preparation import prepared
from sandbox.commands.partner_settings import partner_configuration
from sandbox.commands.project import Project
from sandbox.commands.workload_issuer import stack_configuration
from sandbox.engine.locate import locate_engine
from sandbox.engine.release import Engine
from sandbox.engine.workspace import PulumiWorkspace
from sandbox.errors import SandboxError
from sandbox.server import SandboxEndpoints, ensure_running, status


def say(line: str) -> None:
    """A progress line, at once."""
    print(line, flush=True)  # noqa: T201 - progress is for the person at the terminal


@dataclass(frozen=True, kw_only=True)
class Session:
    """One command's view of a project whose sandbox runs."""

    project: Project
    endpoints: SandboxEndpoints
    engine: Engine

    @cached_property
    def workspace(self) -> PulumiWorkspace:
        """The engine on the project's program and this sandbox."""
        return PulumiWorkspace(
            engine=self.engine,
            project_directory=self.project.root,
            state_directory=self.project.state_directory,
            stack=self.project.stack,
            provider_port=self.endpoints.provider_port,
            variables=self.project.variables,
            configuration={
                **runtime_configuration(self.project.declared_settings, self.project.settings),
                **stack_configuration(self.project, self.endpoints),
                **partner_configuration(
                    self.project.declared_settings,
                    self.project.settings,
                    sandbox_url=self.endpoints.emulator_url,
                    prepared=prepared(self.project),
                ),
            },
        )

    def renewed(self) -> Self:
        """The same session, which has found out nothing yet: for what has changed meanwhile."""
        return replace(self)

    @cached_property
    def outputs(self) -> dict[str, Any]:
        """The stack's outputs; empty when nothing is deployed."""
        return self.workspace.outputs()


def start(project: Project) -> Session:
    """Readies the engine, starts the sandbox if it does not run, and creates the stack if there is none."""
    engine = locate_engine(cache_directory(), say)
    endpoints = ensure_running(
        project.state_directory, region=project.region, emulator_port=chosen_port(), progress=say
    )
    session = Session(project=project, endpoints=endpoints, engine=engine)
    session.workspace.ensure_stack()
    return session


def attach(project: Project) -> Session:
    """The session of a sandbox that runs already. Raises SandboxError when it does not."""
    current = status(project.state_directory)
    if current.endpoints is None:
        raise SandboxError(f"the sandbox is {current.detail}: start and deploy it with `make up`.")
    engine = locate_engine(cache_directory(), say)
    return Session(project=project, endpoints=current.endpoints, engine=engine)


def chosen_port() -> int | None:
    """The emulator's port where the user names one with `make up PORT=...`. Raises SandboxError for what is no port."""
    text = os.environ.get("PORT", "")
    if not text:
        return None
    if not text.isdecimal() or not 1024 <= int(text) <= 65535:
        raise SandboxError(f"PORT={text} is not a port that can be used: choose a number from 1024 to 65535.")
    return int(text)
