"""Asks a deployed authorizer: invokes the function with the event, and reads its answer and its decision log line.

What each plugin returned stays in the function; the log line has their names, their times and who denied. Of errors,
only the type is repeated: the text of an exception may be anything. Deliberately an invocation of the function, not a
call of the API: API Gateway's cache, identity sources and validation expression are not in the way.
"""

from __future__ import annotations

import base64
import binascii
import json
from dataclasses import dataclass
from typing import Any, cast

from cli.errors import CliError, aws_explained
from cli.target import Target

# Set by functions/secret_store's neighbours for AWS's extension; the local surroundings have their own.
_EXTENSION_PREFIX = "PARAMETERS_SECRETS_EXTENSION_"


@dataclass(frozen=True, kw_only=True)
class DeployedAnswer:
    """What `Invoke` gave: the payload, the error's type ("" for none), and the end of the log (4 KB), by lines."""

    payload: Any
    error_type: str
    unauthorized: bool
    log: list[str]


def invoke(target: Target, function_name: str, event: Any) -> DeployedAnswer:
    """Invoke the function once with the event.

    Raises:
        CliError: there is no such function, it may not be invoked, or its answer is not JSON.
    """
    client = target.client("lambda")
    with aws_explained(f"invoke the function {function_name} ({target.name})"):
        answer = client.invoke(FunctionName=function_name, Payload=json.dumps(event).encode(), LogType="Tail")
        content = answer["Payload"].read()
    try:
        payload: Any = json.loads(content or b"null")
        log = base64.b64decode(answer.get("LogResult", "")).decode(errors="replace").splitlines()
    except (ValueError, RecursionError, binascii.Error):
        raise CliError(f"the function {function_name} gave an answer that is not JSON: is it an authorizer?") from None
    if not answer.get("FunctionError"):
        return DeployedAnswer(payload=payload, error_type="", unauthorized=False, log=log)
    error = cast("dict[str, Any]", payload) if isinstance(payload, dict) else {}
    unauthorized = error.get("errorMessage") == "Unauthorized"
    return DeployedAnswer(
        payload=None,
        error_type="" if unauthorized else str(error.get("errorType") or "unknown error"),
        unauthorized=unauthorized,
        log=log,
    )


def environment_of(target: Target, function_name: str) -> dict[str, str]:
    """Return the deployed function's settings, for a local run: ARNs and plain values.

    Raises:
        CliError: there is no such function, or it may not be read.
    """
    client = target.client("lambda")
    with aws_explained(f"read the settings of the function {function_name} ({target.name})"):
        configuration = client.get_function_configuration(FunctionName=function_name)
    variables = cast("dict[str, str]", configuration.get("Environment", {}).get("Variables", {}))
    return {name: value for name, value in variables.items() if not name.startswith(_EXTENSION_PREFIX)}


def response_status(target: Target, api_id: str, response_type: str) -> int | None:
    """Return the status that the API gives for a gateway response, None where that cannot be found out.

    Deliberately without an error: the event's API need not exist, and whoever may invoke a function need not be
    allowed to read APIs.
    """
    from botocore.exceptions import (  # pyright: ignore[reportMissingTypeStubs] -- botocore ships no types
        BotoCoreError,
        ClientError,
    )

    try:
        found = target.client("apigateway").get_gateway_response(restApiId=api_id, responseType=response_type)
        return int(found["statusCode"])
    except (BotoCoreError, ClientError, KeyError, ValueError):
        return None
