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
from sandbox.fidelity.lambda_python.extension import (
    ExtensionFactory,
    ExtensionProcesses,
    ExtensionProcessesFactory,
    LocalExtension,
)
from sandbox.fidelity.lambda_python.folders import ExecutionFolders, make_folders, write_bootstrap
from sandbox.fidelity.lambda_python.local_api import local_api
from sandbox.fidelity.lambda_python.output import OutputReader
from sandbox.fidelity.lambda_python.waiting import NextInvocation, end_waiting, serve_without_polling
from sandbox.fidelity.settings import FidelitySettings
from sandbox.lambda_runtime.interpreters import (
    Interpreter,
    NoInterpreterError,
    best_interpreter,
    installed_candidates,
    probed_minor,
    runtime_minor,
)
from sandbox.processes import note_process

logger = logging.getLogger("gatehouse.lambda")

lambda_service = emulator_module("services.lambda_svc")

# How long AWS waits for the runtime to end before its extensions are told, where there are any:
# https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtime-environment.html#runtimes-lifecycle-shutdown
RUNTIME_SHUTDOWN_SECONDS = 0.3
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
    processes: ClassVar[list[ExtensionProcessesFactory]] = []
    """What starts the extensions of a function's layers: one, or none (a plain attribute would become a method)."""
    spawning = threading.local()
    """`worker` is the one that is being started on this thread: the package's wraps ask for it."""

    def __init__(self, func_name: str, config: dict[str, Any], code_zip: bytes) -> None:
        super().__init__(func_name, config, code_zip)
        self.config: dict[str, Any] = config
        self.log_stream = ""
        self._folders: ExecutionFolders | None = None
        self._extensions: list[LocalExtension] = []
        self._beside: ExtensionProcesses | None = None
        self._request_id = ""
        self._init_ends = 0.0
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
            folders = make_folders(task_root, [archive for archive in layers if archive], interpreter)
        except (NoInterpreterError, zipfile.BadZipFile) as error:
            raise InitError({"errorMessage": str(error), "errorType": "Runtime.InvalidEntrypoint"}) from error
        # Isolated, and without any site-packages: only what the function, its layers and the runtime bring.
        packages = self.settings.lambda_runtime_packages
        command = [interpreter.executable, "-I", "-S", START_SCRIPT, packages, task_root, folders.layers]
        write_bootstrap(folders, [*map(str, command), runtime, str(self.config["Handler"])])
        self._folders = folders
        self._beside = self.processes[0](self.config) if self.processes else None
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
                interpreter_folder=self._folders.interpreter,
            )
        )
        port = int(runtime_api.rpartition(":")[2])
        execution |= {name: value for one in self._extensions for name, value in one.variables(port).items()}
        if self._beside is not None:
            # Here, because on AWS they have registered before the function's process starts.
            self._await_extensions(self._beside.start(execution, self._folders.layers, patience=self._init_left()))
        return execution

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
        self._request_id = request_id
        if self._beside is not None and self._beside.failure is not None:
            self._teardown()  # an extension ended between two invocations: AWS begins with a new environment
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
        if self._beside is not None and self._proc is not None:
            answer = self._settled(self._beside, answer)
        return answer

    def _settled(self, beside: ExtensionProcesses, answer: dict[str, Any]) -> dict[str, Any]:
        """The environment is free when its extensions are: until then AWS has no other invocation for it."""
        done = beside.settled()
        failure = beside.failure
        log = answer.get("log")
        if failure is not None:
            answer = self._failure(self._extension_payload(beside))
        elif not done:
            logger.warning("%s: its extensions did not end with the invocation's time", self.config["FunctionName"])
        if failure is not None or not done:
            self._teardown()
        return {**answer, "log": "\n".join(filter(None, (log, answer.get("log") if failure else "", beside.output())))}

    def _failure(self, payload: dict[str, Any]) -> dict[str, Any]:
        message = payload.get("errorMessage", "")
        return {"status": "error", "error": message, "error_payload": payload, "log": self._drain_stderr()}

    def _spawn(self, init_timeout: float | None = None) -> None:
        self._teardown()
        self._discard_folders()
        self._process, self._reader = None, None
        self._has_reader.clear()
        self._init_ends = time.monotonic() + (init_timeout or lambda_runtime._PROVIDED_INIT_TIMEOUT)
        self._beside = None  # made with the folders: until then the last one may still be ended
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
            raise InitError(mapping(self._init_error) or self._exit_payload(self._request_id)) from error
        if self._beside is not None:
            self._await_extensions(self._beside.initialised(patience=self._init_left()))

    def _init_left(self) -> float:
        return max(0.0, self._init_ends - time.monotonic())

    def _await_extensions(self, done: bool) -> None:  # noqa: FBT001 - what the port's methods answered
        if self._beside is not None and self._beside.failure is not None:
            raise InitError(self._extension_payload(self._beside))
        if not done:
            raise lambda_runtime.ProvidedInitTimeout("its extensions did not initialise in time")

    def _extension_payload(self, beside: ExtensionProcesses) -> dict[str, Any]:
        failure = beside.failure
        if failure is None:
            raise RuntimeError("no extension has failed")
        message = f"RequestId: {self._request_id} Error: {failure.reason}"
        return {"errorMessage": message, "errorType": failure.error_type}

    def _teardown(self) -> None:
        running = self._process is not None and self._process.poll() is None
        self.end_extensions("timeout" if running and not self._init_error else "failure")
        super()._teardown()
        end_waiting(self._pending)

    @property
    def _server(self) -> Any:
        return self._serving

    @_server.setter
    def _server(self, server: Any) -> None:
        if server is not None:
            serve_without_polling(server)  # the emulator sets it before the server serves
        self._serving = server

    def extension_output(self) -> str:
        """What the extensions wrote that is in no invocation's log yet."""
        return "" if self._beside is None else self._beside.output()

    def end_extensions(self, reason: str) -> None:
        """Ends the function's process and then its extensions, in this order as AWS does."""
        beside, process = self._beside, self._process
        if beside is None:
            return
        if beside.present and process is not None and process.poll() is None:
            process.terminate()
            try:
                process.wait(RUNTIME_SHUTDOWN_SECONDS)
            except subprocess.TimeoutExpired:
                process.kill()
        beside.stop(reason)

    def _exit_payload(self, request_id: str) -> dict[str, Any]:
        """What AWS answers when the function's process ended by itself."""
        code = None if self._process is None else self._process.poll()
        how = f"exit status {code}"
        if code is not None and code < 0:
            how = f"signal: {signal.strsignal(-code)}".lower()
        message = f"RequestId: {request_id} Error: Runtime exited with error: {how}"
        return {"errorMessage": message, "errorType": "Runtime.ExitError"}

    def _build_handler_class(self, generation: int, pending: Any) -> type:
        served = super()._build_handler_class(generation, NextInvocation(pending))
        beside = self._beside
        if beside is not None:
            beside.on_failure(lambda: self._record_init_error(generation, self._extension_payload(beside)))
        return local_api(served, self._extensions, beside, invoking=self._first_poll.is_set)

    def _pump_output(self, stream: Any, log_queue: Any) -> None:
        del log_queue  # lines are kept by the reader
        self._reader = OutputReader(stream.raw)
        self._has_reader.set()
        self._reader.run()

    def _drain_stderr(self) -> str:
        written = "" if self._beside is None else self._beside.output()
        if self._process is None:
            return written
        self._has_reader.wait()
        own = "" if self._reader is None else self._reader.drain()
        return "\n".join(filter(None, (written, own)))

    def _drain_stderr_bounded(self, *_: float, **__: float) -> str:
        return self._drain_stderr()

    def _discard_tmpdir(self) -> None:
        super()._discard_tmpdir()
        self._discard_folders()

    def _discard_folders(self) -> None:
        if self._folders is not None:
            shutil.rmtree(self._folders.root, ignore_errors=True)
            self._folders = None
