"""`spire`: the real SPIRE beside the sandbox, as the issuer that the stack trusts, until `make down` or `make reset`.

What the other commands ask about it is here too: `up` starts again what has died, `status` and `logs` show it, `down`
and `reset` end it. Deliberately no way back but those two: a stack whose issuer changed by itself would surprise.
"""

import os
from collections.abc import Iterator
from pathlib import Path

from sandbox.bootstrap import cache_directory
from sandbox.commands.project import Project
from sandbox.commands.session import say
from sandbox.commands.workload_issuer import ISSUER_URLS, TRUST_BUNDLE_URLS, trust_domains
from sandbox.errors import SandboxError
from sandbox.spire.build import locate_programs
from sandbox.spire.processes import end, ended_programs, ensure_running, log_paths
from sandbox.spire.record import SpireRecord, read_record
from sandbox.tour.workloads import WORKLOAD


def start_spire(project: Project) -> SpireRecord:
    """Builds SPIRE if need be, starts it if it does not run, and registers the workload that `make token` is.

    Raises SandboxError, also where the stack would not use it.
    """
    given = project.settings
    if ISSUER_URLS not in project.declared_settings:
        raise SandboxError("this program has no setting for issuers, so it cannot use SPIRE: leave PROGRAM out.")
    for name in (ISSUER_URLS, TRUST_BUNDLE_URLS):
        if given.get(name):
            raise SandboxError(
                f"{project.settings_file.name} sets {name}, so the stack would not use SPIRE: remove it, then run "
                "`make spire` again."
            )
    trust_domain = trust_domains(given)[0].removeprefix("spiffe://")
    binaries = locate_programs(cache_directory(), say)
    known = read_record(project.state_directory)
    record = ensure_running(
        project.state_directory, binaries=binaries, trust_domain=trust_domain, workloads=workloads(), progress=say
    )
    say(f"SPIRE runs{' already' if known == record else ''}: {described(record)}")
    return record


def keep_spire(project: Project) -> None:
    """Starts again what has died of a SPIRE that is wanted. Raises SandboxError."""
    record = read_record(project.state_directory)
    if record is not None and ended_programs(record):
        ensure_running(
            project.state_directory,
            binaries=Path(record.binaries),
            trust_domain=record.trust_domain,
            workloads=workloads(),
            progress=say,
        )


def workloads() -> dict[str, list[str]]:
    """Whoever runs these commands is the workload that `make token` is."""
    return {WORKLOAD: [f"unix:uid:{os.getuid()}"]}


def end_spire(project: Project) -> None:
    """Ends SPIRE where it was started. Raises SandboxError if it does not end."""
    if end(project.state_directory):
        say("SPIRE is stopped.")


def spire_status(project: Project) -> Iterator[str]:
    """Lines for `make status`; none where SPIRE was not started."""
    record = read_record(project.state_directory)
    if record is None:
        return
    ended = ended_programs(record)
    yield f"SPIRE: {described(record)}"
    if ended:
        yield f"  but {', '.join(ended)} ended; start again with: make up"


def spire_logs(project: Project) -> Iterator[Path]:
    """The logs of SPIRE's programs, where there are any."""
    return (path for path in log_paths(project.state_directory).values() if path.exists())


def described(record: SpireRecord) -> str:
    """One line."""
    pids = ", ".join(f"{name} {pid}" for name, (pid, _) in record.processes.items())
    return f"trust domain {record.trust_domain}, issuer {record.issuer_url} (processes: {pids})"
