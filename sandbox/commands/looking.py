"""`status`, `logs`, `tour` and `token`: commands that look at the live system and change nothing in the stack."""

import importlib
import time
from collections.abc import Iterator
from typing import Any, Protocol, cast

from sandbox.aws import client
from sandbox.commands.domains import domain_lines
from sandbox.commands.partner_calls import partner_calls
from sandbox.commands.project import Progress, Project
from sandbox.commands.real_spire import spire_logs, spire_status
from sandbox.commands.session import Session, attach, say
from sandbox.commands.summary import summary
from sandbox.errors import SandboxError
from sandbox.server import SandboxEndpoints, domains, log_path, status
from sandbox.server.settings import ROOT_ACCESS_KEY_ID, ROOT_SECRET_ACCESS_KEY
from sandbox.tour.caller import Caller
from sandbox.tour.check import Check, run

# The API of each system; its tour is the module of its name in `sandbox.tour`.
SYSTEMS = {
    "hello": "hello-api",
    "orders": "orders-api",
    "partner": "partner-api",
    "tenant": "tenant-api",
    "workload": "workload-api",
}
EXAMPLE = "orders"
"""The system of a program elsewhere, `examples/orders_api` and its copies."""
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
    """Prints a fresh token for the API of a system (unless one is named: hello, or the example's), and nothing else."""
    if system is not None and system not in SYSTEMS:
        raise SandboxError(f"there is no system {system!r}: choose one of {', '.join(sorted(SYSTEMS))}.")
    caller = deployed_caller(attach(project))
    usual = EXAMPLE if project.checkout else "hello"
    name = _deployed(system or usual, [name for name, api in SYSTEMS.items() if api in caller.outputs["apis"]])
    say(_tour(name).token(caller))
    return 0


def _tour(system: str) -> "Tour":
    """The system's tour, loaded when it is asked for: what it forges tokens with takes longer than most commands."""
    return cast("Tour", importlib.import_module(f"sandbox.tour.{system}"))


def _deployed(system: str, deployed: list[str]) -> str:
    """The system, if it is deployed. Raises SandboxError."""
    if system not in deployed:
        if system == EXAMPLE:
            raise SandboxError(f"the system {system} is a program of its own: add PROGRAM=examples/orders_api.")
        raise SandboxError(
            f"the system {system} is not deployed: switch it on with "
            f"`pulumi config set gatehouse:{system}Enabled true` (or in Pulumi.sandbox.yaml), then `make up`."
        )
    return system


def deployed_caller(session: Session) -> Caller:
    """A caller of the deployed stack. Raises SandboxError when nothing is deployed that a tour knows."""
    if session.project.checkout is not None:
        outputs = {"apis": live_apis(session.endpoints)}
        if SYSTEMS[EXAMPLE] not in outputs["apis"]:
            raise SandboxError(
                "of programs elsewhere this knows examples/orders_api and its copies only, and their API "
                f"{SYSTEMS[EXAMPLE]} is not deployed here: `make up` with that PROGRAM, or leave PROGRAM out."
            )
        return Caller(session.endpoints, outputs, session.project.state_directory)
    if not session.outputs.get("apis"):
        raise SandboxError("no API is deployed: deploy with `make up`.")
    return Caller(session.endpoints, session.outputs, session.project.state_directory)


def live_apis(endpoints: SandboxEndpoints) -> dict[str, Any]:
    """What a tour must know of every deployed API, by name: Gatehouse's own program says it in its outputs."""
    gateway = client(endpoints, "apigateway")
    apis: dict[str, Any] = {}
    for api in gateway.get_rest_apis(limit=500)["items"]:
        # The components name an authorizer like its function, and give an API one stage.
        authorizers = gateway.get_authorizers(restApiId=api["id"], limit=500)["items"]
        for stage in gateway.get_stages(restApiId=api["id"])["item"]:
            apis[api["name"]] = {
                "url": f"{endpoints.emulator_url}/_aws/execute-api/{api['id']}/{stage['stageName']}",
                "stage": stage["stageName"],
                "routes": [{"authorizer": authorizer["name"]} for authorizer in authorizers],
            }
    return apis
