"""Plugins written in Python, policy packs before all: started for the engine, their output streamed to it as it comes.

A policy pack's process gets the stack's name and configuration as environment variables, which the engine only sends
once it can reach the pack; `policy_packs` stands in front of the pack for that long. Other plugins are started at once.
"""

import queue
import subprocess
import sys
import threading
import tomllib
from collections.abc import Callable, Iterator
from io import BufferedReader
from pathlib import Path
from typing import IO, cast

from pulumi.runtime.proto import language_pb2

from sandbox.engine.language_host.children import Children
from sandbox.engine.language_host.policy_packs import PolicyPackFront
from sandbox.engine.language_host.program import PACK_ALONE, POLICY_PACK
from sandbox.engine.language_host.programs import START

ANALYZER = "analyzer"
"""The engine's kind for a policy pack; other kinds are `resource`, `converter` and `tool`."""
CONFIGURED_BY_CALL = "configuredByCall"
"""The runtime option in PulumiPolicy.yaml of a pack that learns of the stack by the engine's `ConfigureStack` alone."""
CHUNK_BYTES = 1 << 16


def plugin_command(request: language_pb2.RunPluginRequest) -> list[str]:
    """The command line. Raises `ValueError` for a folder that is neither a program nor a package."""
    folder = request.info.program_directory
    if request.kind == ANALYZER:
        # This order, the folder last, is what pulumi.policy expects.
        how = PACK_ALONE if is_configured_by_call(request) else POLICY_PACK
        return [sys.executable, "-u", str(START), how, *request.args, folder]
    if (Path(folder) / "__main__.py").is_file():
        return [sys.executable, "-u", folder, *request.args]
    try:
        project = tomllib.loads((Path(folder) / "pyproject.toml").read_text(encoding="utf-8"))["project"]["name"]
    except (FileNotFoundError, KeyError):
        raise ValueError(
            f"{folder} is no plugin: it has neither __main__.py nor a pyproject.toml with a name"
        ) from None
    return [sys.executable, "-u", "-m", "pulumi.run.plugin", project, *request.args]


def is_configured_by_call(request: language_pb2.RunPluginRequest) -> bool:
    """Whether a policy pack needs neither variables about the stack nor the SDK's start of a pack."""
    return dict(request.info.options.items()).get(CONFIGURED_BY_CALL) is True


def run_plugin(
    request: language_pb2.RunPluginRequest,
    children: Children,
    when_call_ends: Callable[[Callable[[], None]], bool],
) -> Iterator[language_pb2.RunPluginResponse]:
    """Runs the plugin to its end, yielding its output and lastly its exit code.

    The engine ends a plugin by cancelling the call; `when_call_ends` takes what is to be done then, and answers False
    when it has ended already (`grpc.ServicerContext.add_callback`). Raises `OSError` and `ValueError`.
    """
    command = plugin_command(request)
    environment = dict(entry.split("=", 1) for entry in request.env)
    # Packs have always run with their own folder as working directory; they read files beside themselves.
    folder = Path(request.info.program_directory if request.kind == ANALYZER else request.pwd)
    if request.kind != ANALYZER or is_configured_by_call(request):
        process = children.start(command, environment=environment, directory=folder, capture=True)
        yield from _stream(process, children, when_call_ends)
        return
    with PolicyPackFront() as front:
        if not when_call_ends(front.give_up):
            return
        yield language_pb2.RunPluginResponse(stdout=f"{front.port}\n".encode())
        variables = front.stack_variables()
        if variables is None:
            return
        process = children.start(command, environment=environment | variables, directory=folder, capture=True)
        yield from _stream(process, children, when_call_ends, front)


def _stream(
    process: subprocess.Popen[bytes],
    children: Children,
    when_call_ends: Callable[[Callable[[], None]], bool],
    front: PolicyPackFront | None = None,
) -> Iterator[language_pb2.RunPluginResponse]:
    output: queue.SimpleQueue[language_pb2.RunPluginResponse | None] = queue.SimpleQueue()

    def pump_stdout(stream: IO[bytes]) -> None:
        with stream:
            if front is not None:
                front.attach(stream.readline())
            while chunk := _read(stream):
                output.put(language_pb2.RunPluginResponse(stdout=chunk))
        output.put(None)

    def pump_stderr(stream: IO[bytes]) -> None:
        with stream:
            while chunk := _read(stream):
                output.put(language_pb2.RunPluginResponse(stderr=chunk))
        output.put(None)

    streams = ((pump_stdout, process.stdout), (pump_stderr, process.stderr))
    if not when_call_ends(process.terminate):
        process.terminate()
    for pump, stream in streams:
        threading.Thread(target=pump, args=(stream,), daemon=True).start()
    open_streams = len(streams)
    try:
        while open_streams:
            response = output.get()
            if response is None:
                open_streams -= 1
            else:
                yield response
    finally:
        exit_code = children.wait(process)
    yield language_pb2.RunPluginResponse(exitcode=exit_code)


def _read(stream: IO[bytes]) -> bytes:
    # What is there, without waiting for a whole chunk; only buffered streams can, and a pipe of subprocess is one.
    return cast(BufferedReader, stream).read1(CHUNK_BYTES)
