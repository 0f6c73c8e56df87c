"""Gap: the emulator waits for an integration or a Lambda authorizer as long as that takes.

AWS (Amazon API Gateway developer guide, "Quotas for configuring and running a REST API": integration timeout 50 ms to
29 s; "Gateway response types", INTEGRATION_TIMEOUT): 504 `{"message": "Endpoint request timed out"}` after
`timeoutInMillis`. A Lambda authorizer that does not answer in time is an AUTHORIZER_FAILURE, 500 `{"message":null}`.

The wraps stop waiting. The function runs on to its own end, as on AWS; its answer is thrown away.
"""

import asyncio
import logging
from typing import Any

from sandbox.fidelity.gateway.authorizer_answers import FAILED
from sandbox.fidelity.gateway.emulator import GATEWAY
from sandbox.fidelity.gateway.invocation import IntegrationOutcome, current_invocation
from sandbox.fidelity.gateway.tracking import (
    HTTP_INTEGRATION_PARAMETERS,
    INVOKE_AUTHORIZER_PARAMETERS,
    LAMBDA_INTEGRATION_PARAMETERS,
    Handler,
    track_invocations,
)
from sandbox.fidelity.settings import FidelitySettings
from sandbox.fidelity.wrapping import wrap

logger = logging.getLogger("gatehouse.gateway")

LONGEST_MILLISECONDS = 29_000
MESSAGE = "Endpoint request timed out"

# A task is collected when nobody holds it; what was given up still has to run to its end.
_given_up: set[asyncio.Task[Any]] = set()


class GivenUpError(Exception):
    """The time that the caller may be kept waiting is over."""


def apply(settings: FidelitySettings) -> None:
    """Installs the wraps; raises `EmulatorChangedError` when the emulator does not have what they wrap."""
    del settings  # nothing here depends on them
    track_invocations()
    wrap(GATEWAY, "_invoke_lambda_proxy_v1", LAMBDA_INTEGRATION_PARAMETERS, _limiting_integration, by=__name__)
    wrap(GATEWAY, "_invoke_lambda_custom_v1", LAMBDA_INTEGRATION_PARAMETERS, _limiting_integration, by=__name__)
    wrap(GATEWAY, "_invoke_http_proxy_v1", HTTP_INTEGRATION_PARAMETERS, _limiting_integration, by=__name__)
    wrap(GATEWAY, "_invoke_authorizer_lambda", INVOKE_AUTHORIZER_PARAMETERS, _limiting_authorizer, by=__name__)


def _limiting_integration(original: Handler) -> Handler:
    async def invoke(integration: dict[str, Any], *arguments: Any, **named: Any) -> Any:
        milliseconds = min(int(integration.get("timeoutInMillis") or LONGEST_MILLISECONDS), LONGEST_MILLISECONDS)
        try:
            return await within(original(integration, *arguments, **named), milliseconds)
        except GivenUpError:
            logger.warning("integration %s did not answer in %d ms", integration.get("uri"), milliseconds)
            invocation = current_invocation()
            if invocation is not None:
                invocation.integration = IntegrationOutcome(error=MESSAGE, latency=milliseconds)
            return GATEWAY._gw_error("INTEGRATION_TIMEOUT", MESSAGE)

    return invoke


def _limiting_authorizer(original: Handler) -> Handler:
    async def invoke_authorizer(authorizer: dict[str, Any], *arguments: Any) -> Any:
        try:
            return await within(original(authorizer, *arguments), LONGEST_MILLISECONDS)
        except GivenUpError:
            logger.warning("authorizer %s did not answer in %d ms", authorizer.get("name"), LONGEST_MILLISECONDS)
            return FAILED

    return invoke_authorizer


async def within(work: Any, milliseconds: int) -> Any:
    """The result of `work`, or `GivenUpError` when it takes longer; it is not cancelled, and then ends unheard.

    (`asyncio.wait_for` would wait on: the emulator's invocations finish their work before they yield to it.)
    """
    task = asyncio.ensure_future(work)
    done, _ = await asyncio.wait({task}, timeout=milliseconds / 1000)
    if done:
        return task.result()
    _given_up.add(task)
    task.add_done_callback(_forget)
    raise GivenUpError


def _forget(task: asyncio.Task[Any]) -> None:
    _given_up.discard(task)
    if not task.cancelled() and task.exception() is not None:
        logger.warning("an invocation that was given up failed: %r", task.exception())
