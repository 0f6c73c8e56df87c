"""The Extensions API of one execution environment: who has registered, who waits, and what they are sent.

Source: https://docs.aws.amazon.com/lambda/latest/dg/runtimes-extensions-api.html#runtimes-extensions-registration-api,
and for the types of refusals, which that page does not list, AWS's own emulator
(https://github.com/aws/aws-lambda-runtime-interface-emulator, `rapi/handler`). Deliberately no processes: who ends, and
how, is told to `ended`.
"""

import json
import threading
import time
import uuid
from collections import deque
from collections.abc import Callable, Collection, Mapping
from enum import StrEnum
from typing import Any, Final, cast

from sandbox.fidelity.lambda_python.extension import ExtensionFailure, LocalAnswer, LocalRequest

PREFIX = "/2020-01-01/extension/"
# Where an extension subscribes to what Lambda reports: https://docs.aws.amazon.com/lambda/latest/dg/telemetry-api.html
UNSUPPORTED = {"/2022-07-01/telemetry": "Telemetry", "/2020-08-15/logs": "Logs"}
INVOKE, SHUTDOWN = "INVOKE", "SHUTDOWN"
MOST_EXTENSIONS = 10
NAME_HEADER = "Lambda-Extension-Name"
IDENTIFIER_HEADER = "Lambda-Extension-Identifier"
ERROR_HEADER = "Lambda-Extension-Function-Error-Type"
ACCOUNT_ID_FEATURE: Final = ("Lambda-Extension-Accept-Feature", "accountId")


class State(StrEnum):
    """What an extension did last."""

    STARTED = "Started"
    REGISTERED = "Registered"
    READY = "Ready"  # it waits for an event
    RUNNING = "Running"
    INIT_ERROR = "InitError"
    EXIT_ERROR = "ExitError"
    LAUNCH_ERROR = "LaunchError"


# What the end of a process means, by what it said before; anything else is a crash.
FAILURE_TYPES = {State.INIT_ERROR: "Extension.InitError", State.EXIT_ERROR: "Extension.ExitError"}


class Extension:
    """One extension. `external`: a process of its own, not a part of the function's."""

    def __init__(self, name: str, *, external: bool) -> None:
        self.name = name
        self.external = external
        self.identifier = str(uuid.uuid4())
        self.state = State.STARTED
        self.events: frozenset[str] = frozenset()
        self.inbox: deque[dict[str, Any]] = deque()

    def line(self) -> str:
        """How AWS reports it in the log after the init phase."""
        events = ",".join(sorted(self.events))
        return f"EXTENSION\tName: {self.name}\tState: {self.state}\tEvents: [{events}]"


class ExtensionsApi:
    """See the module. Requests come on threads of their own; all state is under one lock."""

    def __init__(self, facts: Mapping[str, str]) -> None:
        """`facts`: `functionName`, `functionVersion`, `handler` and `accountId`, as a registration is answered."""
        self._facts = dict(facts)
        self._changed = threading.Condition()
        self._extensions: list[Extension] = []
        self._failure: ExtensionFailure | None = None
        self._tell: Callable[[], None] = lambda: None
        self._closed = False
        self._registration_over = False

    @property
    def failure(self) -> ExtensionFailure | None:
        """The first failure."""
        return self._failure

    def on_failure(self, tell: Callable[[], None]) -> None:
        """`tell` is called when there is a failure."""
        self._tell = tell

    def expect(self, names: Collection[str]) -> None:
        """These are external: they have to register."""
        with self._changed:
            self._extensions += [Extension(name, external=True) for name in names]

    def lines(self) -> list[str]:
        """The log lines about all extensions."""
        with self._changed:
            return [extension.line() for extension in self._extensions]

    def subscribed(self, event: str) -> frozenset[str]:
        """The names of the external extensions that registered for an event."""
        with self._changed:
            return frozenset(one.name for one in self._extensions if one.external and event in one.events)

    def answer(self, request: LocalRequest) -> LocalAnswer | None:
        """Answers a request, `next` only when there is an event; `None` for a path that is not of this API."""
        if request.path in UNSUPPORTED and request.method == "PUT":
            what = UNSUPPORTED[request.path]
            document = {"errorType": f"{what}.NotSupported", "errorMessage": f"{what} API is not supported"}
            return _answer(202, document)
        if not request.path.startswith(PREFIX):
            return None
        match request.method, request.path.removeprefix(PREFIX):
            case "POST", "register":
                return self._register(request)
            case "GET", "event/next":
                return self._next(request)
            case "POST", "init/error":
                return self._error(request, State.INIT_ERROR)
            case "POST", "exit/error":
                return self._error(request, State.EXIT_ERROR)
            case _:
                return LocalAnswer(status=404, body=b"")

    def failed(self, name: str, failure: ExtensionFailure, *, state: State | None = None) -> None:
        """An extension was not started, or has ended; only the first failure counts."""
        with self._changed:
            for extension in self._extensions:
                if extension.name == name and state is not None:
                    extension.state = state
            first = self._failure is None and not self._closed
            if first:
                self._failure = failure
            self._changed.notify_all()
        if first:
            self._tell()

    def ended(self, name: str, how: str) -> None:
        """An external extension's process has ended, not at the end of the environment."""
        with self._changed:
            state = next((one.state for one in self._extensions if one.external and one.name == name), None)
        failure_type = FAILURE_TYPES.get(state, "Extension.Crash") if state else "Extension.Crash"
        self.failed(name, ExtensionFailure(error_type=failure_type, reason=how))

    def registered(self, patience: float) -> bool:
        """Waits until all external extensions have registered, or one has failed; false when `patience` is over."""
        return self._wait(lambda: all(one.state is not State.STARTED for one in self._extensions), patience)

    def ready(self, patience: float) -> bool:
        """Nobody registers any more; waits, as `registered` does, until all wait for an event."""
        with self._changed:
            self._registration_over = True
        return self._wait(lambda: all(one.state is State.READY for one in self._extensions), patience)

    def send(self, event: dict[str, Any]) -> None:
        """Sends an event to those that registered for its type."""
        with self._changed:
            for extension in self._extensions:
                if event["eventType"] in extension.events:
                    extension.inbox.append(event)
            self._changed.notify_all()

    def settled(self, patience: float) -> bool:
        """Waits, as `registered` does, until all that were sent an event wait for the next one."""
        idle = (State.READY, State.REGISTERED)
        return self._wait(
            lambda: all(one.state in idle and not one.inbox for one in self._extensions if INVOKE in one.events),
            patience,
        )

    def closing(self) -> bool:
        """Ends of processes are no failures from now on; answers false when that was so already."""
        with self._changed:
            first, self._closed = not self._closed, True
            return first

    def close(self) -> None:
        """Nobody waits for an event any more."""
        with self._changed:
            self._closed = True
            self._extensions = []
            self._changed.notify_all()

    def _wait(self, holds: Callable[[], bool], patience: float) -> bool:
        ends = time.monotonic() + patience
        with self._changed:
            while self._failure is None and not holds():
                left = ends - time.monotonic()
                if left <= 0:
                    return False
                self._changed.wait(left)
            return True

    def _register(self, request: LocalRequest) -> LocalAnswer:
        name = request.headers.get(NAME_HEADER) or ""
        if not name:
            return _refusal("Extension.InvalidExtensionName", "Empty extension name")
        events = _events(request.body)
        if events is None:
            return _refusal("InvalidRequestFormat", "the body is a JSON object with an array `events`")
        with self._changed:
            extension = next((one for one in self._extensions if one.name == name), None)
            external = extension is not None and extension.external
            for event in events:
                if event not in (INVOKE, SHUTDOWN):
                    return _refusal("Extension.InvalidEventType", f"{event}: invalid event type")
                if event == SHUTDOWN and not external:
                    # No file has this name: it would be an internal extension, which ends with the function.
                    problem = f"{event}: event not supported for internal extensions"
                    return _refusal("Extension.InvalidEventType", problem)
            if extension is None:
                if self._registration_over or self._closed:
                    return _refusal("Extension.RegistrationClosed", "Extension registration closed already")
                if len(self._extensions) >= MOST_EXTENSIONS:
                    problem = f"Extension limit ({MOST_EXTENSIONS}) reached"
                    return _refusal("Extension.TooManyExtensions", problem)
                extension = Extension(name, external=False)
                self._extensions.append(extension)
            if extension.state is not State.STARTED:
                return _wrong_state(extension, State.REGISTERED)
            extension.state, extension.events = State.REGISTERED, frozenset(events)
            self._changed.notify_all()
        facts = dict(self._facts)
        header, feature = ACCOUNT_ID_FEATURE
        if feature not in [part.strip() for part in (request.headers.get(header) or "").split(",")]:
            facts.pop("accountId")
        return _answer(200, facts, {IDENTIFIER_HEADER: extension.identifier})

    def _next(self, request: LocalRequest) -> LocalAnswer:
        with self._changed:
            extension = self._identified(request)
            if isinstance(extension, LocalAnswer):
                return extension
            if extension.state not in (State.REGISTERED, State.RUNNING):
                return _wrong_state(extension, State.READY)
            extension.state = State.READY
            self._changed.notify_all()
            while not extension.inbox and self._extensions:
                self._changed.wait()
            if not extension.inbox:
                return _answer(500, {"errorType": "InternalServerError", "errorMessage": "the environment has ended"})
            event = extension.inbox.popleft()
            extension.state = State.RUNNING
        return _answer(200, event, {"Lambda-Extension-Event-Identifier": str(uuid.uuid4())})

    def _error(self, request: LocalRequest, state: State) -> LocalAnswer:
        with self._changed:
            extension = self._identified(request)
            if isinstance(extension, LocalAnswer):
                return extension
            error_type = request.headers.get(ERROR_HEADER) or ""
            if not error_type:
                return _refusal("Extension.MissingHeader", f"{ERROR_HEADER} not found")
            fits = extension.state is State.REGISTERED or state is State.EXIT_ERROR
            if not fits or extension.state in (State.STARTED, State.INIT_ERROR, State.EXIT_ERROR):
                return _wrong_state(extension, state)
        failure = ExtensionFailure(error_type=FAILURE_TYPES[state], reason=error_type)
        self.failed(extension.name, failure, state=state)
        return _answer(202, {"status": "OK"})

    def _identified(self, request: LocalRequest) -> Extension | LocalAnswer:
        given = request.headers.get(IDENTIFIER_HEADER) or ""
        if not given:
            return _refusal("Extension.MissingExtensionIdentifier", f"Missing {IDENTIFIER_HEADER} header")
        try:
            identifier = str(uuid.UUID(given))
        except ValueError:
            return _refusal("Extension.InvalidExtensionIdentifier", f"Invalid {IDENTIFIER_HEADER}")
        found = next((one for one in self._extensions if one.identifier == identifier), None)
        return found or _refusal("Extension.UnknownExtensionIdentifier", f"Unknown extension {identifier}")


def _events(body: bytes) -> list[str] | None:
    try:
        document = json.loads(body)
    except ValueError:
        return None
    events = cast(dict[str, Any], document).get("events", []) if isinstance(document, dict) else None
    listed = cast(list[Any], events) if isinstance(events, list) else [None]
    return [str(event) for event in listed] if all(isinstance(event, str) for event in listed) else None


def _wrong_state(extension: Extension, wanted: State) -> LocalAnswer:
    problem = f"State transition from {extension.state} to {wanted} failed for extension {extension.name}. "
    return _refusal("Extension.InvalidExtensionState", problem + "Error: State transition is not allowed")


def _refusal(error_type: str, message: str) -> LocalAnswer:
    return _answer(403, {"errorType": error_type, "errorMessage": message})


def _answer(status: int, document: Mapping[str, Any], headers: Mapping[str, str] | None = None) -> LocalAnswer:
    return LocalAnswer(status=status, body=json.dumps(document).encode(), headers=headers or {})
