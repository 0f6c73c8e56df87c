"""Starts the language host: prints its port, serves until the engine interrupts it or is gone.

Run by path, not as a module, by the script beside the engine: its own folder must not become an import root, so that is
replaced by the checkout's. The engine gives its address as the last argument, after optional flags.
"""

import argparse
import importlib.util
import os
import signal
import sys
import time
import types
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parents[3]
ENGINE_GONE_SECONDS = 2.0


def import_protocol_only() -> None:
    """Lets modules of `pulumi.runtime.proto` be imported without the SDK around them, each by itself.

    Every engine command starts a host and waits for it; the SDK's own import takes two thirds of that time (0.65 s of
    0.9 s measured), and the generated messages need nothing of it. Programs run in processes of their own, with all of
    it.
    """
    specification = importlib.util.find_spec("pulumi")
    if specification is None or specification.submodule_search_locations is None:
        return  # the import that follows says what is missing
    folders = [Path(folder) for folder in specification.submodule_search_locations]
    for name, inside in (("pulumi", ""), ("pulumi.runtime", "runtime"), ("pulumi.runtime.proto", "runtime/proto")):
        module = types.ModuleType(name)
        module.__path__ = [str(folder / inside) for folder in folders]
        sys.modules[name] = module


def main(arguments: list[str]) -> None:
    """Serves until SIGINT or SIGTERM, or until the process that started it is gone."""
    parser = argparse.ArgumentParser(prog="pulumi-language-python")
    parser.add_argument("--use-executor", type=Path, required=True)
    parser.add_argument("--tracing", default="")
    parser.add_argument("engine_address", nargs="?", default="")
    options, _ = parser.parse_known_args(arguments)  # the engine adds --logtostderr and -v=N when it is verbose
    engine = os.getppid()

    import_protocol_only()
    from sandbox.engine.language_host.service import LanguageHost, serve

    host = LanguageHost(executor=options.use_executor, engine_address=options.engine_address, tracing=options.tracing)
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
