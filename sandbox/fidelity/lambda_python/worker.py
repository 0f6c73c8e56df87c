"""One execution environment of a Python function: its folders, its process and the answers to its invocations.

Built on the emulator's worker for custom runtimes, which serves AWS's Lambda Runtime API on the loopback and starts an
executable called `bootstrap`: here that is the chosen interpreter with AWS's runtime interface client. Deliberately one
invocation at a time, as on AWS.
"""

import logging
import shutil
import signal
import subprocess
import threading
import time
import uuid
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any, ClassVar

from sandbox.fidelity.emulator import emulator_module, mapping, members
from sandbox.fidelity.lambda_python.custom_runtime import CustomRuntimeWorker, lambda_runtime
from sandbox.fidelity.lambda_python.environment import Execution, function_environment
from sandbox.fidelity.lambda_python.extension import ExtensionFactory, LocalExtension
from sandbox.fidelity.lambda_python.folders import ExecutionFolders, make_folders, write_bootstrap
from sandbox.fidelity.lambda_python.interpreters import (
    Interpreter,
    NoInterpreterError,
    best_interpreter,
    installed_candidates,
    probed_minor,
    runtime_minor,
)
from sandbox.fidelity.lambda_python.output import OutputReader
from sandbox.fidelity.settings import FidelitySettings
from sandbox.processes import note_process

logger = logging.getLogger("gatehouse.lambda")

lambda_service = emulator_module("services.lambda_svc")

START_SCRIPT = Path(__file__).resolve().parents[2] / "lambda_runtime" / "client" / "start.py"


class InitError(RuntimeError):
    """The function did not come up; `payload` is what AWS answers to the invocation."""

    def __init__(self, payload: Mapping[str, Any]) -> None:
        super().__init__(payload.get("errorMessage", ""))
        self.payload = dict(payload)


class Interpreters:
    """Which interpreter serves which runtime on this machine; each choice is made and logged once."""

    def __init__(self) -> None:
        self._chosen: dict[str, Interpreter] = {}
        self._lock = threading.Lock()

    def choose(self, runtime: str) -> Interpreter:
        """The interpreter for a runtime such as `python3.12`. Raises `NoInterpreterError`."""
        with self._lock:
            if runtime not in self._chosen:
                chosen = best_interpreter(runtime, installed_candidates, probed_minor)
                exact = chosen.minor == runtime_minor(runtime)
                note = "" if exact else f", the nearest to {runtime} that is installed"
                logger.info("functions of %s run on Python 3.%d%s: %s", runtime, chosen.minor, note, chosen.executable)
                self._chosen[runtime] = chosen
            return self._chosen[runtime]


class PythonWorker(CustomRuntimeWorker):
    """See the module. Used by the emulator's pool; the names that start with `_` are the ones that it calls."""

    settings: FidelitySettings
    interpreters = Interpreters()
    extensions: ClassVar[dict[str, ExtensionFactory]] = {}
    """What stands for AWS's own extensions, by name; each environment of a function that carries one gets its own."""
    spawning = threading.local()
    """`worker` is the one that is being started on this thread: the package's wraps ask for it."""

    def __init__(self, func_name: str, config: dict[str, Any], code_zip: bytes) -> None:
        super().__init__(func_name, config, code_zip)
        self.config: dict[str, Any] = config
        self.log_stream = ""
        self._folders: ExecutionFolders | None = None
        self._extensions: list[LocalExtension] = []
        self._process: subprocess.Popen[bytes] | None = None
        self._reader: OutputReader | None = None
        self._has_reader = threading.Event()

    def prepare(self, task_root: Path) -> Path:
        """Lays out the folders around the unpacked code and answers the one with `bootstrap`.

        Raises `InitError` when the machine has no interpreter for it or a layer is damaged.
        """
        runtime = str(self.config.get("Runtime", ""))
        layers = (lambda_service._resolve_layer_zip(layer) for layer in members(self.config.get("Layers")))
        try:
            interpreter = self.interpreters.choose(runtime)
            folders = make_folders(task_root, [archive for archive in layers if archive])
        except (NoInterpreterError, zipfile.BadZipFile) as error:
            raise InitError({"errorMessage": str(error), "errorType": "Runtime.InvalidEntrypoint"}) from error
        # Isolated, and without any site-packages: only what the function, its layers and the runtime bring.
        packages = self.settings.lambda_runtime_packages
        command = [interpreter.executable, "-I", "-S", START_SCRIPT, packages, task_root, folders.layers]
        write_bootstrap(folders, [*map(str, command), runtime, str(self.config["Handler"])])
        self._folders = folders
        return folders.root

    def environment(self, runtime_api: str) -> dict[str, str]:
        """The variables of the process that is being started."""
        if self._folders is None:
            raise RuntimeError("the folders come before the environment")
        _, region = lambda_runtime._account_region_from_function_config(self.config)
        version = self.config.get("Version", "$LATEST")
        self.log_stream = f"{time.strftime('%Y/%m/%d', time.gmtime())}/[{version}]{uuid.uuid4().hex}"
        execution = function_environment(
            Execution(
                configuration=self.config,
                credentials=lambda_runtime.execution_credentials(self.config),
                region=region,
                endpoint_url=self.settings.emulator_url,
                runtime_api=runtime_api,
                log_stream=self.log_stream,
                task_root=self._folders.task_root,
                layers=self._folders.layers,
                home=self._folders.home,
                runtime_packages=self.settings.lambda_runtime_packages,
                interpreter_folder=self.interpreters.choose(str(self.config["Runtime"])).executable.parent,
            )
        )
        port = int(runtime_api.rpartition(":")[2])
        return execution | {name: value for one in self._extensions for name, value in one.variables(port).items()}

    def invoke(
        self,
        event: Any,
        request_id: str,
        *,
        trace_id: str | None = None,
        invoked_function_arn: str | None = None,
        **_carried_otherwise: Any,
    ) -> dict[str, Any]:
        """Runs one invocation; answers `status`, `result` or `error_payload` (AWS's error document), `log`."""
        try:
            answer = super().invoke(event, request_id, trace_id=trace_id, invoked_function_arn=invoked_function_arn)
        except InitError as error:
            return self._failure(error.payload)
        except lambda_runtime.ProvidedInitTimeout:
            timeout = self.config.get("Timeout", 3)
            payload = {"errorMessage": f"Task timed out after {timeout}.00 seconds", "errorType": "Sandbox.Timedout"}
            return self._failure(payload)
        payload = mapping(answer.get("error_payload"))
        if payload.get("errorType") == "Runtime.ExitError":
            answer["error_payload"] = self._exit_payload(request_id)
        return answer

    def _failure(self, payload: dict[str, Any]) -> dict[str, Any]:
        message = payload.get("errorMessage", "")
        return {"status": "error", "error": message, "error_payload": payload, "log": self._drain_stderr()}

    def _spawn(self, init_timeout: float | None = None) -> None:
        self._discard_folders()
        self._has_reader.clear()
        made = (factory(self.config) for factory in self.extensions.values())
        self._extensions = [one for one in made if one is not None]
        self.spawning.worker = self
        try:
            super()._spawn(init_timeout)
        finally:
            self.spawning.worker = None

    def _await_init(self, init_timeout: float | None = None) -> None:
        self._process = self._proc
        if self._process is not None and self._folders is not None:
            note_process(self._folders.root, self._process.pid)
        try:
            super()._await_init(init_timeout)
        except lambda_runtime.ProvidedInitTimeout:
            raise
        except RuntimeError as error:
            raise InitError(mapping(self._init_error) or self._exit_payload("")) from error

    def _exit_payload(self, request_id: str) -> dict[str, Any]:
        """What AWS answers when the function's process ended by itself."""
        code = None if self._process is None else self._process.poll()
        how = f"exit status {code}"
        if code is not None and code < 0:
            how = f"signal: {signal.strsignal(-code)}".lower()
        message = f"RequestId: {request_id} Error: Runtime exited with error: {how}"
        return {"errorMessage": message, "errorType": "Runtime.ExitError"}

    def _build_handler_class(self, generation: int, pending: Any) -> type:
        served = super()._build_handler_class(generation, pending)
        extensions = self._extensions
        invoking = self._first_poll  # set when the function asks for its first invocation

        def get(handler: Any) -> None:
            for extension in extensions:
                answer = extension.answer(handler.path, handler.headers, invoking=invoking.is_set())
                if answer is not None:
                    handler.send_response(answer.status)
                    handler.send_header("Content-Type", answer.content_type)
                    handler.send_header("Content-Length", str(len(answer.body)))
                    handler.end_headers()
                    handler.wfile.write(answer.body)
                    return
            served.do_GET(handler)

        # One packet per answer, sent at once: header and body in two would wait 40 ms for each other's acknowledgement.
        return type("LocalApi", (served,), {"disable_nagle_algorithm": True, "wbufsize": -1, "do_GET": get})

    def _pump_output(self, stream: Any, log_queue: Any) -> None:
        del log_queue  # lines are kept by the reader
        self._reader = OutputReader(stream.raw)
        self._has_reader.set()
        self._reader.run()

    def _drain_stderr(self) -> str:
        if self._process is None:
            return ""
        self._has_reader.wait()
        return "" if self._reader is None else self._reader.drain()

    def _drain_stderr_bounded(self, *_: float, **__: float) -> str:
        return self._drain_stderr()

    def _discard_tmpdir(self) -> None:
        super()._discard_tmpdir()
        self._discard_folders()

    def _discard_folders(self) -> None:
        if self._folders is not None:
            shutil.rmtree(self._folders.root, ignore_errors=True)
            self._folders = None
