"""What answers on an execution environment's own local port beside the Lambda Runtime API. Deliberately only the
port.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol


@dataclass(frozen=True, kw_only=True)
class LocalAnswer:
    """An HTTP answer."""

    status: int
    body: bytes
    content_type: str = "application/json"


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
