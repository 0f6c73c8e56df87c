"""Gap: extensions in a function's layers never run.

What the emulator does: it lays out layers for the search path of modules and starts nothing of them.

What AWS does (https://docs.aws.amazon.com/lambda/latest/dg/runtimes-extensions-api.html,
https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtime-environment.html, and where these are silent AWS's own
https://github.com/aws/aws-lambda-runtime-interface-emulator): every file directly in `/opt/extensions` is started
before the runtime, with the function's variables but those of the runtime; all of them register with the Extensions
API, the function initialises, and all ask for their first event, within the 10 seconds of the init phase. An invocation
is sent to those that registered for INVOKE, the first one too, and the environment is free when they ask for the next
event. At the end the runtime gets SIGTERM, then those that registered for SHUTDOWN have until its deadline, 2 seconds
after the end began; the others are killed. One that does not start (`Extension.LaunchError`, for
example without the executable bit that the layer's zip carries), reports an error (`Extension.InitError`,
`Extension.ExitError`) or just ends (`Extension.Crash`) fails the initialisation or the invocation. What extensions
write is in the function's log.

The wrap runs them like this beside every Python function, in process groups of their own that end with the environment.
Not covered: the Telemetry and the Logs API, which answer as AWS's emulator does that they are not supported; freezing
between invocations, so that an extension's timers go on; the answer of an invocation waits for its extensions.
"""

import threading
import time
from collections.abc import Callable, Mapping
from functools import wraps
from typing import Any

from sandbox.fidelity.emulator import emulator_module, mapping
from sandbox.fidelity.lambda_extensions.environment import LayerExtensions
from sandbox.fidelity.lambda_python.custom_runtime import lambda_runtime
from sandbox.fidelity.lambda_python.worker import PythonWorker
from sandbox.fidelity.settings import FidelitySettings
from sandbox.fidelity.wrapping import require_parameters, wrap

logs = emulator_module("services.cloudwatch_logs")


def apply(settings: FidelitySettings) -> None:
    """Has every execution environment start the extensions of its layers; needs `lambda_python`."""
    del settings
    for name in ("_create_log_group", "_create_log_stream", "_put_log_events"):
        require_parameters(logs, name, ("data",))
    PythonWorker.processes[:] = [_extensions_of]
    wrap(lambda_runtime, "kill_workers", ("workers",), _ending_extensions_first, by=__name__)


def _extensions_of(configuration: Mapping[str, Any]) -> LayerExtensions:
    return LayerExtensions(
        function_name=str(configuration["FunctionName"]),
        function_version=str(configuration.get("Version", "$LATEST")),
        handler=str(configuration.get("Handler", "")),
        account_id=str(configuration["FunctionArn"]).split(":")[4],
    )


def _ending_extensions_first(original: Callable[[Any], None]) -> Callable[[Any], None]:
    @wraps(original)
    def kill_workers(workers: Any) -> None:
        workers = list(workers)
        end_extensions(workers)
        original(workers)

    return kill_workers


def end_extensions(workers: Any) -> None:
    """Ends the extensions of all these environments at the same time, and keeps what they wrote at the end."""
    ending = [
        threading.Thread(target=_end, args=(worker,), name="ends-extensions")
        for worker in workers
        if isinstance(worker, PythonWorker)
    ]
    for thread in ending:
        thread.start()
    for thread in ending:
        thread.join()


def _end(worker: PythonWorker) -> None:
    worker.end_extensions("spindown")
    lines = worker.extension_output().splitlines()
    if not lines:
        return
    group = (
        mapping(worker.config.get("LoggingConfig")).get("LogGroup") or f"/aws/lambda/{worker.config['FunctionName']}"
    )
    if group in logs._log_groups:  # else it was deleted with the function
        if worker.log_stream not in logs._log_groups[group]["streams"]:
            logs._create_log_stream({"logGroupName": group, "logStreamName": worker.log_stream})
        now = int(time.time() * 1000)
        events = [{"timestamp": now, "message": line} for line in lines]
        logs._put_log_events({"logGroupName": group, "logStreamName": worker.log_stream, "logEvents": events})
