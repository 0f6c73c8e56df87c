"""`CustomAuthorizer`: the Lambda function behind API Gateway authorizers, from a folder of plugins.

    plugins directory + functions/authorizer ──► archive ──► PythonFunction (role, logs)
    AuthorizedApi ──► one Authorizer and one permission per API that uses it

An `aws.apigateway.Authorizer` belongs to one API, and an API's methods name the authorizer; the circle is cut by
leaving the registration to `AuthorizedApi`: this component knows no API, and several APIs can share it. It deliberately
does not decide who gets in (the plugins do) and makes no role for API Gateway, which a permission lets call the
function: docs/adr/0006-authorizer-and-api-wiring.md.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path

import pulumi

from components.errors import ArgumentError
from components.iam import Statement
from components.packaging import merged, package_files, plugin_files
from components.python_function import FunctionPlatform, PythonFunction, PythonFunctionArgs, ReadableSecret

AUTHORIZER_HANDLER = "authorizer.handler.handle"
AUTHORIZER_PACKAGES = ("authorizer", "jwt_verification", "secret_store")

# https://docs.aws.amazon.com/apigateway/latest/api/API_CreateAuthorizer.html
TTL_SECONDS = range(3600 + 1)
DEFAULT_TTL_SECONDS = 300
AUTHORIZATION_HEADER = "method.request.header.Authorization"
_TOKEN_SOURCE = re.compile(r"method\.request\.header\.[A-Za-z0-9!#$%&'*+.^_`|~-]+")
_REQUEST_SOURCE = re.compile(r"(?:method\.request\.(?:header|querystring)|stageVariables|context)\.[^\s,]+")


class AuthorizerType(StrEnum):
    """What API Gateway hands to the authorizer: one token, or the request without its body."""

    TOKEN = "TOKEN"  # noqa: S105 - API Gateway's name of the type
    REQUEST = "REQUEST"


@dataclass(frozen=True, kw_only=True)
class CustomAuthorizerArgs:
    """What an authorizer is made of.

    `plugins_directory` holds the chain: `*.py` with `validate(auth_context)`, run in alphabetical order, `_*.py` only
    imported. `identity_sources` are what API Gateway takes the credential from, and the key of its policy cache;
    `ttl_seconds` is how long it keeps a policy, 0 for not at all. `identity_validation_expression` (TOKEN only) is a
    regular expression for the token: API Gateway answers 401 to what does not match, without calling the function.
    Raises `ArgumentError` for what API Gateway or Lambda would refuse later, and for a chain that could not load.
    """

    function_name: str
    plugins_directory: Path
    type: AuthorizerType = AuthorizerType.TOKEN
    identity_sources: Sequence[str] = (AUTHORIZATION_HEADER,)
    ttl_seconds: int = DEFAULT_TTL_SECONDS
    identity_validation_expression: str | None = None
    packages: Sequence[str] = AUTHORIZER_PACKAGES
    description: str = "Decides who may call: a chain of plugins"
    platform: FunctionPlatform = field(default_factory=FunctionPlatform)
    memory_mb: int = 128
    timeout_seconds: int = 10
    environment: Mapping[str, pulumi.Input[str]] = field(default_factory=dict[str, pulumi.Input[str]])
    secret_arns: Mapping[str, ReadableSecret] = field(default_factory=dict[str, ReadableSecret])
    statements: Sequence[Statement] = ()
    layers: Sequence[pulumi.Input[str]] = ()
    tags: Mapping[str, str] = field(default_factory=dict[str, str])

    def __post_init__(self) -> None:
        what = f"authorizer {self.function_name}"
        if self.ttl_seconds not in TTL_SECONDS:
            raise ArgumentError(
                f"{what}: ttl_seconds={self.ttl_seconds}; API Gateway keeps a policy for 0 to 3600 seconds, "
                "0 meaning not at all."
            )
        if self.type is AuthorizerType.TOKEN:
            self._check_token(what)
        else:
            self._check_request(what)

    def _check_token(self, what: str) -> None:
        if len(self.identity_sources) != 1 or not _TOKEN_SOURCE.fullmatch(self.identity_sources[0]):
            raise ArgumentError(
                f"{what}: identity_sources={list(self.identity_sources)}; a TOKEN authorizer takes exactly one header, "
                f"for example ['{AUTHORIZATION_HEADER}']."
            )
        if self.identity_validation_expression is not None:
            try:
                re.compile(self.identity_validation_expression)
            except re.error as error:
                raise ArgumentError(
                    f"{what}: identity_validation_expression is no regular expression ({error}); correct it."
                ) from error

    def _check_request(self, what: str) -> None:
        if self.identity_validation_expression is not None:
            raise ArgumentError(f"{what}: identity_validation_expression is for TOKEN authorizers; leave it out.")
        if self.ttl_seconds and not self.identity_sources:
            raise ArgumentError(
                f"{what}: ttl_seconds={self.ttl_seconds} without identity_sources; name what the cached policy depends "
                "on, or set ttl_seconds=0."
            )
        for source in self.identity_sources:
            if not _REQUEST_SOURCE.fullmatch(source):
                raise ArgumentError(
                    f"{what}: identity source {source!r} is none of method.request.header.*, "
                    "method.request.querystring.*, stageVariables.*, context.*; correct it."
                )

    @property
    def identity_source(self) -> str | None:
        """The sources as API Gateway takes them: one text, separated by commas."""
        return ",".join(self.identity_sources) or None


class CustomAuthorizer(pulumi.ComponentResource):
    """The authorizer's function with its chain, role and logs.

    Logical names: `<name>` for the function's component, and that component's own below it.

    What the variables and outputs of the Terraform module that this follows (`api-gateway-custom-auth`) are called
    here, as far as it goes now; `—` is not there yet:

    | module                             | here                                                             |
    |------------------------------------|------------------------------------------------------------------|
    | `api_name`                         | `AuthorizedApiArgs.api_name`                                     |
    | `endpoint_type`                    | `AuthorizedApiArgs.endpoint_type` (EDGE, REGIONAL)               |
    | `stage_name`                       | `StageSettings.stage_name`                                       |
    | `authorizer_type`                  | `CustomAuthorizerArgs.type`                                      |
    | `identity_source`                  | `CustomAuthorizerArgs.identity_sources`                          |
    | `authorizer_ttl_seconds`           | `CustomAuthorizerArgs.ttl_seconds`                               |
    | `plugins_directory`                | `CustomAuthorizerArgs.plugins_directory`; no built-in example: — |
    | `lambda_function_name`             | `CustomAuthorizerArgs.function_name`                             |
    | `lambda_runtime`                   | `FunctionPlatform.runtime`                                       |
    | `lambda_memory_size`               | `CustomAuthorizerArgs.memory_mb`                                 |
    | `lambda_timeout`                   | `CustomAuthorizerArgs.timeout_seconds`                           |
    | `lambda_layers`                    | `CustomAuthorizerArgs.layers`                                    |
    | `lambda_environment_variables`     | `CustomAuthorizerArgs.environment`, secrets by `secret_arns`     |
    | `lambda_vpc_config`                | —                                                                |
    | `create_deployment`                | — (there is always one)                                          |
    | `deployment_dependencies`          | — (every route of the API is covered)                            |
    | `tags`                             | `tags` of each component's arguments                             |
    | `rest_api_id`                      | `AuthorizedApi.rest_api_id`                                      |
    | `rest_api_root_resource_id`        | `AuthorizedApi.root_resource_id`                                 |
    | `authorizer_id`                    | `AuthorizedApi.authorizer_ids[<function name>]`                  |
    | `stage_invoke_url`                 | `AuthorizedApi.invoke_url`                                       |
    | `lambda_function_arn`              | `CustomAuthorizer.function_arn`                                  |
    | `lambda_execution_role_arn`        | `CustomAuthorizer.role_arn`                                      |
    """

    function_arn: pulumi.Output[str]
    function_name: pulumi.Output[str]
    invoke_arn: pulumi.Output[str]
    role_arn: pulumi.Output[str]
    log_group_name: pulumi.Output[str]

    def __init__(self, name: str, args: CustomAuthorizerArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("gatehouse:index:CustomAuthorizer", name, None, opts)
        self.args = args
        function = PythonFunction(
            name,
            PythonFunctionArgs(
                function_name=args.function_name,
                description=args.description,
                handler=AUTHORIZER_HANDLER,
                files=merged(package_files(args.packages), plugin_files(args.plugins_directory)),
                platform=args.platform,
                memory_mb=args.memory_mb,
                timeout_seconds=args.timeout_seconds,
                environment=args.environment,
                secret_arns=args.secret_arns,
                statements=args.statements,
                layers=args.layers,
                tags=args.tags,
            ),
            pulumi.ResourceOptions(parent=self),
        )
        self.function_arn = function.arn
        self.function_name = function.function_name
        self.invoke_arn = function.invoke_arn
        self.role_arn = function.role_arn
        self.log_group_name = function.log_group_name
        self.register_outputs(
            {
                "function_arn": self.function_arn,
                "function_name": self.function_name,
                "invoke_arn": self.invoke_arn,
                "role_arn": self.role_arn,
                "log_group_name": self.log_group_name,
            }
        )
