"""`python -m cli`: parses the command line, runs one command, and turns its end into an exit code."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parents[1]
# The functions' packages are imported by their own names, here as in their archives.
sys.path.append(str(CHECKOUT / "functions"))

from cli import ca, client, explain, plugin, tenant, workload  # noqa: E402 -- needs the line above
from cli.errors import FAILED, INTERRUPTED, CliError  # noqa: E402
from cli.output import tell  # noqa: E402

GROUPS = (ca, client, explain, plugin, tenant, workload)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; return its exit code."""
    parser = argparse.ArgumentParser(prog="python -m cli", description="Operate Gatehouse and write plugins for it.")
    commands = parser.add_subparsers(dest="group", metavar="GROUP", required=True)
    for group in GROUPS:
        group.add_command(commands)
    options = parser.parse_args(arguments)
    run: Callable[[argparse.Namespace], int] = options.run
    try:
        code = run(options)
        sys.stdout.flush()  # here, where it can be said what a broken pipe means
    except CliError as error:
        tell(f"error: {error}")
        return FAILED
    except ModuleNotFoundError as missing:
        if missing.name not in ("boto3", "botocore", "cryptography"):
            raise
        tell(f"error: this Python has no {missing.name}: run `.venv/bin/python -m cli`; `make setup` makes .venv")
        return FAILED
    except KeyboardInterrupt:
        tell("interrupted")
        return INTERRUPTED
    except BrokenPipeError:
        # Whoever read the output has enough of it. Nothing more may be written, not even at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return FAILED
    return code


if __name__ == "__main__":
    sys.exit(main())
