"""The process that the engine starts: prints its port, then answers until it is ended."""

import gc
import sys
import threading
from collections.abc import Callable, Iterable
from concurrent import futures
from importlib.util import find_spec
from typing import Final

import grpc
from pulumi.runtime.proto import analyzer_pb2_grpc

from guardrails.analyzer.servicer import Analyzer
from guardrails.rules import Rule

_MESSAGE_BYTES: Final = 400 * 1024 * 1024
"""The engine's own limit for a message (`rpcutil.GrpcChannelOptions`): a whole stack is one."""
_OPTIONS: Final = (
    ("grpc.max_receive_message_length", _MESSAGE_BYTES),
    ("grpc.max_send_message_length", _MESSAGE_BYTES),
)

_IMPORTED_LATER: Final = ("detect_secrets", "jsonschema")
"""Libraries that are imported when they are first needed, which must not be when they turn out to be missing."""
_OBJECTS_BEFORE_A_SEARCH: Final = 50_000
"""Instead of 700: a sixth of the time for 2,000 routes, in which there is no garbage to speak of."""


def serve(rules: Iterable[Rule], prepare: Callable[[], None]) -> None:
    """Serve rules to the engine. Returns only when the process is interrupted.

    `prepare` does ahead what the first judgement would have to wait for: when the engine has configured the pack, while
    the program starts, which takes longer. Exits with a message where the pack cannot judge: it never starts half.
    """
    missing = [library for library in _IMPORTED_LATER if find_spec(library) is None]
    if missing:
        sys.exit(
            f"The policy pack needs {' and '.join(missing)}: pip install -r requirements.txt in the folder of the pack."
        )
    analyzer = Analyzer(rules)
    server, port = start(analyzer)
    threading.Thread(target=_when_configured, args=(analyzer, prepare), daemon=True).start()
    sys.stdout.write(f"{port}\n")
    sys.stdout.flush()
    try:
        server.wait_for_termination()
    except KeyboardInterrupt:
        server.stop(grace=None)


def _when_configured(analyzer: Analyzer, prepare: Callable[[], None]) -> None:
    analyzer.configured.wait()
    prepare()
    look_for_garbage_seldom()


def look_for_garbage_seldom() -> None:
    """Have the process's collector look seldom, and not at what is loaded by now: at the resources of a stack alone."""
    gc.freeze()
    gc.set_threshold(_OBJECTS_BEFORE_A_SEARCH, 50, 50)


def start(analyzer: Analyzer) -> tuple[grpc.Server, int]:
    """Serve an analyzer on a free port of this machine, loopback only."""
    server = grpc.server(futures.ThreadPoolExecutor(max_workers=4), options=_OPTIONS)
    register: Callable[[Analyzer, grpc.Server], None] = analyzer_pb2_grpc.add_AnalyzerServicer_to_server
    register(analyzer, server)
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    return server, port
