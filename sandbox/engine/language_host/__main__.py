"""Starts the language host: prints its port, serves until the engine interrupts it or is gone.

Run by path, not as a module, by the script beside the engine: its own folder must not become an import root, so that is
replaced by the checkout's. The engine gives its address as the last argument, after optional flags.
"""

import argparse
import os
import signal
import sys
import threading
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parents[3]
ENGINE_GONE_SECONDS = 2.0


def main(arguments: list[str]) -> int:
    """Serves until SIGINT or SIGTERM, or until the process that started it is gone. Exit code 0."""
    from sandbox.engine.language_host.service import LanguageHost, serve

    parser = argparse.ArgumentParser(prog="pulumi-language-python")
    parser.add_argument("--use-executor", type=Path, required=True)
    parser.add_argument("--tracing", default="")
    parser.add_argument("engine_address", nargs="?", default="")
    options, _ = parser.parse_known_args(arguments)  # the engine adds --logtostderr and -v=N when it is verbose
    engine = os.getppid()
    stop = threading.Event()
    for kind in (signal.SIGINT, signal.SIGTERM):
        signal.signal(kind, lambda _number, _frame: stop.set())
    host = LanguageHost(executor=options.use_executor, engine_address=options.engine_address, tracing=options.tracing)
    server, port = serve(host)
    sys.stdout.write(f"{port}\n")
    sys.stdout.flush()
    # An engine that was killed interrupts nobody; its children then belong to another process.
    while not stop.wait(ENGINE_GONE_SECONDS) and os.getppid() == engine:
        pass
    host.children.terminate_all()
    server.stop(grace=None)
    return 0


if __name__ == "__main__":
    sys.path[0] = str(CHECKOUT)
    sys.exit(main(sys.argv[1:]))
