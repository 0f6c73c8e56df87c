"""`ApiStage`: the deployment of an API and the stage that serves it.

    digest of the API's parts ──► deployment ──► stage ◄── access log (JSON), throttling, metrics, traces

Access logs are on and have a retention. Execution logs are deliberately off: API Gateway writes them to a log group of
its own without a retention, and at level INFO they hold whole requests. What an investigation needs is in the access
log.
"""

import json
import re
from collections.abc import Awaitable, Callable, Generator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import pulumi
import pulumi_aws as aws

from components.argument_types import check_types
from components.environment import refuse_secrets
from components.errors import ArgumentError
from components.logs import check_retention

# https://docs.aws.amazon.com/apigateway/latest/api/API_CreateStage.html
_STAGE_NAME = re.compile(r"[A-Za-z0-9_-]{1,128}")
_VARIABLE_NAME = re.compile(r"[A-Za-z0-9_]+")
_VARIABLE_VALUE = re.compile(r"[A-Za-z0-9._~:/?#&=,-]+")

# https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-variables-for-access-logging.html
# Only values that a caller cannot fill with quotes, so that every line stays JSON: the route's path, not the request's.
ACCESS_LOG_FIELDS: Mapping[str, str] = {
    "request_id": "$context.requestId",
    "extended_request_id": "$context.extendedRequestId",
    "time": "$context.requestTimeEpoch",
    "source_ip": "$context.identity.sourceIp",
    "method": "$context.httpMethod",
    "route": "$context.resourcePath",
    "stage": "$context.stage",
    "protocol": "$context.protocol",
    "status": "$context.status",
    "response_type": "$context.error.responseType",
    "error": "$context.error.message",
    "response_length": "$context.responseLength",
    "latency_ms": "$context.responseLatency",
    "principal": "$context.authorizer.principalId",
    "reason": "$context.authorizer.reason",
    "authorizer_error": "$context.authorizer.error",
    "authorizer_status": "$context.authorizer.status",
    "authorizer_latency_ms": "$context.authorizer.latency",
    # With these two, a line leads to those of the functions: theirs have the request ids of the invocations.
    "authorizer_request_id": "$context.authorizer.requestId",
    "integration_error": "$context.integration.error",
    "integration_status": "$context.integration.status",
    "integration_latency_ms": "$context.integration.latency",
    "integration_request_id": "$context.integration.requestId",
    "client_certificate_serial": "$context.identity.clientCert.serialNumber",
    "trace_id": "$context.xrayTraceId",
}


@dataclass(frozen=True, kw_only=True)
class StageSettings:
    """How an API is served. `variables` are plain settings; rates are requests per second over the whole stage.

    Raises `ArgumentError` for what API Gateway would refuse later, and for a variable that looks like a secret.
    """

    stage_name: str = "prod"
    variables: Mapping[str, str] = field(default_factory=dict[str, str])
    throttling_rate_limit: float = 50
    throttling_burst_limit: int = 100
    tracing: bool = True
    metrics: bool = True
    log_retention_days: int = 30
    log_kms_key_arn: pulumi.Input[str] | None = None

    def __post_init__(self) -> None:
        check_types(self, f"stage {self.stage_name}")
        if not _STAGE_NAME.fullmatch(self.stage_name):
            raise ArgumentError(f"stage_name: {self.stage_name!r} is not 1 to 128 letters, digits, - and _.")
        for name in self.variables:
            if not _VARIABLE_NAME.fullmatch(name):
                raise ArgumentError(f"stage variable {name!r}: a name is letters, digits and _; rename it.")
        refuse_secrets(f"stage {self.stage_name}: variables", self.variables)
        for name, value in self.variables.items():
            # The value is not shown: it may be a secret that does not look like one.
            if not _VARIABLE_VALUE.fullmatch(value):
                raise ArgumentError(
                    f"stage {self.stage_name}: variables: the value of {name!r} is empty or has characters that API "
                    "Gateway refuses; use letters, digits and - . _ ~ : / ? # & = , only."
                )
        if self.throttling_rate_limit <= 0 or self.throttling_burst_limit <= 0:
            raise ArgumentError(
                f"throttling_rate_limit={self.throttling_rate_limit}, "
                f"throttling_burst_limit={self.throttling_burst_limit}; set both above 0: at 0 a stage answers nobody."
            )
        check_retention(self.log_retention_days)


@dataclass(frozen=True, kw_only=True)
class ApiStageArgs:
    """What a stage serves: the API, the digest of its parts, and what must exist before they are deployed.

    `account` is the resource that lets API Gateway write logs, where this program makes it.
    """

    rest_api_id: pulumi.Input[str]
    api_name: str
    definition_digest: pulumi.Input[str]
    parts: Sequence[pulumi.Resource]
    account: pulumi.Resource | None = None
    settings: StageSettings = field(default_factory=StageSettings)
    tags: Mapping[str, str] = field(default_factory=dict[str, str])


class ApiStage(pulumi.ComponentResource):
    """The deployment, the stage, its access log and its method settings.

    Logical names: `<name>` for the stage, `<name>-deployment`, `<name>-logs`, `<name>-settings`.
    """

    stage_name: pulumi.Output[str]
    invoke_url: pulumi.Output[str]
    deployment_id: pulumi.Output[str]
    access_log_group_name: pulumi.Output[str]

    def __init__(self, name: str, args: ApiStageArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("gatehouse:index:ApiStage", name, None, opts)
        settings = args.settings
        deployment = aws.apigateway.Deployment(
            f"{name}-deployment",
            rest_api=args.rest_api_id,
            triggers={"definition": _independent(args.definition_digest)},
            opts=pulumi.ResourceOptions(parent=self, depends_on=list(args.parts)),
        )
        logs = aws.cloudwatch.LogGroup(
            f"{name}-logs",
            name=f"/aws/apigateway/{args.api_name}/{settings.stage_name}",
            retention_in_days=settings.log_retention_days,
            kms_key_id=settings.log_kms_key_arn,
            tags=args.tags,
            opts=pulumi.ResourceOptions(parent=self),
        )
        stage = aws.apigateway.Stage(
            name,
            rest_api=args.rest_api_id,
            deployment=deployment.id,
            stage_name=settings.stage_name,
            variables=settings.variables or None,
            xray_tracing_enabled=settings.tracing,
            access_log_settings=aws.apigateway.StageAccessLogSettingsArgs(
                destination_arn=logs.arn, format=json.dumps(ACCESS_LOG_FIELDS)
            ),
            tags=args.tags,
            # AWS refuses access logs until the account's role is set.
            opts=pulumi.ResourceOptions(parent=self, depends_on=[args.account] if args.account else []),
        )
        aws.apigateway.MethodSettings(
            f"{name}-settings",
            rest_api=args.rest_api_id,
            stage_name=stage.stage_name,
            method_path="*/*",
            settings=aws.apigateway.MethodSettingsSettingsArgs(
                metrics_enabled=settings.metrics,
                throttling_rate_limit=settings.throttling_rate_limit,
                throttling_burst_limit=settings.throttling_burst_limit,
                logging_level="OFF",
                data_trace_enabled=False,
            ),
            opts=pulumi.ResourceOptions(parent=self),
        )
        self.stage_name = stage.stage_name
        self.invoke_url = stage.invoke_url
        self.deployment_id = deployment.id
        self.access_log_group_name = logs.name
        self.register_outputs(
            {
                "stage_name": self.stage_name,
                "invoke_url": self.invoke_url,
                "deployment_id": self.deployment_id,
                "access_log_group_name": self.access_log_group_name,
            }
        )


def _independent(digest: pulumi.Input[str]) -> pulumi.Output[str]:
    """The digest, without a dependency of this property on the resources that it was made of.

    The deployment depends on them as a whole. A property that depends on one which must be deleted before it is
    replaced (an integration) would take the deployment along, and API Gateway deletes none that a stage still serves.
    """
    output = pulumi.Output.from_input(digest)
    return pulumi.Output(set(), _Awaited(output.future), _Awaited(output.is_known), _Awaited(output.is_secret))


class _Awaited(Awaitable[Any]):
    """Asks only when it is awaited: where the digest fails, nobody would ask for the answers to the other questions."""

    def __init__(self, ask: Callable[[], Awaitable[Any]]) -> None:
        self._ask = ask

    def __await__(self) -> Generator[Any, Any, Any]:
        return self._ask().__await__()
