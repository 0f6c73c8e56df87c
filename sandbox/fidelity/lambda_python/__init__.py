"""Gap: the emulator runs Python functions in a loop of its own, on its own interpreter, inside its own environment.

What the emulator does (ministack 1.5.33, `LAMBDA_EXECUTOR=local`):

- the function runs on the emulator's Python whatever its runtime, and can import everything that is installed there, so
  a package missing in the archive does not show;
- its environment is the emulator's, with every variable of it;
- an uncaught exception ends the process, so `raise Exception("Unauthorized")` of an authorizer makes the next call a
  cold start; the error type is always `Runtime.HandlerError`, without a stack trace;
- nothing handles the root logger: warnings come without level, time and request id, and a configured level is lost;
- every invocation of a function that writes nothing takes 50 ms longer.

What AWS does: the runtime interface client (https://github.com/aws/aws-lambda-python-runtime-interface-client) loads
the handler on the runtime's Python with the function's archive, its layers and the runtime's libraries on the search
path (https://docs.aws.amazon.com/lambda/latest/dg/python-package.html), passes the documented variables
(https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html), reports an exception with its class name
and stack trace (https://docs.aws.amazon.com/lambda/latest/dg/python-exceptions.html) and goes on with the next
invocation, and installs a handler on the root logger
(https://docs.aws.amazon.com/lambda/latest/dg/python-logging.html).

The wrap: Python functions run in that very client, by the emulator's worker for custom runtimes (it serves the Lambda
Runtime API, https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html), on the best matching installed
interpreter. Not covered: durable functions and the emulator's own guard against functions that call themselves
without end.
"""

from collections.abc import Callable
from functools import wraps
from pathlib import Path
from typing import Any

from sandbox.fidelity.lambda_python.worker import PythonWorker, lambda_runtime, lambda_service
from sandbox.fidelity.settings import FidelitySettings
from sandbox.fidelity.wrapping import require_parameters, wrap


def apply(settings: FidelitySettings) -> None:
    """Routes Python functions to the worker for custom runtimes, and that to our interpreter and environment."""
    PythonWorker.settings = settings
    base = lambda_runtime.ProvidedWorker
    require_parameters(base, "_spawn", ("self", "init_timeout"))
    require_parameters(base, "_await_init", ("self", "init_timeout"))
    require_parameters(base, "_build_handler_class", ("self", "generation", "pending"))
    require_parameters(base, "_pump_output", ("self", "stream", "log_queue"))
    require_parameters(base, "invoke", ("self", "event", "request_id", "trace_id", "invoked_function_arn"))
    require_parameters(lambda_runtime, "execution_credentials", ("config",))
    require_parameters(lambda_runtime, "_account_region_from_function_config", ("config",))
    require_parameters(lambda_service, "_resolve_layer_zip", ("attachment",))
    executor = ("func", "event", "request_id")
    require_parameters(lambda_service, "_execute_function_provided_warm", executor)
    wrap(lambda_service, "_execute_function_warm", executor, _as_custom_runtime, by=__name__)
    wrap(lambda_runtime, "_worker_class_for", ("config",), _our_worker, by=__name__)
    wrap(lambda_service, "_provided_runtime_code_dir", ("code_zip",), _our_folder, by=__name__)
    wrap(lambda_service, "_provided_worker_env", ("config", "code_dir", "port"), _our_environment, by=__name__)


def _is_python(config: Any) -> bool:
    return str(config.get("Runtime", "")).startswith("python")


def _as_custom_runtime(original: Callable[..., Any]) -> Callable[..., Any]:
    @wraps(original)
    def execute(func: Any, event: Any, request_id: str) -> Any:
        if _is_python(func.get("config") or func):
            return lambda_service._execute_function_provided_warm(func, event, request_id)
        return original(func, event, request_id)

    return execute


def _our_worker(original: Callable[..., Any]) -> Callable[..., Any]:
    @wraps(original)
    def worker_class(config: Any) -> Any:
        return PythonWorker if _is_python(config) else original(config)

    return worker_class


def _our_folder(original: Callable[[bytes], str]) -> Callable[[bytes], str]:
    @wraps(original)
    def code_folder(code_zip: bytes) -> str:
        unpacked = original(code_zip)
        worker: PythonWorker | None = getattr(PythonWorker.spawning, "worker", None)
        return unpacked if worker is None else str(worker.prepare(Path(unpacked)))

    return code_folder


def _our_environment(original: Callable[..., dict[str, str]]) -> Callable[..., dict[str, str]]:
    @wraps(original)
    def environment(config: Any, code_dir: str, port: int) -> dict[str, str]:
        worker: PythonWorker | None = getattr(PythonWorker.spawning, "worker", None)
        if worker is None:
            return original(config, code_dir, port)
        return worker.environment(f"127.0.0.1:{port}")

    return environment
