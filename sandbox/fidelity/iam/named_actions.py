"""Gap: a caller can have one action authorized and another one carried out.

What the emulator does: an `Action` in the query string decides what is authorized, also for services that carry out
what `X-Amz-Target` says. A role that may only append to a log could delete it with `?Action=PutLogEvents`.

What AWS does: the services of the JSON protocol take the operation from `X-Amz-Target` alone
(https://smithy.io/2.0/aws/protocols/aws-json-1_1-protocol.html), for authorization too.

The wrap leaves the query string out for these services.
"""

from collections.abc import Callable
from functools import wraps
from typing import Any, Final

from sandbox.fidelity.emulator import emulator_module
from sandbox.fidelity.settings import FidelitySettings
from sandbox.fidelity.wrapping import wrap

iam_actions = emulator_module("core.iam_actions")

EXTRACT_PARAMETERS: Final = ("service", "method", "path", "headers", "body", "query_params")
# Those of the sandbox's systems; the emulator's other services of this protocol keep its behaviour.
TARGET_SERVICES: Final = frozenset({"dynamodb", "kms", "logs", "secretsmanager", "ssm"})


def apply(settings: FidelitySettings) -> None:
    """Installs the wrap."""
    del settings
    wrap(iam_actions, "extract_iam_action", EXTRACT_PARAMETERS, _by_target, by=__name__)


def _by_target(original: Callable[..., str | None]) -> Callable[..., str | None]:
    @wraps(original)
    def extract_iam_action(
        service: str, method: str, path: str, headers: dict[str, str], body: bytes, query_params: Any
    ) -> str | None:
        if service not in TARGET_SERVICES:
            return original(service, method, path, headers, body, query_params)
        operation = headers.get("x-amz-target", "").rpartition(".")[2]
        # Without an operation the service answers that it knows none; nobody but root gets that far.
        return f"{service}:{operation}"

    return extract_iam_action
