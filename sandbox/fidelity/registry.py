"""The fidelity modules in the order in which they are applied. Deliberately a list to read, not discovery.

A module that wraps the same function as an earlier one wraps around it.
"""

import importlib
from collections.abc import Collection
from typing import Protocol, cast

from sandbox.fidelity.acm import ACM_MODULES
from sandbox.fidelity.cloudwatch import CLOUDWATCH_MODULES
from sandbox.fidelity.cognito import COGNITO_MODULES
from sandbox.fidelity.dynamodb import DYNAMODB_MODULES
from sandbox.fidelity.gateway import GATEWAY_MODULES
from sandbox.fidelity.iam import IAM_MODULES
from sandbox.fidelity.settings import FidelitySettings

FIDELITY_MODULES: tuple[str, ...] = (
    "saving_while_running",
    "service_models",
    "unsupported_services",
    # IAM and STS
    *IAM_MODULES,
    # DynamoDB
    *DYNAMODB_MODULES,
    # Lambda
    "lambda_python",
    "lambda_extensions",
    # Secrets Manager
    "secret_versions",
    "secret_rotation",
    "secrets_extension",
    # Cognito and WAF
    *COGNITO_MODULES,
    "web_acls",
    # CloudWatch
    "log_permissions",
    "log_group_keys",
    "log_pages",
    *CLOUDWATCH_MODULES,
    # Certificate Manager
    *ACM_MODULES,
    # API Gateway and HTTP
    *GATEWAY_MODULES,
    # Around everything that answers calls of AWS's API
    "faults",
    "request_log",
)


class FidelityModule(Protocol):
    """What a module of this package looks like from here."""

    def apply(self, settings: FidelitySettings) -> None:
        """Installs the wrap; raises `EmulatorChangedError` when the emulator does not have what it wraps."""
        ...


def apply_fidelity(settings: FidelitySettings, *, leave_out: Collection[str] = ()) -> tuple[str, ...]:
    """Applies every module but those named in `leave_out` (tests show a gap with it) and answers the names applied.

    Raises `ValueError` for a name in `leave_out` that is no module here, and what the modules raise.
    """
    unknown = set(leave_out) - set(FIDELITY_MODULES)
    if unknown:
        raise ValueError(f"no such fidelity module: {', '.join(sorted(unknown))}")
    applied = tuple(name for name in FIDELITY_MODULES if name not in leave_out)
    for name in applied:
        module = cast(FidelityModule, importlib.import_module(f"sandbox.fidelity.{name}"))
        module.apply(settings)
    return applied
