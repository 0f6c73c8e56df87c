"""The commands behind the Makefile: `python -m sandbox COMMAND`.

What a person can cause ends with one line and exit code 1, an interruption with 130. Deliberately nothing here catches
a programming mistake: that keeps its traceback.
"""

import argparse
import errno
import sys
from collections.abc import Callable
from pathlib import Path

from sandbox.commands import deployment, looking, policy_report, preparation
from sandbox.commands.project import Project, chosen_project
from sandbox.errors import SandboxError

ROOT = Path(__file__).resolve().parent.parent

COMMANDS: dict[str, Callable[[Project], int]] = {
    "up": deployment.up,
    "preview": deployment.preview,
    "spire": deployment.spire,
    "pause": deployment.pause,
    "down": deployment.down,
    "reset": deployment.reset,
    "status": looking.show_status,
    "logs": looking.show_logs,
    "policy-documents": policy_report.write_documents,
    "policy-changes": policy_report.show_changes,
    "engine": preparation.prepare,
    "engine-folder": preparation.show_engine_folder,
    "spire-build": preparation.prepare_spire,
    "workflows": preparation.lint_workflows,
}


def main(arguments: list[str]) -> int:
    """Runs one command and answers its exit code."""
    parser = argparse.ArgumentParser(prog="python -m sandbox")
    commands = parser.add_subparsers(dest="command", required=True)
    for name in COMMANDS:
        commands.add_parser(name)
    of_a_system: dict[str, Callable[[Project, str | None], int]] = {"tour": looking.tour, "token": looking.token}
    for name in of_a_system:
        commands.add_parser(name).add_argument("system", nargs="?", choices=sorted(looking.SYSTEMS))
    policy = commands.add_parser("policy")
    policy.add_argument("--file", type=Path)
    policy.add_argument("--format", default="table")
    chosen = parser.parse_args(arguments)
    try:
        project = chosen_project(ROOT)
        if chosen.command == "policy":
            return policy_report.show_report(project, file=chosen.file, form=chosen.format)
        if chosen.command in of_a_system:
            return of_a_system[chosen.command](project, chosen.system)
        return COMMANDS[chosen.command](project)
    except SandboxError as error:
        return fail(str(error))
    except OSError as error:
        if error.errno != errno.ENOSPC:
            raise
        return fail("the disk is full: free some space, then run the same command again.")
    except KeyboardInterrupt:
        print("\ninterrupted: run `make up` to go on.", file=sys.stderr)  # noqa: T201 - for the person at the terminal
        return 130


def fail(message: str) -> int:
    """Prints the one line that says what is wrong and what to do."""
    print(f"error: {message}", file=sys.stderr)  # noqa: T201 - for the person at the terminal
    return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
