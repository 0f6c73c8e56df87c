"""What a resource type or the frame can raise, and how an error of AWS becomes one readable line.

No traceback and no secret value reaches the engine: it prints what it gets.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, cast

from botocore.exceptions import BotoCoreError, ClientError, ParamValidationError

SHORTEST_SECRET = 4
"""Shorter texts are not struck out: they would garble messages and are no secrets."""


class ProviderError(Exception):
    """One line that says what is wrong and what to do; the engine prints it beside the resource's name."""


def aws_error_code(error: BaseException) -> str:
    """AWS's error code (`ResourceNotFoundException`), or an empty string for other errors."""
    if not isinstance(error, ClientError):
        return ""
    response: Mapping[str, Any] = cast("Any", error).response
    return str(response.get("Error", {}).get("Code", ""))


def describe(error: BaseException, *, action: str, secrets: Iterable[str] = ()) -> str:
    """One line: what was tried, the service's operation, code and message; every given secret struck out."""
    if isinstance(error, ClientError):
        response: Mapping[str, Any] = cast("Any", error).response
        details: Mapping[str, Any] = response.get("Error", {})
        request = str(response.get("ResponseMetadata", {}).get("RequestId", ""))
        operation = str(cast("Any", error).operation_name)
        text = f"{operation}: {details.get('Code', 'Unknown')}: {details.get('Message', 'no message')}"
        if request:
            text += f" (request {request})"
    elif isinstance(error, ParamValidationError):
        text = f"AWS's API model refuses the call: {error}"
    elif isinstance(error, BotoCoreError):
        text = f"the emulator cannot be reached or did not answer: {error}"
    else:
        text = str(error) or type(error).__name__
    return scrub(f"{action}: {' '.join(text.split())}", secrets)


def scrub(text: str, secrets: Iterable[str]) -> str:
    """The text with every secret replaced by `[secret]`, the longest first."""
    for secret in sorted(secrets, key=len, reverse=True):
        if len(secret) >= SHORTEST_SECRET:
            text = text.replace(secret, "[secret]")
    return text
