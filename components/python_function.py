"""`PythonFunction`: a Lambda function with a role, a log group and rights of its own.

    files ──► archive ──► function ◄── role ◄── policy: its log group, its secrets, traces, what the caller adds
                             │
                     log group, made first and with a retention

It deliberately has no shared role, attaches no AWS managed policy, lets no secret into the environment, and makes no
event source: whoever calls the function grants the permission for that, scoped to the caller.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Protocol

import pulumi
import pulumi_aws as aws

from components.environment import plain_value, refuse_reserved_names, refuse_secrets
from components.errors import ArgumentError
from components.iam import Statement, policy_json, read_secret, send_traces, service_trust_policy, write_log_events
from components.logs import check_retention
from components.packaging import Files, archive

# The Pythons that the code of functions/ is tested with; newest last.
RUNTIMES = ("python3.11", "python3.12", "python3.13")

# https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html
MEMORY_MB = range(128, 10_240 + 1)
TIMEOUT_SECONDS = range(1, 900 + 1)

# https://docs.aws.amazon.com/secretsmanager/latest/userguide/retrieving-secrets_lambda.html
SECRETS_EXTENSION_PORT = 2773
SECRETS_EXTENSION_PORT_VARIABLE = "PARAMETERS_SECRETS_EXTENSION_HTTP_PORT"
SECRETS_EXTENSION_CACHE_VARIABLE = "PARAMETERS_SECRETS_EXTENSION_CACHE_ENABLED"
PORTS = range(1, 65_535 + 1)

_FUNCTION_NAME = re.compile(r"[a-zA-Z0-9_-]{1,64}")
_HANDLER = re.compile(r"[A-Za-z_]\w*(?:\.[A-Za-z_]\w*)+")
_LAYER_VERSION_ARN = re.compile(r"arn:[a-z-]+:lambda:[a-z0-9-]+:\d{12}:layer:[a-zA-Z0-9_-]+:\d+")


class Architecture(StrEnum):
    """The instruction sets of Lambda."""

    X86_64 = "x86_64"
    ARM64 = "arm64"


class ReadableSecret(Protocol):
    """A secret whose ARN may be deployed and whose value a function may be allowed to read."""

    @property
    def arn(self) -> pulumi.Input[str]:
        """The ARN, with Secrets Manager's random suffix."""
        ...

    def reader_statements(self, sid: str) -> Sequence[Statement]:
        """The rights to read this one secret; `sid` is the id of the first, others start with it."""
        ...


@dataclass(frozen=True)
class ExistingSecret:
    """A secret that this program did not make, known by its ARN."""

    arn: pulumi.Input[str]

    def reader_statements(self, sid: str) -> Sequence[Statement]:
        """The right to read it; a customer managed key needs a statement of its own in `statements`."""
        return [read_secret(sid, self.arn)]


@dataclass(frozen=True, kw_only=True)
class SecretsExtension:
    """The AWS Parameters and Secrets Lambda Extension, attached to every function that reads a secret.

    `layer_version_arn` is AWS's for the region and architecture; `port` is where it listens on localhost.
    """

    layer_version_arn: str
    port: int = SECRETS_EXTENSION_PORT

    def __post_init__(self) -> None:
        if not _LAYER_VERSION_ARN.fullmatch(self.layer_version_arn):
            raise ArgumentError(
                f"layer_version_arn: {self.layer_version_arn!r} is not the ARN of a layer version; "
                "take the one that AWS lists for the region and architecture."
            )
        if self.port not in PORTS:
            raise ArgumentError(f"port: {self.port} is no TCP port; leave it out for AWS's {SECRETS_EXTENSION_PORT}.")


@dataclass(frozen=True, kw_only=True)
class FunctionPlatform:
    """What the functions of a system share: how they run and how they are watched."""

    runtime: str = RUNTIMES[-1]
    architecture: Architecture = Architecture.X86_64
    secrets_extension: SecretsExtension | None = None
    tracing: bool = True
    log_retention_days: int = 30
    log_kms_key_arn: pulumi.Input[str] | None = None

    def __post_init__(self) -> None:
        if self.runtime not in RUNTIMES:
            raise ArgumentError(f"runtime: {self.runtime!r} is not supported; use one of {', '.join(RUNTIMES)}.")
        check_retention(self.log_retention_days)
        if self.secrets_extension is not None:
            for_arm = "-Arm64:" in self.secrets_extension.layer_version_arn
            if for_arm != (self.architecture is Architecture.ARM64):
                raise ArgumentError(
                    f"secrets_extension: its layer is for another architecture than {self.architecture}; take AWS's "
                    f"AWS-Parameters-and-Secrets-Lambda-Extension{'' if for_arm else '-Arm64'} instead."
                )


@dataclass(frozen=True, kw_only=True)
class PythonFunctionArgs:
    """What a function is made of.

    `files` maps paths in the archive to files (`components.packaging`). `handler` is `package.module.function`.
    `environment` holds plain settings; `secret_arns` maps the name of a variable to a secret: the function gets the ARN
    in that variable and the right to read that secret. `statements` are further rights. Units are in the names.
    Raises `ArgumentError` for everything that Lambda would refuse later, and for what looks like a secret.
    """

    function_name: str
    handler: str
    files: Files
    description: str
    platform: FunctionPlatform = field(default_factory=FunctionPlatform)
    memory_mb: int = 128
    timeout_seconds: int = 10
    environment: Mapping[str, pulumi.Input[str]] = field(default_factory=dict[str, pulumi.Input[str]])
    secret_arns: Mapping[str, ReadableSecret] = field(default_factory=dict[str, ReadableSecret])
    statements: Sequence[Statement] = ()
    layers: Sequence[pulumi.Input[str]] = ()
    tags: Mapping[str, str] = field(default_factory=dict[str, str])

    def __post_init__(self) -> None:
        what = f"function {self.function_name}"
        if not _FUNCTION_NAME.fullmatch(self.function_name):
            raise ArgumentError(f"function_name: {self.function_name!r} is not 1 to 64 letters, digits, - and _.")
        if not _HANDLER.fullmatch(self.handler) or self._handler_file not in self.files:
            raise ArgumentError(
                f"{what}: handler {self.handler!r} is not in the archive; it must be package.module.function and "
                f"files must hold {self._handler_file}."
            )
        if self.memory_mb not in MEMORY_MB:
            raise ArgumentError(f"{what}: memory_mb={self.memory_mb}; Lambda gives {_span(MEMORY_MB)} MB.")
        if self.timeout_seconds not in TIMEOUT_SECONDS:
            raise ArgumentError(f"{what}: timeout_seconds={self.timeout_seconds}; it must be {_span(TIMEOUT_SECONDS)}.")
        refuse_reserved_names(what, {**self.environment, **self.plain_secret_names})
        refuse_secrets(f"{what}: environment", self.environment)
        for name in self.secret_arns:
            if not name.endswith("_ARN") or name in self.environment:
                raise ArgumentError(
                    f"{what}: secret_arns has {name!r}; end the name with _ARN, because that is what the function "
                    "gets, and do not set it in environment as well."
                )

    @property
    def plain_secret_names(self) -> dict[str, str]:
        """The variables that will hold ARNs of secrets."""
        return dict.fromkeys(self.secret_arns, "arn")

    @property
    def _handler_file(self) -> str:
        return "/".join(self.handler.split(".")[:-1]) + ".py"


class PythonFunction(pulumi.ComponentResource):
    """The function, its role and its log group.

    Logical names: `<name>` for the function, `<name>-role`, `<name>-policy`, `<name>-logs`. The function and its log
    group (`/aws/lambda/<function name>`) have the given name, the role an automatic one.
    """

    arn: pulumi.Output[str]
    function_name: pulumi.Output[str]
    invoke_arn: pulumi.Output[str]
    role_arn: pulumi.Output[str]
    role_name: pulumi.Output[str]
    log_group_name: pulumi.Output[str]

    def __init__(self, name: str, args: PythonFunctionArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("gatehouse:index:PythonFunction", name, None, opts)
        self.args = args
        account_id = aws.get_caller_identity_output(opts=pulumi.InvokeOutputOptions(parent=self)).account_id
        logs = aws.cloudwatch.LogGroup(
            f"{name}-logs",
            name=f"/aws/lambda/{args.function_name}",
            retention_in_days=args.platform.log_retention_days,
            kms_key_id=args.platform.log_kms_key_arn,
            tags=args.tags,
            opts=pulumi.ResourceOptions(parent=self),
        )
        role = aws.iam.Role(
            f"{name}-role",
            description=f"Execution role of the function {args.function_name}",
            assume_role_policy=service_trust_policy("lambda.amazonaws.com", source_account=account_id),
            tags=args.tags,
            opts=pulumi.ResourceOptions(parent=self),
        )
        policy = aws.iam.RolePolicy(
            f"{name}-policy",
            role=role.name,
            policy=policy_json(_statements(args, logs.arn)),
            opts=pulumi.ResourceOptions(parent=self),
        )
        environment = _environment(args)
        function = aws.lambda_.Function(
            name,
            name=args.function_name,
            description=args.description,
            code=archive(args.files),
            handler=args.handler,
            runtime=args.platform.runtime,
            architectures=[args.platform.architecture.value],
            memory_size=args.memory_mb,
            timeout=args.timeout_seconds,
            role=role.arn,
            layers=_layers(args) or None,
            environment=aws.lambda_.FunctionEnvironmentArgs(variables=environment) if environment else None,
            tracing_config=aws.lambda_.FunctionTracingConfigArgs(
                mode="Active" if args.platform.tracing else "PassThrough"
            ),
            tags=args.tags,
            # The policy first: a function that is called before it may write its log loses the first lines.
            opts=pulumi.ResourceOptions(parent=self, depends_on=[logs, policy]),
        )
        self.arn = function.arn
        self.function_name = function.name
        self.invoke_arn = function.invoke_arn
        self.role_arn = role.arn
        self.role_name = role.name
        self.log_group_name = logs.name
        self.register_outputs(
            {
                "arn": self.arn,
                "function_name": self.function_name,
                "invoke_arn": self.invoke_arn,
                "role_arn": self.role_arn,
                "role_name": self.role_name,
                "log_group_name": self.log_group_name,
            }
        )


def _statements(args: PythonFunctionArgs, log_group_arn: pulumi.Output[str]) -> list[Statement]:
    statements = [write_log_events(log_group_arn)]
    if args.platform.tracing:
        statements.append(send_traces())
    for index, secret in enumerate(args.secret_arns.values(), start=1):
        statements.extend(secret.reader_statements(f"ReadSecret{index}"))
    return [*statements, *args.statements]


def _environment(args: PythonFunctionArgs) -> dict[str, pulumi.Input[str]]:
    """Text as it is, outputs guarded, the ARNs of secrets, and where the secrets extension listens."""
    what = f"function {args.function_name}: environment"
    variables: dict[str, pulumi.Input[str]] = {
        name: value if isinstance(value, str) else plain_value(what, name, value)
        for name, value in args.environment.items()
    }
    variables.update({name: secret.arn for name, secret in args.secret_arns.items()})
    extension = args.platform.secrets_extension
    if args.secret_arns and extension is not None:
        variables[SECRETS_EXTENSION_PORT_VARIABLE] = str(extension.port)
        # functions/secret_store has a cache of its own; a second one would hide a rotation for five minutes.
        variables[SECRETS_EXTENSION_CACHE_VARIABLE] = "false"
    return dict(sorted(variables.items()))


def _layers(args: PythonFunctionArgs) -> list[pulumi.Input[str]]:
    extension = args.platform.secrets_extension
    attached = [extension.layer_version_arn] if args.secret_arns and extension is not None else []
    return [*attached, *args.layers]


def _span(numbers: range) -> str:
    return f"{numbers.start} to {numbers.stop - 1}"
