"""The commands behind the Makefile: `python -m sandbox COMMAND`.

What a person can cause ends with one line and exit code 1, an interruption with 130. Whoever reads the output and stops
(`make status | head`) ends the command without a word: those that only look are done, of the others it is not known.
Deliberately nothing here catches a programming mistake: that keeps its traceback.
"""

import argparse
import errno
import os
import select
import signal
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
LOOKING = ("status", "logs")
# What a shell says of a command that ended because nobody read its output.
UNREAD = 128 + signal.SIGPIPE


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
    except BrokenPipeError:
        if not is_unread(sys.stdout.fileno()):
            raise
        # Nothing more may be written, not even at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0 if chosen.command in LOOKING else UNREAD
    except OSError as error:
        if error.errno != errno.ENOSPC:
            raise
        return fail("the disk is full: free some space, then run the same command again.")
    except KeyboardInterrupt:
        print("\ninterrupted: run `make up` to go on.", file=sys.stderr)  # noqa: T201 - for the person at the terminal
        return 130


def is_unread(output: int) -> bool:
    """Whether the reader of this pipe is gone."""
    poll = select.poll()
    poll.register(output, 0)
    return any(event & (select.POLLERR | select.POLLHUP) for _, event in poll.poll(0))


def fail(message: str) -> int:
    """Prints the one line that says what is wrong and what to do."""
    print(f"error: {message}", file=sys.stderr)  # noqa: T201 - for the person at the terminal
    return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
