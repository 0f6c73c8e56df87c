"""The emulator's worker for custom runtimes, with the types that it lacks: only what is used of it here.

`sandbox.fidelity.lambda_python.apply` checks at start that the emulator's class still has these.
"""

import queue
import subprocess
import threading
from typing import TYPE_CHECKING, Any

from sandbox.fidelity.emulator import emulator_module

lambda_runtime = emulator_module("core.lambda_runtime")

if TYPE_CHECKING:

    class CustomRuntimeWorker:
        """One execution environment: serves the Lambda Runtime API and starts an executable called `bootstrap`."""

        _proc: subprocess.Popen[bytes] | None
        _init_error: Any
        _first_poll: threading.Event
        _generation: int
        _pending: queue.Queue[Any]

        def __init__(self, func_name: str, config: dict[str, Any], code_zip: bytes) -> None: ...

        def invoke(
            self,
            event: Any,
            request_id: str,
            *,
            trace_id: str | None = None,
            invoked_function_arn: str | None = None,
        ) -> dict[str, Any]:
            """Runs one invocation, starting the process if there is none."""
            ...

        def _spawn(self, init_timeout: float | None = None) -> None:
            """Starts the process and waits until it asks for an invocation."""

        def _await_init(self, init_timeout: float | None = None) -> None:
            """Raises `ProvidedInitTimeout`, or another `RuntimeError` when initialising failed."""

        def _record_init_error(self, generation: int, payload: Any) -> None:
            """Fails the initialisation that is going on, or the invocation."""

        def _teardown(self) -> None:
            """Ends the process and the Lambda Runtime API; what is not there is left out."""

        def _build_handler_class(self, generation: int, pending: Any) -> Any:
            """The HTTP handler of the Lambda Runtime API."""

        def _discard_tmpdir(self) -> None:
            """Called when the worker is given up, after its process."""

else:
    CustomRuntimeWorker = lambda_runtime.ProvidedWorker
