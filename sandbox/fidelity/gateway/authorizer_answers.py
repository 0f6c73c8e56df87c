"""Gap: the emulator forgives what a Lambda authorizer may not answer.

It drops context values that are objects or arrays, takes `unauthorized` in any case and with blanks around it for the
one message that means 401, and lets a throttled authorizer through to its parser.

AWS (Amazon API Gateway developer guide, "Output from an API Gateway Lambda authorizer" and "Use API Gateway Lambda
authorizers"):
- "you can't set a JSON object or array as a valid value of any key in the context map": the answer is then 500 with
  `x-amzn-ErrorType: AuthorizerConfigurationException` (so also serverless-offline's comparison with AWS, pull request
  1376);
- "return an 'Unauthorized' error" means the message `Unauthorized` exactly; any other error is 500 with
  `{"message":null}`.

The wrap judges the answer before the emulator sees it, and says in the log what is wrong (names of keys, never values).
The policy itself is judged by `authorizer_policies`.
"""

import logging
from typing import Any

from sandbox.fidelity.gateway.documents import as_object
from sandbox.fidelity.gateway.emulator import GATEWAY
from sandbox.fidelity.gateway.tracking import INVOKE_AUTHORIZER_PARAMETERS, Handler, track_invocations
from sandbox.fidelity.settings import FidelitySettings
from sandbox.fidelity.wrapping import wrap

logger = logging.getLogger("gatehouse.gateway")

# What makes the emulator answer UNAUTHORIZED, AUTHORIZER_FAILURE and AUTHORIZER_CONFIGURATION_ERROR.
UNAUTHORIZED = "Unauthorized"
FAILED: dict[str, Any] = {"error": True, "body": {"errorMessage": "the authorizer failed"}}
MISCONFIGURED = None


def apply(settings: FidelitySettings) -> None:
    """Installs the wrap; raises `EmulatorChangedError` when the emulator does not have what it wraps."""
    del settings  # nothing here depends on them
    track_invocations()
    wrap(GATEWAY, "_invoke_authorizer_lambda", INVOKE_AUTHORIZER_PARAMETERS, _judging, by=__name__)


def _judging(original: Handler) -> Handler:
    async def invoke_authorizer(authorizer: dict[str, Any], event: Any, account_id: str, region: str) -> Any:
        result = await original(authorizer, event, account_id, region)
        if result is None:
            return MISCONFIGURED
        if result.get("error") or result.get("throttle"):
            return result if not result.get("throttle") and error_message(result) == UNAUTHORIZED else FAILED
        problem = context_problem(result.get("body"))
        if problem is not None:
            logger.warning("authorizer %s: %s; the caller gets 500", authorizer.get("name"), problem)
            return MISCONFIGURED
        return result

    return invoke_authorizer


def error_message(result: dict[str, Any]) -> str:
    """The message of the exception that ended the function; empty when there is none."""
    failure = as_object(result.get("body"))
    message = result.get("body") if failure is None else failure.get("errorMessage")
    return message if isinstance(message, str) else ""


def context_problem(answer: Any) -> str | None:
    """What is wrong with the context of an authorizer's answer, or `None`. Names keys, never values."""
    document = as_object(answer)
    if document is None or document.get("context") is None:
        return None
    context = as_object(document["context"])
    if context is None:
        return "its context is not an object"
    nested = sorted(key for key, value in context.items() if isinstance(value, dict | list))
    if nested:
        return f"its context has an object or array under {', '.join(nested)}"
    return None
