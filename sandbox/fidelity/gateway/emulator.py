"""The emulator's modules that this package wraps, and a check of what the wraps only read or call."""

from typing import Any

from sandbox.fidelity.emulator import emulator_module
from sandbox.fidelity.wrapping import EmulatorChangedError

APPLICATION = emulator_module("app")
GATEWAY = emulator_module("services.apigateway_v1")
HTTP_APIS = emulator_module("services.apigateway")
LAMBDA = emulator_module("services.lambda_svc")
LOGS = emulator_module("services.cloudwatch_logs")
IAM = emulator_module("core.iam_evaluator")
ROLES = emulator_module("services.iam")


def require(owner: Any, *names: str) -> None:
    """Raises `EmulatorChangedError` when the emulator's module lacks one of the names that a wrap reads or calls."""
    missing = [name for name in names if not hasattr(owner, name)]
    if missing:
        raise EmulatorChangedError(f"{owner.__name__} has no {', '.join(missing)} in this version of the emulator")
