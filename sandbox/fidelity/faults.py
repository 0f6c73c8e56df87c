"""Faults on demand, so that tests can see what a system does when AWS fails. No gap; for the sandbox only.

A fault waits for calls that it is about, strikes as many as it was told, and is gone:

    POST /_gatehouse/faults    {"kind": "error", "service": "dynamodb", "action": "PutItem", "times": 2,
                                "error": {"code": "ThrottlingException"}}                  -> {"fault": 1}
    GET /_gatehouse/faults     those that still wait
    POST /_gatehouse/faults/clear
    POST /_gatehouse/kill      {"function": "tenant-data"}: ends the processes of invocations in progress, now
    POST /_gatehouse/expire    {"principal": ARN of a role or of one of its sessions}: ends credentials, now

Kinds: `error` (an AWS error), `delay` (`milliseconds`), `cut` (the connection breaks off within the answer), `kill`
(the process of `function` ends while it waits for this call). `when` is `before` (default) or `after` the call was
carried out: a call that fails after it was carried out is what idempotency is for. `resource` (ARN or name) and
`principal` (ARN of a role or session) narrow down further. Deliberately no chance: a fault strikes or it does not.

A `delay` before a TransactWriteItems keeps its items in the transaction for so long: other writes of them conflict
(`dynamodb.transaction_conflicts`). Members of an error beside code and message are its `extra`, such as the
`CancellationReasons` of a TransactionCanceledException.
"""

import asyncio
import itertools
import threading
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import asdict, dataclass, field
from functools import wraps
from typing import Any, Final, cast
from xml.sax.saxutils import escape

from sandbox.fidelity.current_request import ConnectionCutError, current_request
from sandbox.fidelity.dynamodb.transaction_conflicts import HOLD_NOTE
from sandbox.fidelity.emulator import emulator_module
from sandbox.fidelity.iam.role_sessions import expire_sessions, role_prefix
from sandbox.fidelity.request_log import DISPATCH_PARAMETERS, call_facts, names_resource
from sandbox.fidelity.settings import FidelitySettings
from sandbox.fidelity.wrapping import require_parameters, wrap

application = emulator_module("app")
iam_evaluator = emulator_module("core.iam_evaluator")
lambda_runtime = emulator_module("core.lambda_runtime")
responses = emulator_module("core.responses")

KINDS: Final = frozenset({"error", "delay", "cut", "kill"})
MOMENTS: Final = frozenset({"before", "after"})
TRANSACTION: Final = "TransactWriteItems"
LONGEST_DELAY_MILLISECONDS: Final = 60_000
# Faults of services are their own; these are on the client's side of a throttle or a mistake.
DEFAULT_STATUS: Final = 400
SERVER_FAULTS: Final[Mapping[str, int]] = {
    "InternalServerError": 500,
    "InternalFailure": 500,
    "InternalServiceError": 500,
    "ServiceUnavailable": 503,
    "ServiceUnavailableException": 503,
}

Answer = tuple[int, dict[str, str], Any]
Dispatcher = Callable[..., Awaitable[Answer]]


@dataclass(kw_only=True)
class Fault:
    """One waiting fault, as it was asked for; `times` counts down."""

    number: int
    kind: str
    service: str
    action: str | None = None
    resource: str | None = None
    principal: str | None = None
    when: str = "before"
    times: int = 1
    milliseconds: int = 0
    function: str | None = None
    error: dict[str, Any] = field(default_factory=dict[str, Any])

    def concerns(self, facts: Mapping[str, Any], caller: str) -> bool:
        """Whether the fault is about a call with these facts (`request_log.call_facts`) by this caller."""
        return (
            self.service == facts["service"]
            and self.action in (None, facts["action"])
            and (self.resource is None or names_resource(self.resource, facts["resources"]))
            and (self.principal is None or _is_session_of(caller, self.principal))
        )


class Faults:
    """The faults that wait, safe to use from any thread."""

    def __init__(self) -> None:
        self._waiting: list[Fault] = []
        self._numbers = itertools.count(1)
        self._lock = threading.Lock()

    def add(self, asked: Mapping[str, Any]) -> dict[str, Any]:
        """Lets a fault wait; answers its number. Raises `ValueError` that says what is wrong with it."""
        fault = fault_of(asked, next(self._numbers))
        with self._lock:
            self._waiting.append(fault)
        return {"fault": fault.number}

    def clear(self, _asked: Mapping[str, Any]) -> dict[str, Any]:
        """Forgets all; answers how many there were."""
        with self._lock:
            count = len(self._waiting)
            self._waiting.clear()
        return {"cleared": count}

    def document(self, _query: Mapping[str, str]) -> dict[str, Any]:
        """What still waits."""
        with self._lock:
            return {"faults": [asdict(fault) for fault in self._waiting]}

    @property
    def any_waiting(self) -> bool:
        """Whether there is a fault at all."""
        return bool(self._waiting)

    def take(self, facts: Mapping[str, Any], caller: str) -> Fault | None:
        """The first fault that is about the call; it has one time less then."""
        with self._lock:
            fault = next((each for each in self._waiting if each.concerns(facts, caller)), None)
            if fault is not None:
                fault.times -= 1
                if fault.times <= 0:
                    self._waiting.remove(fault)
            return fault


def fault_of(asked: Mapping[str, Any], number: int) -> Fault:
    """The fault that a request asks for. Raises `ValueError` for what is missing, unknown or out of bounds."""
    known = {"kind", "service", "action", "resource", "principal", "when", "times", "milliseconds", "function", "error"}
    if unknown := set(asked) - known:
        raise ValueError(f"a fault has no {', '.join(sorted(unknown))}; it has {', '.join(sorted(known))}")
    texts = {name: asked.get(name) for name in ("kind", "service", "action", "resource", "principal", "function")}
    for name, text in texts.items():
        if text is not None and not isinstance(text, str):
            raise ValueError(f"{name} must be a text")
    if texts["kind"] not in KINDS:
        raise ValueError(f"kind must be one of {', '.join(sorted(KINDS))}")
    if not texts["service"]:
        raise ValueError("service is missing, such as dynamodb")
    if asked.get("when", "before") not in MOMENTS:
        raise ValueError("when must be before or after")
    for name, least, most in (("times", 1, 1_000_000), ("milliseconds", 0, LONGEST_DELAY_MILLISECONDS)):
        value = asked.get(name, least)
        if not isinstance(value, int) or isinstance(value, bool) or not least <= value <= most:
            raise ValueError(f"{name} must be a whole number from {least} to {most}")
    error: Any = asked.get("error", {})
    if not isinstance(error, dict) or (texts["kind"] == "error" and not cast("dict[str, Any]", error).get("code")):
        raise ValueError('error must be an object with a code, such as {"code": "ThrottlingException"}')
    if texts["kind"] == "kill" and not texts["function"]:
        raise ValueError("function is missing: whose process is to end")
    return Fault(number=number, **dict(asked))


waiting: Final = Faults()


def apply(settings: FidelitySettings) -> None:
    """Installs the wrap; raises `EmulatorChangedError` when the emulator does not have what it needs."""
    del settings
    require_parameters(iam_evaluator, "request_caller_arn", ("headers", "query_params"))
    wrap(application, "_dispatch_service_request", DISPATCH_PARAMETERS, _striking, by=__name__)


def _striking(original: Dispatcher) -> Dispatcher:
    @wraps(original)
    async def dispatch(
        method: str, path: str, headers: dict[str, str], body: bytes, query_params: Any, request_id: str
    ) -> Answer:
        if not waiting.any_waiting:
            return await original(method, path, headers, body, query_params, request_id)
        facts = call_facts(method, path, headers, body, query_params)
        fault = waiting.take(facts, iam_evaluator.request_caller_arn(headers, query_params))
        if fault is None:
            return await original(method, path, headers, body, query_params, request_id)
        if fault.when == "before":
            struck = await _strike(fault, headers, request_id)
            return struck or await original(method, path, headers, body, query_params, request_id)
        answer = await original(method, path, headers, body, query_params, request_id)
        return await _strike(fault, headers, request_id) or answer

    return dispatch


async def _strike(fault: Fault, headers: Mapping[str, str], request_id: str) -> Answer | None:
    """The answer that takes the place of the real one, if any. Raises `ConnectionCutError`."""
    match fault.kind:
        case "delay" if fault.action == TRANSACTION and fault.when == "before":
            request = current_request()
            if request is not None:
                request.notes[HOLD_NOTE] = fault.milliseconds / 1000
            return None
        case "delay":
            await asyncio.sleep(fault.milliseconds / 1000)
            return None
        case "cut":
            raise ConnectionCutError(f"fault {fault.number}")
        case "kill":
            await asyncio.to_thread(kill_running, {"function": fault.function})
            return None
        case _:
            return error_answer(fault.error, headers, request_id)


def error_answer(error: Mapping[str, Any], headers: Mapping[str, str], request_id: str) -> Answer:
    """An AWS error in the protocol of the request: `code`, and optionally `status`, `message`, `extra` (JSON only)."""
    code = str(error["code"])
    message = str(error.get("message", "injected by the sandbox"))
    status = int(error.get("status", SERVER_FAULTS.get(code, DEFAULT_STATUS)))
    common = {"x-amzn-RequestId": request_id}
    if headers.get("content-type", "").startswith("application/x-www-form-urlencoded"):
        kind = "Sender" if status < 500 else "Receiver"
        inner = f"<Type>{kind}</Type><Code>{escape(code)}</Code><Message>{escape(message)}</Message>"
        text = f"<ErrorResponse><Error>{inner}</Error><RequestId>{request_id}</RequestId></ErrorResponse>"
        return status, {**common, "Content-Type": "text/xml"}, text.encode()
    answer = responses.error_response_json(code, message, status, extra=dict(error.get("extra") or {}))
    return answer[0], {**answer[1], **common}, answer[2]


def kill_running(asked: Mapping[str, Any]) -> dict[str, Any]:
    """Ends the processes of a function that are in an invocation; answers how many. Raises `ValueError`."""
    function = asked.get("function")
    if not isinstance(function, str) or not function:
        raise ValueError("function is missing: whose process is to end")
    killed = 0
    for worker in [worker for pool in list(lambda_runtime._workers.values()) for worker in list(pool)]:
        name = getattr(worker, "config", {}).get("FunctionName")
        process = getattr(worker, "_proc", None)
        if name == function and worker.in_use and process is not None:
            process.kill()
            process.wait()
            killed += 1
    return {"killed": killed}


def expire(asked: Mapping[str, Any]) -> dict[str, Any]:
    """Ends credentials of a role or session; answers how many. Raises `ValueError`."""
    principal = asked.get("principal")
    if not isinstance(principal, str) or not principal.startswith("arn:"):
        raise ValueError("principal is missing: the ARN of a role or of one of its sessions")
    return {"expired": expire_sessions(principal)}


def _is_session_of(caller: str, principal: str) -> bool:
    prefix = role_prefix(principal)
    return caller in (principal, prefix) or caller.startswith(f"{prefix}/")
