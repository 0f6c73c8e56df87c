"""One Lambda execution environment without the sandbox: a Runtime and Extensions API, AWS's own runtime client from
PyPI (`awslambdaric`), a function, and the extensions of a layer, in processes of their own.

Written from AWS's documentation, apart from the sandbox's, so that a mistake in one does not hide in the other:
https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html,
https://docs.aws.amazon.com/lambda/latest/dg/runtimes-extensions-api.html. `opt` and `lang/bin` stand for `/opt` and
`/var/lang/bin`. Deliberately one invocation at a time, one environment, and no refusals: those are the sandbox's tests.
"""

import io
import json
import os
import queue
import signal
import subprocess
import threading
import time
import uuid
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Any

from sandbox.bootstrap import cache_directory
from sandbox.lambda_runtime.interpreters import installed_candidates, probed_minor
from sandbox.lambda_runtime.packages import installed_packages
from tests.support.lambda_api import ApiServer, api_handler

PATIENCE_SECONDS = 30.0
SHUTDOWN_SECONDS = 2.0
# What stands for the compiled part of `awslambdaric` where that is for another version of Python.
CLIENT = Path(__file__).resolve().parents[2] / "sandbox" / "lambda_runtime" / "client"
COMPILED_MINOR = 12
BOOTSTRAP = """
import os, sys
sys.path[:0] = os.environ["TEST_PATHS"].split(":")
from awslambdaric.__main__ import main
os.chdir(os.environ["LAMBDA_TASK_ROOT"])
main(["bootstrap", os.environ["_HANDLER"]])
"""


@dataclass(frozen=True, kw_only=True)
class Runtime:
    """An installed Python and its version, such as 12."""

    executable: Path
    minor: int

    @property
    def name(self) -> str:
        """As Lambda names it."""
        return f"python3.{self.minor}"


def best_runtime() -> Runtime:
    """Python 3.12, for which AWS's compiled client is there, else another one."""
    for minor in (COMPILED_MINOR, 13, 11):
        for executable in installed_candidates(minor):
            if probed_minor(executable) == minor:
                return Runtime(executable=executable, minor=minor)
    raise AssertionError("no Python that functions run on is installed")


@dataclass
class _Extension:
    name: str
    registered: dict[str, Any] | None = None
    identifier: str = field(default_factory=lambda: str(uuid.uuid4()))
    ready: threading.Event = field(default_factory=threading.Event)
    inbox: "queue.Queue[dict[str, Any]]" = field(default_factory=queue.Queue)
    errors: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    process: "subprocess.Popen[bytes] | None" = None
    output: list[str] = field(default_factory=list)


class EnvironmentEndedError(Exception):
    """The invocation did not end; `reason` is `timeout` or `failure`, as extensions are told."""

    def __init__(self, reason: str, output: list[str]) -> None:
        super().__init__(reason, output)
        self.reason = reason


class LambdaEnvironment:
    """See the module. Everything that it starts has ended when the `with` block has."""

    def __init__(
        self,
        folder: Path,
        *,
        runtime: Runtime,
        layer: bytes,
        source: str,
        variables: Mapping[str, str],
        timeout_seconds: float = 10.0,
    ) -> None:
        self.folder = folder
        self.order: list[str] = []
        self.extensions: dict[str, _Extension] = {}
        self.shutdown_reason: str | None = None
        self.function_output: list[str] = []
        self._runtime = runtime
        self._variables = dict(variables)
        self.timeout_seconds = timeout_seconds
        self._invocations: queue.Queue[tuple[str, bytes]] = queue.Queue()
        self._results: queue.Queue[tuple[str, Any]] = queue.Queue()
        self._runtime_ready = threading.Event()
        self._process: subprocess.Popen[bytes] | None = None
        self._ended = threading.Event()
        for part in ("opt", "task", "lang/bin", "tmp"):
            (folder / part).mkdir(parents=True, exist_ok=True)
        with zipfile.ZipFile(io.BytesIO(layer)) as archive:
            for entry in archive.infolist():
                Path(archive.extract(entry, folder / "opt")).chmod((entry.external_attr >> 16) & 0o777 or 0o644)
        (folder / "task" / "main.py").write_text(source)
        link = folder / "lang" / "bin" / "python3"
        if not link.is_symlink():
            link.symlink_to(runtime.executable)
        self._server = ApiServer(("127.0.0.1", 0), api_handler(self))
        self.address = f"127.0.0.1:{self._server.server_port}"

    @property
    def environment(self) -> dict[str, str]:
        """The variables that both processes get."""
        return {
            "AWS_LAMBDA_RUNTIME_API": self.address,
            "AWS_LAMBDA_FUNCTION_NAME": "under-test",
            "AWS_REGION": "ap-southeast-3",
            "PATH": f"{self.folder}/lang/bin:/usr/bin:/bin",
            "TMPDIR": str(self.folder / "tmp"),
            **self._variables,
        }

    def __enter__(self) -> "LambdaEnvironment":
        threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._ended.set()
        processes = [self._process, *(extension.process for extension in self.extensions.values())]
        for process in processes:
            if process is not None:
                if process.poll() is None:
                    process.kill()
                process.wait()
        self._server.shutdown()
        self._server.server_close()

    def start_extensions(self) -> None:
        """Starts every file in `extensions`; waits until each has registered, or has ended."""
        for path in sorted((self.folder / "opt" / "extensions").iterdir()):
            extension = self.extensions[path.name] = _Extension(path.name)
            extension.process = self._start([str(path)], {}, extension.output)
        for extension in self.extensions.values():
            self._wait(lambda one=extension: one.registered is not None or _has_ended(one), "registered")

    def start_function(self) -> None:
        """Starts the runtime; waits until it, and every extension, asks for its first event, or has ended."""
        packages = installed_packages(cache_directory(), print)
        compiled = [] if self._runtime.minor == COMPILED_MINOR else [str(CLIENT)]
        task, layer = self.folder / "task", self.folder / "opt" / "python"
        paths = [*compiled, str(packages), str(task), str(layer)]
        own = {
            "_HANDLER": "main.handler",
            "AWS_EXECUTION_ENV": f"AWS_Lambda_{self._runtime.name}",
            "LAMBDA_TASK_ROOT": str(task),
            "TEST_PATHS": ":".join(paths),
        }
        command = [str(self.folder / "lang" / "bin" / "python3"), "-I", "-S", "-B", "-c", BOOTSTRAP]
        self._process = self._start(command, own, self.function_output)
        for extension in self.extensions.values():
            self._wait(lambda one=extension: one.ready.is_set() or _has_ended(one), "ready")
        self._wait(lambda: self._runtime_ready.is_set() or self._has_ended(), "asks for an invocation")

    def invoke(self, event: Any) -> Any:
        """What the handler returns. Raises `EnvironmentEndedError`, and the environment is over then, as on AWS."""
        request_id = str(uuid.uuid4())
        self._invocations.put((request_id, json.dumps(event).encode()))
        for extension in self.extensions.values():
            if "INVOKE" in (extension.registered or {}).get("events", []):
                extension.inbox.put({"eventType": "INVOKE", "requestId": request_id})
        ends = time.monotonic() + self.timeout_seconds
        while True:
            try:
                kind, result = self._results.get(timeout=0.02)
            except queue.Empty:
                if self._has_ended():
                    self.shut_down("failure")
                    raise EnvironmentEndedError("failure", self.function_output) from None
                if time.monotonic() > ends:
                    self.shut_down("timeout")
                    raise EnvironmentEndedError("timeout", self.function_output) from None
            else:
                assert kind == "response", result
                return result

    def shut_down(self, reason: str) -> float:
        """Ends the function, then tells the extensions; how many seconds they took, which is less than they have."""
        if self._process is not None and not self._has_ended():
            self._process.terminate()
            try:
                self._process.wait(0.3)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()
        self.shutdown_reason = reason
        started = time.monotonic()
        deadline = int((time.time() + SHUTDOWN_SECONDS) * 1000)
        for extension in self.extensions.values():
            extension.inbox.put({"eventType": "SHUTDOWN", "shutdownReason": reason, "deadlineMs": deadline})
        for extension in self.extensions.values():
            if extension.process is not None:
                extension.process.wait(PATIENCE_SECONDS)
        return time.monotonic() - started

    def kill_extension(self, name: str) -> None:
        """`kill -9`, and waits until it is gone."""
        process = self.extensions[name].process
        assert process is not None
        os.kill(process.pid, signal.SIGKILL)
        process.wait()

    def function_memory(self) -> dict[str, int]:
        """See `memory_of`."""
        assert self._process is not None
        return memory_of(self._process.pid)

    def extension_memory(self, name: str) -> dict[str, int]:
        """See `memory_of`."""
        process = self.extensions[name].process
        assert process is not None
        return memory_of(process.pid)

    def pause(self, seconds: float) -> None:
        """Lets time pass between invocations."""
        time.sleep(seconds)

    def lose_api(self) -> None:
        """Everybody who waits is answered that the environment is over, and nobody is listening any more."""
        self._ended.set()
        self._server.shutdown()
        self._server.socket.close()

    def _has_ended(self) -> bool:
        return self._process is not None and self._process.poll() is not None

    def _start(self, command: list[str], own: Mapping[str, str], output: list[str]) -> "subprocess.Popen[bytes]":
        process = subprocess.Popen(
            command,
            env={**self.environment, **own},
            cwd=self.folder,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
        )
        threading.Thread(target=_collect, args=(process, output), daemon=True).start()
        return process

    def _wait(self, holds: Any, what: str) -> None:
        ends = time.monotonic() + PATIENCE_SECONDS
        while not holds():
            assert time.monotonic() < ends, f"not within {PATIENCE_SECONDS:.0f} s: {what}; {self.order}"
            time.sleep(0.005)

    # What the handler threads call.

    def register(self, name: str, document: dict[str, Any]) -> str | None:
        extension = self.extensions.get(name)
        if extension is None:
            return None
        self.order.append(f"{name} registers")
        extension.registered = document
        return extension.identifier

    def next_event(self, identifier: str) -> dict[str, Any] | None:
        extension = next((one for one in self.extensions.values() if one.identifier == identifier), None)
        if extension is None:
            return None
        self.order.append(f"{extension.name} is ready")
        extension.ready.set()
        return self._from(extension.inbox)

    def failed(self, identifier: str, kind: str, document: dict[str, Any]) -> None:
        extension = next(one for one in self.extensions.values() if one.identifier == identifier)
        extension.errors.append((kind, document))

    def next_invocation(self) -> tuple[str, bytes] | None:
        if not self._runtime_ready.is_set():
            self.order.append("the function is ready")
            self._runtime_ready.set()
        return self._from(self._invocations)

    def result(self, kind: str, document: Any) -> None:
        self._results.put((kind, document))

    def deadline_ms(self) -> int:
        return int((time.time() + self.timeout_seconds) * 1000)

    def _from(self, inbox: "queue.Queue[Any]") -> Any:
        while not self._ended.is_set():
            try:
                return inbox.get(timeout=0.1)
            except queue.Empty:
                continue
        return None


def memory_of(pid: int) -> dict[str, int]:
    """Kilobytes of a process on Linux: `Rss`, `Pss` (shared pages divided among those that share them), and `peak`."""
    rollup = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    found = {line.partition(":")[0]: int(line.split()[1]) for line in rollup[1:] if line.endswith("kB")}
    status = Path(f"/proc/{pid}/status").read_text().splitlines()
    peak = next(line for line in status if line.startswith("VmHWM"))
    return {"Rss": found["Rss"], "Pss": found["Pss"], "peak": int(peak.split()[1])}


def _has_ended(extension: _Extension) -> bool:
    return extension.process is not None and extension.process.poll() is not None


def _collect(process: "subprocess.Popen[bytes]", output: list[str]) -> None:
    assert process.stdout is not None
    with process.stdout as stream:
        output.extend(line.decode(errors="replace").rstrip("\n") for line in stream)
