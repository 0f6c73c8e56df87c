"""The extensions of one execution environment, from the start of their processes to the end of the last one.

    start ──> all registered ──> (the function initialises) ──> all ready ──> INVOKE ... ──> SHUTDOWN ──> all gone

It fits `ExtensionProcesses` of `lambda_python`, whose worker calls it in this order.
"""

import time
from collections.abc import Callable, Mapping
from pathlib import Path

from sandbox.fidelity.lambda_extensions.api import INVOKE, MOST_EXTENSIONS, SHUTDOWN, ExtensionsApi, State
from sandbox.fidelity.lambda_extensions.process import ExtensionProcess
from sandbox.fidelity.lambda_python.extension import ExtensionFailure, LocalAnswer, LocalRequest

EXTENSIONS_FOLDER = "extensions"
LAUNCH_ERROR = "Extension.LaunchError"
# https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtime-environment.html#runtimes-lifecycle-shutdown
SHUTDOWN_SECONDS = 2.0
# Extensions get the function's variables without those of its runtime:
# https://docs.aws.amazon.com/lambda/latest/dg/runtimes-extensions-api.html#runtimes-extensions-api-reg
OF_THE_RUNTIME = frozenset(
    {
        "AWS_EXECUTION_ENV",
        "AWS_LAMBDA_LOG_GROUP_NAME",
        "AWS_LAMBDA_LOG_STREAM_NAME",
        "AWS_XRAY_CONTEXT_MISSING",
        "AWS_XRAY_DAEMON_ADDRESS",
        "LAMBDA_RUNTIME_DIR",
        "LAMBDA_TASK_ROOT",
    }
)


class LayerExtensions:
    """See the module and `ExtensionProcesses`."""

    def __init__(self, *, function_name: str, function_version: str, handler: str, account_id: str) -> None:
        """Take what a registration is answered."""
        facts = {"functionName": function_name, "functionVersion": function_version}
        self._api = ExtensionsApi({**facts, "handler": handler, "accountId": account_id})
        self._processes: list[ExtensionProcess] = []
        self._lines: list[str] = []
        self._reported = False
        self._deadline = 0.0  # of the invocation, seconds since 1970

    @property
    def failure(self) -> ExtensionFailure | None:
        """See `ExtensionProcesses`."""
        return self._api.failure

    @property
    def present(self) -> bool:
        """See `ExtensionProcesses`."""
        return bool(self._processes)

    def on_failure(self, tell: Callable[[], None]) -> None:
        """See `ExtensionProcesses`."""
        self._api.on_failure(tell)

    def start(self, variables: Mapping[str, str], layers: Path, *, patience: float) -> bool:
        """See `ExtensionProcesses`."""
        executables = found_executables(layers)
        self._api.expect([executable.name for executable in executables])
        environment = extension_variables(variables)
        for number, executable in enumerate(executables):
            if number >= MOST_EXTENSIONS:
                self._not_started(executable, f"more than {MOST_EXTENSIONS} extensions")
                break
            try:
                process = ExtensionProcess(executable, environment, self._ended(executable.name))
            except OSError as error:
                self._not_started(executable, (error.strerror or type(error).__name__).lower())
                break
            self._processes.append(process)
        done = self._api.registered(patience)
        if self.failure is not None:
            self._report()
        return done

    def initialised(self, *, patience: float) -> bool:
        """See `ExtensionProcesses`."""
        done = self._api.ready(patience)
        self._report()
        return done

    def invoke(self, invocation: Mapping[str, str]) -> None:
        """See `ExtensionProcesses`."""
        deadline = int(invocation["Lambda-Runtime-Deadline-Ms"])
        self._deadline = deadline / 1000
        event: dict[str, object] = {
            "eventType": INVOKE,
            "deadlineMs": deadline,
            "requestId": invocation["Lambda-Runtime-Aws-Request-Id"],
            "invokedFunctionArn": invocation["Lambda-Runtime-Invoked-Function-Arn"],
        }
        if "Lambda-Runtime-Trace-Id" in invocation:
            event["tracing"] = {"type": "X-Amzn-Trace-Id", "value": invocation["Lambda-Runtime-Trace-Id"]}
        self._api.send(event)

    def settled(self) -> bool:
        """See `ExtensionProcesses`."""
        return self._api.settled(max(0.0, self._deadline - time.time()))

    def answer(self, request: LocalRequest) -> LocalAnswer | None:
        """See `ExtensionProcesses`."""
        return self._api.answer(request)

    def output(self) -> str:
        """See `ExtensionProcesses`."""
        lines, self._lines = self._lines, []
        return "\n".join(filter(None, [*(process.output() for process in self._processes), *lines]))

    def stop(self, reason: str) -> None:
        """See `ExtensionProcesses`."""
        if not self._api.closing():
            return
        ends = time.monotonic() + SHUTDOWN_SECONDS
        told = self._api.subscribed(SHUTDOWN)
        deadline = int((time.time() + SHUTDOWN_SECONDS) * 1000)
        self._api.send({"eventType": SHUTDOWN, "shutdownReason": reason, "deadlineMs": deadline})
        for process in self._processes:
            if process.name in told:
                process.wait(max(0.0, ends - time.monotonic()))
        for process in self._processes:
            process.kill()
        self._api.close()

    def _ended(self, name: str) -> Callable[[str], None]:
        return lambda how: self._api.ended(name, how)

    def _not_started(self, executable: Path, problem: str) -> None:
        # The path as it is on AWS, which is what its message says.
        reason = f"fork/exec /opt/{EXTENSIONS_FOLDER}/{executable.name}: {problem}"
        failure = ExtensionFailure(error_type=LAUNCH_ERROR, reason=reason)
        self._api.failed(executable.name, failure, state=State.LAUNCH_ERROR)

    def _report(self) -> None:
        if not self._reported:
            self._reported = True
            self._lines += self._api.lines()


def found_executables(layers: Path) -> list[Path]:
    """What AWS starts: every file directly in the folder `extensions`, whatever its mode, by name."""
    folder = layers / EXTENSIONS_FOLDER
    if not folder.is_dir():
        return []
    return sorted(path for path in folder.iterdir() if not path.is_dir())


def extension_variables(variables: Mapping[str, str]) -> dict[str, str]:
    """The variables of an extension's process, from those of the function's."""
    return {name: value for name, value in variables.items() if name not in OF_THE_RUNTIME and not name.startswith("_")}
