"""Secrets Manager and Cognito's user pools under the function's own role, each as one function of operations.

For functions that manage things, seldom and with nobody waiting: more time and more attempts than calls in front of a
request get, and errors in AWS's own words too. These two services answer no request's secret with their errors.

https://docs.aws.amazon.com/secretsmanager/latest/apireference/Welcome.html
https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/Welcome.html
"""

from __future__ import annotations

import json
import os
from time import sleep, time

from aws_calls.attempts import repeated
from aws_calls.credentials import own_credentials
from aws_calls.endpoints import HttpEndpoint, endpoint_url
from aws_calls.errors import Throttled
from aws_calls.json_service import JsonService

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import Any

    from aws_calls.endpoints import Endpoint
    from aws_calls.own_role import Call

VERSION = "1.1"
CONNECT_TIMEOUT_SECONDS = 2.0
READ_TIMEOUT_SECONDS = 8.0
ATTEMPTS = 5
# https://docs.aws.amazon.com/sdkref/latest/guide/feature-retry-behavior.html: a random part of this, doubled for each
# further attempt. A rate that was exceeded takes seconds to be kept again.
FIRST_PAUSE_SECONDS = 0.05
FIRST_PAUSE_WHEN_THROTTLED_SECONDS = 1.0


class JsonApi:
    """What is particular to a service. `repeatable` are the operations that may be sent again when nobody knows whether
    they were done: those that read, and those that do no more the second time.
    """

    __slots__ = ("repeatable", "service", "target")

    def __init__(self, *, service: str, target: str, repeatable: frozenset[str]) -> None:
        """Hold all; see `JsonService` for the names."""
        self.service = service
        self.target = target
        self.repeatable = repeatable


SECRETS_MANAGER = JsonApi(
    service="secretsmanager",
    target="secretsmanager",
    repeatable=frozenset({"DescribeSecret", "GetSecretValue", "PutSecretValue", "UpdateSecretVersionStage"}),
)
# Not among them: CreateUserPoolClient and AddUserPoolClientSecret, which make another one each time.
USER_POOLS = JsonApi(
    service="cognito-idp",
    target="AWSCognitoIdentityProviderService",
    repeatable=frozenset(
        {
            "DeleteUserPoolClient",
            "DeleteUserPoolClientSecret",
            "ListUserPoolClients",
            "ListUserPoolClientSecrets",
            "UpdateUserPoolClient",
        }
    ),
)


def api_calls(
    api: JsonApi,
    environment: Mapping[str, str] = os.environ,
    *,
    endpoint: Endpoint | None = None,
    attempts: int = ATTEMPTS,
    clock: Callable[[], float] = time,
    pause: Callable[[float], object] = sleep,
) -> Call:
    """Return calls of `api` under the role of the function with this environment; nothing is connected yet.

    What AWS has not done is tried `attempts` times, and so is what may be repeated. The calls raise AwsCallError.
    Raises KeyError where the environment has no `AWS_REGION`.
    """
    service = JsonService(
        service=api.service,
        target=api.target,
        version=VERSION,
        endpoint=endpoint
        or HttpEndpoint(
            endpoint_url(api.service, environment),
            connect_timeout_seconds=CONNECT_TIMEOUT_SECONDS,
            read_timeout_seconds=READ_TIMEOUT_SECONDS,
        ),
        region=environment["AWS_REGION"],
        clock=clock,
        empty_answer=b"{}",  # of DeleteUserPoolClient, which has nothing to say
        tells_why=True,
    )

    def call(operation: str, parameters: Mapping[str, Any]) -> dict[str, Any]:
        body = json.dumps(parameters).encode()
        return repeated(
            lambda: service.call_once(operation, body, own_credentials(environment)),
            repeatable=operation in api.repeatable,
            attempts=attempts,
            pause=lambda attempt, error: pause(_pause_seconds(attempt, throttled=isinstance(error, Throttled))),
        )

    return call


def _pause_seconds(attempt: int, *, throttled: bool) -> float:
    from random import random  # only where a call has failed, which is seldom

    first = FIRST_PAUSE_WHEN_THROTTLED_SECONDS if throttled else FIRST_PAUSE_SECONDS
    return random() * first * 2 ** (attempt - 1)  # noqa: S311 -- it spreads attempts, nothing is kept secret by it
