"""Which Python the functions with compiled packages run on in this sandbox, as configuration of the stack.

Their layers hold wheels for one version of Python, and here functions run on the interpreters that are installed. Where
the version that Pulumi.yaml proposes is not, the stack is told the nearest one that is, so that the wheels fit. What
the stack's settings say themselves stays. Deliberately nothing for functions without wheels: their code runs on each.
"""

from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any, cast

from sandbox.lambda_runtime.interpreters import (
    NoInterpreterError,
    best_interpreter,
    installed_candidates,
    probed_minor,
)

# The systems whose functions have layers with compiled wheels.
SETTINGS = ("gatehouse:workloadRuntime", "gatehouse:partnerRuntime")
# Lambda's runtimes that the functions are tested with; an interpreter may be newer.
MINORS = (11, 12, 13)


def runtime_configuration(
    declared: Mapping[str, Any],
    given: Mapping[str, Any],
    *,
    candidates: Callable[[int], Iterable[Path]] = installed_candidates,
    probe: Callable[[Path], int | None] = probed_minor,
) -> dict[str, Any]:
    """What is added to the stack's settings: nothing where the proposed versions are installed, or none would do."""
    found: dict[str, Any] = {}
    known: dict[str, str | None] = {}  # finding an interpreter starts it
    for name in SETTINGS:
        declaration: object = declared.get(name)
        proposed: object = cast("dict[str, Any]", declaration).get("default") if isinstance(declaration, dict) else None
        if name in given or not isinstance(proposed, str):
            continue
        if proposed not in known:
            known[proposed] = _installed(proposed, candidates, probe)
        runtime = known[proposed]
        if runtime is not None and runtime != proposed:
            found[name] = runtime
    return found


def _installed(
    proposed: str, candidates: Callable[[int], Iterable[Path]], probe: Callable[[Path], int | None]
) -> str | None:
    """The nearest runtime with an interpreter here; None where there is none."""
    try:
        best = best_interpreter(proposed, lambda minor: candidates(minor) if minor in MINORS else (), probe)
    except NoInterpreterError:
        return None  # the sandbox says so when it starts a function
    return f"python3.{best.minor}"
