"""One request to a stage of a REST API: what is known of it so far, for every module that serves or describes it.

Deliberately without behaviour and without the emulator: `sandbox.fidelity.gateway.tracking` fills it in.
"""

import base64
import os
import time
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Any

from sandbox.fidelity.current_request import CurrentRequest

# API Gateway's extended request ids are 15 or 16 base64 characters that end in "=": 11 bytes.
EXTENDED_REQUEST_ID_BYTES = 11
CLF_TIME = "%d/%b/%Y:%H:%M:%S +0000"


def new_extended_request_id() -> str:
    """The value of `$context.extendedRequestId` and of the `x-amz-apigw-id` header of one request."""
    return base64.b64encode(os.urandom(EXTENDED_REQUEST_ID_BYTES)).decode("ascii")


def new_trace_id() -> str:
    """An `X-Amzn-Trace-Id` (AWS X-Ray developer guide, "Sending trace data to X-Ray", tracing header)."""
    return f"Root=1-{int(time.time()):08x}-{os.urandom(12).hex()}"


def _no_facts() -> dict[str, Any]:
    return {}


def _no_context() -> dict[str, str]:
    return {}


@dataclass(kw_only=True)
class AuthorizerOutcome:
    """What the method's Lambda authorizer said. `context` has its `context` values as strings, and `principalId`.

    `status` is what `$context.authorizer.status` reports: 200 for a policy, whatever it allows, 401 and 500 otherwise.
    Latencies are in milliseconds. `integration_latency`, and `request_id` of the function's invocation, are `None` when
    the function was not asked: the answer came from the authorizer cache, or the identity source is missing.
    """

    context: dict[str, str] = field(default_factory=_no_context)
    status: int | None = None
    error: str | None = None
    latency: int | None = None
    integration_latency: int | None = None
    request_id: str | None = None


@dataclass(kw_only=True)
class IntegrationOutcome:
    """What the integration answered. `status` is the function's own; `service_status` is the Lambda service's.

    `request_id` is the function's invocation's.
    """

    status: int | None = None
    service_status: int | None = None
    error: str | None = None
    latency: int | None = None
    request_id: str | None = None


@dataclass(frozen=True, kw_only=True)
class GatewayErrorOutcome:
    """The error that API Gateway answers itself. `validation` is `$context.error.validationErrorString`."""

    response_type: str
    message: str | None
    validation: str | None = None


@dataclass(kw_only=True)
class Invocation:
    """One request. `path` is below the stage; `request_path` is as the caller sent it below the domain name.

    `custom_domain` is `None` for the API's default endpoint, whatever loopback address stood for it. `facts` is the
    emulator's own dictionary of the request (`stage`, `resource_path`, `path_params`, ...), which it fills while
    routing.
    """

    request: CurrentRequest
    api_id: str
    account_id: str
    region: str
    stage_name: str
    method: str
    path: str
    custom_domain: str | None
    base_path: str | None = None
    extended_request_id: str = field(default_factory=new_extended_request_id)
    trace_id: str = field(default_factory=new_trace_id)
    facts: dict[str, Any] = field(default_factory=_no_facts)
    resource: dict[str, Any] | None = None
    authorizer: AuthorizerOutcome = field(default_factory=AuthorizerOutcome)
    integration: IntegrationOutcome = field(default_factory=IntegrationOutcome)
    error: GatewayErrorOutcome | None = None
    status: int | None = None
    response_length: int | None = None
    response_latency: int | None = None

    @property
    def domain_name(self) -> str:
        """The domain name by which the caller reached the API on AWS."""
        return self.custom_domain or f"{self.api_id}.execute-api.{self.region}.amazonaws.com"

    @property
    def domain_prefix(self) -> str:
        """The first label of the domain name."""
        return self.domain_name.split(".", 1)[0]

    @property
    def full_path(self) -> str:
        """`$context.path`: with the stage on the default endpoint, with the base path on a custom domain."""
        return self.request.path if self.custom_domain else f"/{self.stage_name}{self.path}"

    @property
    def event_path(self) -> str:
        """The `path` member of events: without the stage on the default endpoint, with the base path otherwise."""
        return self.request.path if self.custom_domain else self.path

    @property
    def request_time(self) -> str:
        """When the request arrived, in the Common Log Format, in UTC."""
        return time.strftime(CLF_TIME, time.gmtime(self.request.started_at))

    @property
    def request_time_epoch(self) -> int:
        """When the request arrived, in milliseconds since the epoch."""
        return int(self.request.started_at * 1000)

    @property
    def stage(self) -> dict[str, Any]:
        """The emulator's record of the stage; empty before the stage was found."""
        return self.facts.get("stage") or {}

    @property
    def user_agent(self) -> str | None:
        """The caller's `User-Agent` header."""
        return self.request.headers.get("user-agent")


_current: ContextVar[Invocation | None] = ContextVar("gatehouse_gateway_invocation", default=None)


def current_invocation() -> Invocation | None:
    """The request to a stage that is being served in this task; `None` for everything else that the emulator serves."""
    return _current.get()


def set_current_invocation(invocation: Invocation | None) -> None:
    """For `sandbox.fidelity.gateway.tracking`: makes `invocation` the current one of this task."""
    _current.set(invocation)


def elapsed_milliseconds(since: float) -> int:
    """Whole milliseconds since `since`, a value of `time.perf_counter()`."""
    return int((time.perf_counter() - since) * 1000)
