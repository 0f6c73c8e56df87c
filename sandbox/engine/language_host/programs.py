"""How a program's process is started and what its exit code means: pure, so that it is tested without an engine.

The arguments, variables and exit codes are those between Pulumi's language host and its executor
(sdk/python/cmd/pulumi-language-python of github.com/pulumi/pulumi), unchanged.
"""

import json
from collections.abc import Mapping
from pathlib import Path

from pulumi.runtime.proto import language_pb2

START = Path(__file__).with_name("program.py")
"""The file that a program's process runs, and a policy pack's."""
ALREADY_REPORTED = 32
"""The executor's exit code when it has shown the user what is wrong: the engine then adds nothing."""


def executor_arguments(request: language_pb2.RunRequest, *, engine_address: str, tracing: str) -> list[str]:
    """What follows the executor's path on its command line; empty values are left out."""
    options = {
        "monitor": request.monitor_address,
        "engine": engine_address,
        "project": request.project,
        "root_directory": request.info.root_directory,
        "stack": request.stack,
        "pwd": request.pwd,
        "dry_run": "true" if request.dryRun else "false",
        "parallel": str(request.parallel),
        "tracing": tracing,
        "organization": request.organization,
    }
    arguments = [word for name, value in options.items() if value for word in (f"--{name}", value)]
    return [*arguments, request.info.entry_point, *request.args]


def program_environment(base: Mapping[str, str], request: language_pb2.RunRequest) -> dict[str, str]:
    """`base` plus the stack's configuration and the names of its secret keys, as JSON."""
    return {
        **base,
        "PULUMI_CONFIG": json.dumps(dict(request.config)),
        "PULUMI_CONFIG_SECRET_KEYS": json.dumps(list(request.configSecretKeys)),
    }


def run_response(exit_code: int) -> language_pb2.RunResponse:
    """What the engine is told: success, an error it has to print, or that the program has printed its own."""
    if exit_code == 0:
        return language_pb2.RunResponse()
    if exit_code == ALREADY_REPORTED:
        return language_pb2.RunResponse(bail=True)
    if exit_code < 0:
        return language_pb2.RunResponse(error=f"program exited unexpectedly: signal {-exit_code}")
    return language_pb2.RunResponse(error=f"program exited with non-zero exit code: {exit_code}")


def unsupported_option(options: Mapping[str, object]) -> str | None:
    """Why a runtime option of Pulumi.yaml cannot be honoured; None when all can be or choose an environment only."""
    if options.get("typechecker"):
        return (
            "this engine's Python language host does not run type checkers: remove the runtime option `typechecker` "
            "from Pulumi.yaml, or install pulumi from https://www.pulumi.com/docs/install/"
        )
    return None
