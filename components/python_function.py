"""`PythonFunction`: a Lambda function with a role, a log group and rights of its own.

    files ──► archive ──► function ◄── role ◄── policy: its log group, its secrets, traces, what the caller adds
                             │
                     log group, made first and with a retention
    warm_start ──► published version ◄── alias `live`, which callers then call

It deliberately has no shared role, attaches no AWS managed policy but the one that a VPC needs, lets no secret into the
environment, builds no image (`python -m delivery` does), and makes no event source: whoever calls the function grants
the permission for that, scoped to the caller.
"""

from __future__ import annotations  # names of pulumi_aws in signatures load a whole service's module when evaluated

import dataclasses
import re
from dataclasses import dataclass
from typing import Any, Self

import pulumi
import pulumi_aws as aws

from components.environment import plain_value
from components.errors import ArgumentError
from components.function_settings import FunctionSettings, ProvisionedConcurrency, SnapStart
from components.iam import (
    Statement,
    leave_networks_to_lambda,
    policy_json,
    send_traces,
    service_trust_policy,
    write_log_events,
)
from components.packaging import Files, archive

# The alias of a function with a warm start. The version behind it changes with the code, its own ARN never.
LIVE_ALIAS = "live"

# What Lambda needs to reach a VPC. https://docs.aws.amazon.com/lambda/latest/dg/configuration-vpc.html
VPC_ACCESS_POLICY = "policy/service-role/AWSLambdaVPCAccessExecutionRole"

SECRETS_EXTENSION_PORT_VARIABLE = "PARAMETERS_SECRETS_EXTENSION_HTTP_PORT"
SECRETS_EXTENSION_CACHE_VARIABLE = "PARAMETERS_SECRETS_EXTENSION_CACHE_ENABLED"

_HANDLER = re.compile(r"[A-Za-z_]\w*(?:\.[A-Za-z_]\w*)+")


@dataclass(frozen=True, kw_only=True)
class PythonFunctionArgs(FunctionSettings):
    """What a function is made of: its settings and its code.

    `files` maps paths in the archive (or below an image's task root) to files: `components.packaging`. `handler` is
    `package.module.function`.
    Raises `ArgumentError` as `FunctionSettings` does, and for a handler that is not in the archive.
    """

    handler: str
    files: Files

    def __post_init__(self) -> None:
        super().__post_init__()
        handler_file = "/".join(self.handler.split(".")[:-1]) + ".py"
        if not _HANDLER.fullmatch(self.handler) or handler_file not in self.files:
            raise ArgumentError(
                f"function {self.function_name}: handler {self.handler!r} is not in the archive; it must be "
                f"package.module.function and files must hold {handler_file}."
            )

    @classmethod
    def of(cls, settings: FunctionSettings, *, handler: str, files: Files) -> Self:
        """A function with these settings, whatever else the arguments say that they are part of."""
        shared = {each.name: getattr(settings, each.name) for each in dataclasses.fields(FunctionSettings)}
        return cls(handler=handler, files=files, **shared)


class PythonFunction(pulumi.ComponentResource):
    """The function, its role and its log group.

    Logical names: `<name>` for the function, `<name>-role`, `<name>-policy`, `<name>-logs`; with a VPC
    `<name>-vpc-policy`; with a warm start `<name>-alias`, `<name>-concurrency`. The function and its log group
    (`/aws/lambda/<function name>`) have the given name, the role an automatic one.

    `invoke_arn` is what API Gateway calls: the alias where there is one. `alias_name` is that alias's, and resolves to
    None without one; permissions take it as their qualifier. `arn` and `function_name` are always the function's own.
    """

    arn: pulumi.Output[str]
    function_name: pulumi.Output[str]
    invoke_arn: pulumi.Output[str]
    alias_name: pulumi.Output[str | None]
    role_arn: pulumi.Output[str]
    role_name: pulumi.Output[str]
    log_group_name: pulumi.Output[str]

    def __init__(self, name: str, args: PythonFunctionArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("gatehouse:index:PythonFunction", name, None, opts)
        self.args = args
        logs = aws.cloudwatch.LogGroup(
            f"{name}-logs",
            name=f"/aws/lambda/{args.function_name}",
            retention_in_days=args.platform.log_retention_days,
            kms_key_id=args.platform.log_kms_key_arn,
            tags=args.tags,
            opts=self._child(),
        )
        role = self._role(name)
        rights = self._rights(name, role, logs.arn)
        function = self._function(name, role, [logs, *rights])
        self.arn = function.arn
        self.function_name = function.name
        alias = self._alias(name, function) if args.warm_start is not None else None
        self.invoke_arn = function.invoke_arn if alias is None else alias.invoke_arn
        self.alias_name = pulumi.Output.from_input(None if alias is None else alias.name)
        self.role_arn = role.arn
        self.role_name = role.name
        self.log_group_name = logs.name
        self.register_outputs(
            {
                "arn": self.arn,
                "function_name": self.function_name,
                "invoke_arn": self.invoke_arn,
                "alias_name": self.alias_name,
                "role_arn": self.role_arn,
                "role_name": self.role_name,
                "log_group_name": self.log_group_name,
            }
        )

    def _role(self, name: str) -> aws.iam.Role:
        account_id = aws.get_caller_identity_output(opts=pulumi.InvokeOutputOptions(parent=self)).account_id
        return aws.iam.Role(
            f"{name}-role",
            description=f"Execution role of the function {self.args.function_name}",
            assume_role_policy=service_trust_policy("lambda.amazonaws.com", source_account=account_id),
            tags=self.args.tags,
            opts=self._child(),
        )

    def _rights(self, name: str, role: aws.iam.Role, log_group_arn: pulumi.Output[str]) -> list[pulumi.Resource]:
        policy = policy_json(_statements(self.args, log_group_arn))
        rights: list[pulumi.Resource] = [
            aws.iam.RolePolicy(f"{name}-policy", role=role.name, policy=policy, opts=self._child())
        ]
        if self.args.vpc is not None:
            partition = aws.get_partition_output(opts=pulumi.InvokeOutputOptions(parent=self)).partition
            arn = pulumi.Output.concat("arn:", partition, ":iam::aws:", VPC_ACCESS_POLICY)
            rights.append(
                aws.iam.RolePolicyAttachment(f"{name}-vpc-policy", role=role.name, policy_arn=arn, opts=self._child())
            )
        return rights

    def _function(self, name: str, role: aws.iam.Role, needs: list[pulumi.Resource]) -> aws.lambda_.Function:
        args = self.args
        environment = _environment(args)
        return aws.lambda_.Function(
            name,
            name=args.function_name,
            description=args.description,
            **_code(args),
            architectures=[str(args.platform.architecture)],
            memory_size=args.memory_mb,
            timeout=args.timeout_seconds,
            role=role.arn,
            environment=aws.lambda_.FunctionEnvironmentArgs(variables=environment) if environment else None,
            vpc_config=_vpc_config(args),
            publish=True if args.warm_start is not None else None,
            snap_start=aws.lambda_.FunctionSnapStartArgs(apply_on="PublishedVersions")
            if isinstance(args.warm_start, SnapStart)
            else None,
            tracing_config=aws.lambda_.FunctionTracingConfigArgs(
                mode="Active" if args.platform.tracing else "PassThrough"
            ),
            tags=args.tags,
            # The rights first: a function that is called before it may write its log loses the first lines, and Lambda
            # refuses a VPC that the role may not reach.
            opts=self._child(*needs),
        )

    def _alias(self, name: str, function: aws.lambda_.Function) -> aws.lambda_.Alias:
        """The alias for the version that was published last, with its concurrency."""
        alias = aws.lambda_.Alias(
            f"{name}-alias",
            name=LIVE_ALIAS,
            description="The version that is live",
            function_name=function.name,
            function_version=function.version,
            opts=self._child(),
        )
        if isinstance(self.args.warm_start, ProvisionedConcurrency):
            aws.lambda_.ProvisionedConcurrencyConfig(
                f"{name}-concurrency",
                function_name=function.name,
                qualifier=alias.name,
                provisioned_concurrent_executions=self.args.warm_start.executions,
                opts=self._child(),
            )
        return alias

    def _child(self, *depends_on: pulumi.Resource) -> pulumi.ResourceOptions:
        return pulumi.ResourceOptions(parent=self, depends_on=list(depends_on))


def _code(args: PythonFunctionArgs) -> dict[str, Any]:
    """What runs: an archive with its layers, or an image, which `python -m delivery` builds from the same files."""
    if args.platform.images is None:
        return {
            "code": archive(args.files),
            "handler": args.handler,
            "runtime": args.platform.runtime,
            "layers": args.all_layers or None,
        }
    return {
        "package_type": "Image",
        "image_uri": args.platform.images.uri(args.function_name),
        "image_config": aws.lambda_.FunctionImageConfigArgs(commands=[args.handler]),
    }


def _statements(args: PythonFunctionArgs, log_group_arn: pulumi.Output[str]) -> list[Statement]:
    statements = [write_log_events(log_group_arn)]
    if args.platform.tracing:
        statements.append(send_traces())
    if args.vpc is not None:
        statements.append(leave_networks_to_lambda())
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


def _vpc_config(args: PythonFunctionArgs) -> aws.lambda_.FunctionVpcConfigArgs | None:
    if args.vpc is None:
        return None
    return aws.lambda_.FunctionVpcConfigArgs(
        subnet_ids=list(args.vpc.subnet_ids), security_group_ids=list(args.vpc.security_group_ids)
    )
