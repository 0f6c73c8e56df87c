"""Starts the sandbox process, detached, and waits for its own word that it is ready.

The process inherits one end of a pipe and nothing else: its environment is the part of the caller's that is named in
`sandbox.server.settings`, its input is empty, its output the log. Deliberately no decision whether to start.
"""

import json
import os
import select
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from sandbox.errors import SandboxError
from sandbox.server.identity import ProcessIdentity
from sandbox.server.logfile import last_line, log_path
from sandbox.server.settings import KEPT_ENVIRONMENT, PROJECT_DIRECTORY, ServerSettings

START_PATIENCE_SECONDS = 90.0


def launch(settings: ServerSettings, wanted: str, progress: Callable[[str], None]) -> ProcessIdentity:
    """Starts the process and waits until it is ready. Raises `SandboxError` with its reason when it is not."""
    reading, writing = os.pipe()
    try:
        command = [
            sys.executable,
            "-m",
            "sandbox.server",
            "--state",
            str(settings.state_directory),
            "--region",
            settings.region,
            "--account",
            settings.account_id,
            "--fingerprint",
            wanted,
            "--report",
            str(writing),
            "--lambda-runtime",
            str(settings.lambda_runtime_packages),
        ]
        if settings.emulator_port is not None:
            command += ["--emulator-port", str(settings.emulator_port)]
        if not settings.with_provider:
            command.append("--no-provider")
        for name in settings.leave_out:
            command += ["--leave-out", name]
        if settings.ends_with is not None:
            pid, started = settings.ends_with
            command += ["--ends-with", str(pid), started]
        environment = {name: os.environ[name] for name in KEPT_ENVIRONMENT if name in os.environ}
        try:
            with log_path(settings.state_directory).open("ab") as log:
                # Answers at once: the process itself goes on as nobody's child.
                subprocess.run(
                    command,
                    cwd=PROJECT_DIRECTORY,
                    env=environment,
                    stdin=subprocess.DEVNULL,
                    stdout=log,
                    stderr=log,
                    pass_fds=(writing,),
                    check=False,
                    start_new_session=True,
                )
        finally:
            os.close(writing)
        return _await_report(reading, settings.state_directory, progress)
    finally:
        os.close(reading)


def _await_report(reading: int, state_directory: Path, progress: Callable[[str], None]) -> ProcessIdentity:
    give_up = time.monotonic() + START_PATIENCE_SECONDS
    pending = b""
    while True:
        remaining = give_up - time.monotonic()
        if remaining <= 0 or not select.select([reading], [], [], remaining)[0]:
            raise SandboxError(
                f"the sandbox did not start within {START_PATIENCE_SECONDS:.0f} s; see {log_path(state_directory)}"
            )
        chunk = os.read(reading, 65536)
        if not chunk:
            log = log_path(state_directory)
            raise SandboxError(f"the sandbox ended while it started ({last_line(log)}); see {log}")
        *lines, pending = (pending + chunk).split(b"\n")
        for line in lines:
            message: dict[str, Any] = json.loads(line)
            if "error" in message:
                raise SandboxError(message["error"])
            if "ready" in message:
                return ProcessIdentity(**message["ready"])
            progress(message["progress"])
