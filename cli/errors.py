"""How a command ends: its exit codes, and the one line that a person gets for what they can mend.

    0      done
    1      it could not be done; one line on standard error says what is wrong, where, and what to do
    2      the command line is wrong (argparse)
    3      `explain`: done, and the decision is a denial
    130    interrupted

Deliberately not for programming mistakes, which keep their traceback.
"""

from __future__ import annotations

import contextlib
from collections.abc import Generator
from typing import Any, cast

DONE = 0
FAILED = 1
DENIED = 3
INTERRUPTED = 130

# Only these answers of AWS are repeated: others can quote what was signed, a session token included.
_QUOTABLE_CODES = frozenset(
    {
        "AccessDenied",
        "AccessDeniedException",
        "ConditionalCheckFailedException",
        "InvalidParameterException",
        "InvalidParameterValueException",
        "InvalidRequestException",
        "NotFoundException",
        "ResourceConflictException",
        "ResourceNotFoundException",
        "ServiceUnavailable",
        "Throttling",
        "ThrottlingException",
        "TooManyRequestsException",
        "ValidationException",
    }
)
_MAXIMUM_QUOTE_LENGTH = 300


class CliError(Exception):
    """What is wrong, where, and what to do, in one line; the command prints it and exits with 1."""


@contextlib.contextmanager
def aws_explained(doing: str) -> Generator[None]:
    """Turn what boto3 raises into a `CliError` that begins with `doing`, such as `invoke the function hello`."""
    from botocore.exceptions import (  # pyright: ignore[reportMissingTypeStubs] -- botocore ships no types
        BotoCoreError,
        ClientError,
    )

    try:
        yield
    except ClientError as error:
        raise CliError(f"cannot {doing}: {refusal(error)}") from None
    except BotoCoreError as error:
        # The class says it (NoCredentialsError, EndpointConnectionError, ...); the text may hold a whole request.
        raise CliError(
            f"cannot {doing}: {type(error).__name__}; check the target's address, region and credentials"
        ) from None


def refusal(error: Exception) -> str:
    """Return AWS's code of a `ClientError`, with AWS's message where it cannot quote a credential."""
    described = cast("dict[str, Any]", getattr(error, "response", {})).get("Error", {})
    code = str(described.get("Code", "unknown"))
    if code not in _QUOTABLE_CODES:
        return code
    message = " ".join(str(described.get("Message", "")).split())
    return f"{code}: {message[:_MAXIMUM_QUOTE_LENGTH]}" if message else code
