"""`status`, `logs`, `tour` and `token`: commands that look at the live system and change nothing in the stack."""

import importlib
import time
from collections.abc import Iterator
from typing import Protocol, cast

from sandbox.aws import client
from sandbox.commands.domains import domain_lines
from sandbox.commands.partner_calls import partner_calls
from sandbox.commands.project import Progress, Project
from sandbox.commands.real_spire import spire_logs, spire_status
from sandbox.commands.session import Session, attach, say
from sandbox.commands.summary import summary
from sandbox.errors import SandboxError
from sandbox.server import domains, log_path, status
from sandbox.server.settings import ROOT_ACCESS_KEY_ID, ROOT_SECRET_ACCESS_KEY
from sandbox.tour.caller import Caller
from sandbox.tour.check import Check, run

# The API of each system; its tour is the module of its name in `sandbox.tour`.
SYSTEMS = {"hello": "hello-api", "partner": "partner-api", "tenant": "tenant-api", "workload": "workload-api"}
LATEST_LINES = 40
LATEST_SECONDS = 15 * 60


class Tour(Protocol):
    """A module of `sandbox.tour` that walks a system."""

    def checks(self, caller: Caller) -> Iterator[Check]:
        """Makes the calls one after the other and yields what came of each."""
        ...

    def token(self, caller: Caller) -> str:
        """A fresh token for the system's API."""
        ...


def show_status(project: Project) -> int:
    """Prints whether the sandbox runs and what is deployed. Answers 0 when it runs, else 1."""
    current = status(project.state_directory)
    say(f"sandbox: {current.detail}")
    for line in spire_status(project):
        say(line)
    if current.endpoints is None:
        say("Start and deploy it with: make up")
        return 1
    region, user = current.endpoints.region, f"{ROOT_ACCESS_KEY_ID} / {ROOT_SECRET_ACCESS_KEY}"
    say(f"AWS endpoint: {current.endpoints.emulator_url} (region {region}, credentials {user})")
    for line in domain_lines(domains(current.endpoints)):
        say(line)
    session = attach(project)
    if project.progress is Progress.UNFINISHED:
        say("The last deployment did not come to its end. Finish it with: make up")
    say(summary(session.outputs, session.endpoints, partner_calls(session, session.outputs)))
    return 0


def show_logs(project: Project) -> int:
    """Prints the latest lines of the sandbox's own log and of SPIRE's, then those of every log group."""
    for path in (log_path(project.state_directory), *spire_logs(project)):
        say(f"== {path.relative_to(project.root)}")
        lines = path.read_text(errors="replace").splitlines() if path.exists() else []
        for line in lines[-LATEST_LINES:]:
            say(line)
    current = status(project.state_directory)
    if current.endpoints is None:
        say(f"sandbox: {current.detail}")
        return 1
    logs = client(current.endpoints, "logs")
    since = int((time.time() - LATEST_SECONDS) * 1000)
    for page in logs.get_paginator("describe_log_groups").paginate():
        for group in page["logGroups"]:
            say(f"== {group['logGroupName']} (last {LATEST_SECONDS // 60} minutes)")
            pages = logs.get_paginator("filter_log_events").paginate(
                logGroupName=group["logGroupName"], startTime=since
            )
            events = [event["message"].rstrip() for events in pages for event in events["events"]]
            for message in events[-LATEST_LINES:]:
                say(message)
    return 0


def tour(project: Project, system: str | None) -> int:
    """Walks one system, or all of them. Answers 0 when every check passed, else 1. Raises SandboxError."""
    if system is not None and system not in SYSTEMS:
        raise SandboxError(f"there is no system {system!r}: choose one of {', '.join(sorted(SYSTEMS))}.")
    caller = deployed_caller(attach(project))
    deployed = [name for name, api in SYSTEMS.items() if api in caller.outputs["apis"]]
    chosen = [_deployed(system, deployed)] if system else deployed
    _, failed = run(check for name in chosen for check in _tour(name).checks(caller))
    return 1 if failed else 0


def token(project: Project, system: str | None) -> int:
    """Prints a fresh token for the API of a system (hello unless another is named), and nothing else."""
    if system is not None and system not in SYSTEMS:
        raise SandboxError(f"there is no system {system!r}: choose one of {', '.join(sorted(SYSTEMS))}.")
    caller = deployed_caller(attach(project))
    name = _deployed(system or "hello", [name for name, api in SYSTEMS.items() if api in caller.outputs["apis"]])
    say(_tour(name).token(caller))
    return 0


def _tour(system: str) -> "Tour":
    """The system's tour, loaded when it is asked for: what it forges tokens with takes longer than most commands."""
    return cast("Tour", importlib.import_module(f"sandbox.tour.{system}"))


def _deployed(system: str, deployed: list[str]) -> str:
    """The system, if it is deployed. Raises SandboxError."""
    if system not in deployed:
        raise SandboxError(
            f"the system {system} is not deployed: switch it on with "
            f"`pulumi config set gatehouse:{system}Enabled true` (or in Pulumi.sandbox.yaml), then `make up`."
        )
    return system


def deployed_caller(session: Session) -> Caller:
    """A caller of the deployed stack. Raises SandboxError when nothing is deployed, and for a program of the user's."""
    if session.project.checkout is not None:
        raise SandboxError("this works for the systems of Gatehouse's own program only: leave PROGRAM out.")
    if not session.outputs.get("apis"):
        raise SandboxError("no API is deployed: deploy with `make up`.")
    return Caller(session.endpoints, session.outputs, session.project.state_directory)
