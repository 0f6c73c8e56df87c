"""What runs beside a function in its execution environment: the ports. `LocalExtension` only answers on the local port
of the Lambda Runtime API; `ExtensionProcesses` are programs of their own. Deliberately nothing of either.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol


@dataclass(frozen=True, kw_only=True)
class LocalAnswer:
    """An HTTP answer."""

    status: int
    body: bytes
    content_type: str = "application/json"
    headers: Mapping[str, str] = field(default_factory=dict[str, str])


class LocalExtension(Protocol):
    """Stands for an AWS extension that a function gets by a layer: it listens on localhost for the function."""

    def variables(self, port: int) -> dict[str, str]:
        """Variables that the function's process gets; they win over the function's own."""
        ...

    def answer(self, path: str, headers: Mapping[str, str], *, invoking: bool) -> LocalAnswer | None:
        """Answers `GET path`; `None`: not its path. `invoking` is false while the function initialises."""
        ...


class ExtensionFactory(Protocol):
    """Makes the extension of one execution environment, or `None` when the function does not carry it."""

    def __call__(self, configuration: Mapping[str, Any]) -> LocalExtension | None:
        """`configuration` has the shape of `GetFunctionConfiguration`."""
        ...


@dataclass(frozen=True, kw_only=True)
class LocalRequest:
    """A request on the local port."""

    method: str
    path: str
    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True, kw_only=True)
class ExtensionFailure:
    """Why an extension fails its environment: AWS's error type, and what stands after `Error:` in the message."""

    error_type: str
    reason: str


class ExtensionProcesses(Protocol):
    """The extensions of one execution environment that are processes, from its start to its end."""

    @property
    def failure(self) -> ExtensionFailure | None:
        """The first one, once there is one."""
        ...

    @property
    def present(self) -> bool:
        """Whether there is any process, so that the end of the environment has to be told."""
        ...

    def on_failure(self, tell: Callable[[], None]) -> None:
        """`tell` is called, on another thread, when `failure` is set."""
        ...

    def start(self, variables: Mapping[str, str], layers: Path, *, patience: float) -> bool:
        """Starts them and waits until all have registered or one has failed; false when `patience` seconds are over.

        `variables` are those of the function's process.
        """
        ...

    def initialised(self, *, patience: float) -> bool:
        """After the function's own initialisation: waits until all wait for an event, as `start` does."""
        ...

    def invoke(self, invocation: Mapping[str, str]) -> None:
        """Sends INVOKE; `invocation` are the headers with which the Lambda Runtime API hands out the same one."""
        ...

    def settled(self) -> bool:
        """Waits until all that were sent INVOKE wait for the next event or one has failed; false at its deadline."""
        ...

    def answer(self, request: LocalRequest) -> LocalAnswer | None:
        """Answers a request to the local port; `None`: not its path."""
        ...

    def output(self) -> str:
        """The lines that they wrote since the last call."""
        ...

    def stop(self, reason: str) -> None:
        """Ends them all, with SHUTDOWN for those that registered for it. Bounded in time; twice does nothing."""
        ...


class ExtensionProcessesFactory(Protocol):
    """Makes what an execution environment starts beside its function."""

    def __call__(self, configuration: Mapping[str, Any]) -> ExtensionProcesses:
        """`configuration` has the shape of `GetFunctionConfiguration`."""
        ...
