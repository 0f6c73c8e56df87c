"""The emulator's modules that this package wraps, untyped on purpose.

The emulator offers no public interface for its data plane, so the wraps use names that begin with an underscore; what a
wrap replaces is checked by `sandbox.fidelity.wrapping`, what it only reads or calls by `require()` at start.
"""

from typing import Any

import ministack.app
from ministack.core import iam_evaluator
from ministack.services import apigateway_v1, cloudwatch_logs, lambda_svc

from sandbox.fidelity.wrapping import EmulatorChangedError

APPLICATION: Any = ministack.app
GATEWAY: Any = apigateway_v1
LAMBDA: Any = lambda_svc
LOGS: Any = cloudwatch_logs
IAM: Any = iam_evaluator


def require(owner: Any, *names: str) -> None:
    """Raises `EmulatorChangedError` when the emulator's module lacks one of the names that a wrap reads or calls."""
    missing = [name for name in names if not hasattr(owner, name)]
    if missing:
        raise EmulatorChangedError(f"{owner.__name__} has no {', '.join(missing)} in this version of the emulator")
