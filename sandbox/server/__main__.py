"""`python -m sandbox.server`: internal, started by `sandbox.server.client`; its options are no interface for people."""

import argparse
import contextlib
import errno
import json
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from sandbox.errors import SandboxError
from sandbox.server.process import run
from sandbox.server.settings import ServerSettings


def main() -> int:
    """Runs the sandbox process; 0 after a clean stop, 1 when it could not start (the reason is reported)."""
    parser = argparse.ArgumentParser(prog="python -m sandbox.server", description=__doc__)
    parser.add_argument("--state", type=Path, required=True)
    parser.add_argument("--region", required=True)
    parser.add_argument("--account", required=True)
    parser.add_argument("--fingerprint", required=True)
    parser.add_argument("--emulator-port", type=int)
    parser.add_argument("--lambda-runtime", type=Path, required=True)
    parser.add_argument("--no-provider", action="store_true")
    parser.add_argument("--leave-out", action="append", default=[])
    parser.add_argument("--ends-with", nargs=2, metavar=("PID", "STARTED"))
    parser.add_argument("--report", type=int, required=True, metavar="DESCRIPTOR")
    options = parser.parse_args()
    leave_terminal()
    report = reporter(options.report)
    settings = ServerSettings(
        state_directory=options.state.resolve(),
        region=options.region,
        account_id=options.account,
        emulator_port=options.emulator_port,
        with_provider=not options.no_provider,
        lambda_runtime_packages=options.lambda_runtime,
        leave_out=tuple(options.leave_out),
        ends_with=None if options.ends_with is None else (int(options.ends_with[0]), options.ends_with[1]),
    )
    try:
        run(settings, fingerprint=options.fingerprint, report=report)
    except SandboxError as error:
        report({"error": str(error)})
        return 1
    except OSError as error:
        where = f" ({error.filename})" if error.filename else ""
        remedy = "free some space" if error.errno == errno.ENOSPC else "mend that"
        reason = f"{error.strerror or error}{where}"
        report({"error": f"the sandbox cannot run: {reason}; {remedy}, then run this again"})
        return 1
    return 0


def leave_terminal() -> None:
    """Goes on in a session of its own as nobody's child, so that Ctrl-C and the terminal's end do not reach it."""
    if os.fork():
        os._exit(0)
    os.setsid()
    os.umask(0o077)  # state and logs hold what only their owner may read


def reporter(descriptor: int) -> Callable[[dict[str, Any]], None]:
    """Writes JSON lines to the starter's pipe. A starter that is gone changes nothing: the log has it too."""
    os.set_inheritable(descriptor, False)  # noqa: FBT003 - positional only; Lambda workers must not hold it open

    def report(message: dict[str, Any]) -> None:
        with contextlib.suppress(BrokenPipeError):
            os.write(descriptor, json.dumps(message).encode() + b"\n")
        if "ready" in message or "error" in message:
            os.close(descriptor)
        if "error" in message:
            with contextlib.suppress(OSError):  # the log may be on the very disk that is full
                sys.stderr.write(f"{message['error']}\n")
                sys.stderr.flush()

    return report


if __name__ == "__main__":
    sys.exit(main())
