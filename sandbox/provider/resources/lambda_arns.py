"""What the Lambda types share: the ARNs that API Gateway calls functions by, and waiting for a function to settle."""

from __future__ import annotations

import time
from typing import Any, Final

from sandbox.provider.aws_clients import AwsClients
from sandbox.provider.errors import ProviderError

SETTLE_LIMIT: Final = 60.0
"""Seconds; AWS's own waiters give up after five minutes, the emulator needs half a second."""
SETTLE_PAUSE: Final = 0.05


def invoke_arn(clients: AwsClients, function_arn: str) -> str:
    """The URI of an `AWS_PROXY` integration or an authorizer (API Gateway developer guide, "Lambda proxy
    integrations").
    """
    return _integration_uri(clients, f"2015-03-31/functions/{function_arn}/invocations")


def streaming_invoke_arn(clients: AwsClients, function_arn: str) -> str:
    """The URI of an integration that streams the response."""
    return _integration_uri(clients, f"2021-11-15/functions/{function_arn}/response-streaming-invocations")


def _integration_uri(clients: AwsClients, path: str) -> str:
    return f"arn:{clients.partition}:apigateway:{clients.region}:lambda:path/{path}"


def wait_until_settled(client: Any, name: str) -> None:
    """Wait until the function takes the next change: Lambda refuses one with ResourceConflictException before that.

    Raises ProviderError when the change failed or takes longer than `SETTLE_LIMIT`.
    """
    deadline = time.monotonic() + SETTLE_LIMIT
    while True:
        configuration = client.get_function_configuration(FunctionName=name)
        state, update = configuration.get("State", "Active"), configuration.get("LastUpdateStatus", "Successful")
        if "Failed" in (state, update):
            reason = (
                configuration.get("StateReason") or configuration.get("LastUpdateStatusReason") or "no reason given"
            )
            raise ProviderError(f"function {name} could not be put to work: {reason}")
        if state != "Pending" and update != "InProgress":
            return
        if time.monotonic() > deadline:
            raise ProviderError(f"function {name} is still {state}/{update} after {SETTLE_LIMIT:.0f} s")
        time.sleep(SETTLE_PAUSE)
