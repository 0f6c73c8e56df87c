"""`up`, `preview`, `spire` and `down`: the unchanged program, the policy pack, the repair of what was interrupted.

It deliberately deploys nothing by itself: every change goes through the engine and is judged by the pack.
"""

import json
import shutil
import time
import urllib.request
from collections.abc import Iterable
from typing import Any, cast

from sandbox.commands.foresight import Unchanged, foresee
from sandbox.commands.partner_calls import partner_calls
from sandbox.commands.partner_preparation import forget, is_prepared, prepare
from sandbox.commands.project import Progress, Project
from sandbox.commands.real_spire import end_spire, keep_spire, start_spire
from sandbox.commands.session import Session, say, start
from sandbox.commands.summary import summary
from sandbox.errors import SandboxError
from sandbox.provider.ledger import orphans, settle
from sandbox.server import ledger_path, save, stop

ROTATION_PATIENCE_SECONDS = 60.0


def up(project: Project) -> int:
    """Deploys the stack and prints what to try. Answers the engine's exit code. Raises SandboxError."""
    with project.exclusively():
        keep_spire(project)
        return bring_up(start(project))


def spire(project: Project) -> int:
    """Starts the real SPIRE and deploys the stack so that it trusts it. Answers the engine's exit code."""
    with project.exclusively():
        start_spire(project)
        return bring_up(start(project))


def bring_up(session: Session) -> int:
    """Deploys what is not deployed yet, and prints what to try. Answers the engine's exit code. Raises SandboxError."""
    unchanged = nothing_to_deploy(session)
    code = deploy(session) if unchanged is None else 0
    if code == 0:
        known = unchanged.outputs if unchanged else None
        outputs = session.outputs if known is None else known
        say("")
        say(summary(outputs, session.endpoints, partner_calls(session, outputs)))
    return code


def nothing_to_deploy(session: Session) -> Unchanged | None:
    """What there is, if all of it is as the program wants it, judged by the policy pack; if so, it says so."""
    if session.project.progress is not Progress.FINISHED or not is_prepared(session.project):
        return None
    say("Looking for changes ...")
    unchanged = foresee(session.workspace, *policy_pack(session.project))
    if unchanged is None:
        return None
    await_rotations(session)
    say(f"Resources: {unchanged.resources} unchanged, 0 changes.")
    return unchanged


def deploy(session: Session) -> int:
    """Previews, then updates, judged by the policy pack. Answers the engine's exit code. Raises SandboxError."""
    project = session.project
    repair(session)
    project.note(Progress.UNFINISHED)
    prepare(project, session.endpoints, say)
    code = session.renewed().workspace.run("up", "--yes", "--refresh", *policy_pack(project))
    if code == 0:
        await_rotations(session)
        finish(session, Progress.FINISHED)
    return code


def preview(project: Project) -> int:
    """Shows what `up` would change, judged by the policy pack; changes nothing. Answers the engine's exit code."""
    with project.exclusively():
        keep_spire(project)
        session = start(project)
        prepare(project, session.endpoints, say)
        return session.renewed().workspace.run("preview", "--refresh", *policy_pack(project))


def pause(project: Project) -> int:
    """Stops the sandbox and keeps its state; whatever starts it again goes on with what is deployed."""
    if not project.state_directory.exists():
        say("There is no sandbox here.")
        return 0
    with project.exclusively():
        stop(project.state_directory)
        say("The sandbox is stopped; its state is kept.")
    return 0


def down(project: Project) -> int:
    """Destroys the stack, then stops the sandbox. Answers the engine's exit code; a failed one leaves it running."""
    if not project.state_directory.exists():
        say("There is no sandbox here.")
        return 0
    with project.exclusively():
        session = start(project)
        repair(session)
        project.note(Progress.UNFINISHED)
        code = session.workspace.run("destroy", "--yes", "--refresh")
        if code:
            return code
        forget(project, session.endpoints)
        finish(session, Progress.NONE)
        stop(project.state_directory)
        end_spire(project)
        say("The stack is destroyed and the sandbox is stopped. Its ports and its log stay; `make reset` forgets them.")
        return 0


def finish(session: Session, progress: Progress) -> None:
    """Puts everything on disk, then notes that the deployment came to its end."""
    settle(ledger_path(session.project.state_directory), state_ids(session))
    save(session.endpoints)
    session.project.note(progress)


def reset(project: Project) -> int:
    """Stops the sandbox and deletes its state folder, with everything that was deployed into it."""
    if not project.state_directory.exists():
        say("There is no sandbox here.")
        return 0
    with project.exclusively():
        stop(project.state_directory)
        end_spire(project)
        shutil.rmtree(project.state_directory)
    say("The sandbox is gone. Make a new one with: make up")
    return 0


def repair(session: Session) -> None:
    """Clears what a deployment without an end left: operations half-done, and resources that no state knows."""
    if session.project.progress is not Progress.UNFINISHED:
        return
    say("The last deployment did not come to its end: clearing what it left half-done ...")
    session.workspace.drop_pending_operations()
    ledger = ledger_path(session.project.state_directory)
    left = orphans(ledger, state_ids(session))
    if not left:
        return
    # Imported here: it loads the whole provider, which no other command needs on this side.
    from sandbox.provider.server import delete_orphans

    for entry in delete_orphans(ledger, left, endpoint_url=session.endpoints.emulator_url):
        say(f"  removed {entry.type} {entry.id}, which no state knew")


def state_ids(session: Session) -> set[tuple[str, str]]:
    """(type token, id) of every resource in the engine's state."""
    deployment = cast("dict[str, Any]", session.workspace.export()["deployment"])
    resources = cast("Iterable[dict[str, Any]]", deployment.get("resources") or [])
    return {(resource["type"], resource["id"]) for resource in resources if resource.get("id")}


def await_rotations(session: Session) -> None:
    """Waits until no secret is being rotated, so that what is printed next works. Raises SandboxError if one fails."""
    give_up = time.monotonic() + ROTATION_PATIENCE_SECONDS
    while running := rotating(session, "running"):
        if time.monotonic() > give_up:
            raise SandboxError(f"these secrets are still being rotated: {', '.join(running)}; see `make logs`.")
        time.sleep(0.1)
    if failed := rotating(session, "failed"):
        raise SandboxError(f"these secrets could not be rotated: {', '.join(failed)}; see `make logs`, then `make up`.")


def rotating(session: Session, state: str) -> list[str]:
    """The secrets (ARNs) whose latest rotation is in that state."""
    url = f"{session.endpoints.emulator_url}/_gatehouse/rotations"
    with urllib.request.urlopen(url, timeout=30) as answer:  # noqa: S310 - the sandbox's own loopback address
        rotations = cast("list[dict[str, str]]", json.load(answer)["rotations"])
    return [rotation["secret"] for rotation in rotations if rotation["state"] == state]


def policy_pack(project: Project) -> tuple[str, ...]:
    """The flags that put the policy pack in front of every change, as the program configures it."""
    pack = ("--policy-pack", str(project.policy_pack))
    configuration = project.policy_configuration
    return pack if configuration is None else (*pack, "--policy-pack-config", str(configuration))
