"""Starts the language host: prints its port, serves until the engine interrupts it or is gone.

Run by path, not as a module, by the script beside the engine: its own folder must not become an import root, so that is
replaced by the checkout's. The engine gives its address as the last argument, after optional flags.
"""

import getopt
import os
import signal
import sys
import time
import types
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parents[3]
ENGINE_GONE_SECONDS = 2.0


def main(arguments: list[str]) -> None:
    """Serves until SIGINT or SIGTERM, or until the process that started it is gone."""
    # With what the engine adds when it is verbose.
    given, rest = getopt.getopt(arguments, "v:", ["use-executor=", "tracing=", "logtostderr"])
    options = dict(given)
    engine = os.getppid()

    # Every engine command starts two hosts and waits for them.
    from sandbox.engine.language_host.program import import_protocol_only, load_when_used

    load_when_used()
    import_protocol_only()
    from sandbox.engine.language_host.service import LanguageHost, serve

    host = LanguageHost(
        executor=Path(options["--use-executor"]),
        engine_address=rest[0] if rest else "",
        tracing=options.get("--tracing", ""),
    )
    try:
        server, port = serve(host)
        sys.stdout.write(f"{port}\n")
        sys.stdout.flush()
        # An engine that was killed interrupts nobody; its children then belong to another process.
        while os.getppid() == engine:
            time.sleep(ENGINE_GONE_SECONDS)
        server.stop(grace=None)
    finally:
        host.children.terminate_all()


def _end(_number: int, _frame: types.FrameType | None) -> None:
    for kind in (signal.SIGINT, signal.SIGTERM):
        signal.signal(kind, signal.SIG_IGN)
    raise SystemExit(0)


if __name__ == "__main__":
    for ending in (signal.SIGINT, signal.SIGTERM):
        signal.signal(ending, _end)
    sys.path[0] = str(CHECKOUT)
    try:
        main(sys.argv[1:])
    except SystemExit as end:
        if end.code:
            raise
    # Without the interpreter's own clean-up: it waits for threads that wait for calls of an engine that has left.
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(0)
