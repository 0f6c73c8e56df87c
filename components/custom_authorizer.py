"""`CustomAuthorizer`: the Lambda function behind API Gateway authorizers, from a folder of plugins.

    plugins directory + functions/authorizer ──► archive ──► PythonFunction (role, logs)
    AuthorizedApi ──► one Authorizer and one permission per API that uses it

An `aws.apigateway.Authorizer` belongs to one API, and an API's methods name the authorizer; the circle is cut by
leaving the registration to `AuthorizedApi`: this component knows no API, and several APIs can share it. It deliberately
does not decide who gets in (the plugins do) and makes no role for API Gateway, which a permission lets call the
function: docs/adr/0006-authorizer-and-api-wiring.md.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path

import pulumi

from components.argument_types import written_as
from components.errors import ArgumentError
from components.function_settings import FunctionSettings
from components.packaging import FUNCTIONS_DIRECTORY, merged, package_files, plugin_files
from components.python_function import PythonFunction, PythonFunctionArgs

AUTHORIZER_HANDLER = "authorizer.handler.handle"
AUTHORIZER_PACKAGES = ("authorizer", "jwt_verification", "secret_store")

# The chain of an authorizer that is given none: for trying things out.
EXAMPLE_CHAIN = FUNCTIONS_DIRECTORY / "chains" / "example"

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
class CustomAuthorizerArgs(FunctionSettings):
    """What an authorizer is made of: the settings of its function, its chain, and when API Gateway asks it.

    `plugins_directory` holds the chain: `*.py` with `validate(auth_context)`, run in alphabetical order, `_*.py` only
    imported; None is the built-in example. `identity_sources` are what API Gateway takes the credential from, and the
    key of its policy cache; `ttl_seconds` is how long it keeps a policy, 0 for not at all.
    `identity_validation_expression` (TOKEN only) is a regular expression for the token: API Gateway answers 401 to what
    does not match, without calling the function.
    Raises `ArgumentError` for what API Gateway or Lambda would refuse later, and for a chain that could not load.
    """

    description: str = "Decides who may call: a chain of plugins"
    plugins_directory: Path | None = field(
        default=None,
        metadata=written_as("a Path, such as Path(__file__).parent / 'plugins', or leave it out for the built-in one"),
    )
    type: AuthorizerType = AuthorizerType.TOKEN
    identity_sources: Sequence[str] = (AUTHORIZATION_HEADER,)
    ttl_seconds: int = DEFAULT_TTL_SECONDS
    identity_validation_expression: str | None = None
    packages: Sequence[str] = AUTHORIZER_PACKAGES

    def __post_init__(self) -> None:
        super().__post_init__()
        what = f"authorizer {self.function_name}"
        if self.ttl_seconds not in TTL_SECONDS:
            raise ArgumentError(
                f"{what}: ttl_seconds={self.ttl_seconds}; API Gateway keeps a policy for 0 to 3600 seconds, 0 meaning "
                "not at all: choose a time in that range."
            )
        if self.type == AuthorizerType.TOKEN:
            self._check_token(what)
        elif self.type == AuthorizerType.REQUEST:
            self._check_request(what)
        else:
            raise ArgumentError(f"{what}: type={str(self.type)!r}; use one of {', '.join(AuthorizerType)}.")

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
    def identity_source(self) -> str:
        """The sources as API Gateway takes them: one text, separated by commas.

        Empty where there is none, and never left out: the provider would then put `Authorization` in its place, and
        API Gateway would refuse callers without that header before anybody is asked.
        """
        return ",".join(self.identity_sources)

    def files(self) -> dict[str, Path]:
        """What is in the archive: the handler, its libraries and the chain, every file read. Raises `ArgumentError`."""
        chain = plugin_files(
            EXAMPLE_CHAIN if self.plugins_directory is None else self.plugins_directory,
            f"authorizer {self.function_name}: plugins_directory",
        )
        return merged(package_files(self.packages), chain)


class CustomAuthorizer(pulumi.ComponentResource):
    """The authorizer's function with its chain, role and logs.

    Logical names: `<name>` for the function's component, and that component's own below it.

    What the 24 inputs and 11 outputs of the Terraform module that this follows (`api-gateway-custom-auth`) are called
    here. Its published text names 17 inputs and 6 outputs; those marked * are reconstructed from what it says they
    cover. CA is `CustomAuthorizerArgs`, AA `AuthorizedApiArgs`, ST `StageSettings` (AA's `stage`), FP
    `FunctionPlatform` (CA's `platform`).

    | module                         | here                                                 | default                  |
    |--------------------------------|------------------------------------------------------|--------------------------|
    | `api_name`                     | `AA.api_name`                                        | —                        |
    | `api_description` *            | `AA.description`                                     | `"Answers callers..."`   |
    | `endpoint_type`                | `AA.endpoint_type`: EDGE, REGIONAL or PRIVATE        | `"REGIONAL"`             |
    | `vpc_endpoint_ids` *           | `AA.vpc_endpoint_ids`; brings its resource policy    | `[]`                     |
    | `authorizer_type`              | `CA.type`: TOKEN or REQUEST                          | `"TOKEN"`                |
    | `identity_source`              | `CA.identity_sources`, a list instead of one text    | `[AUTHORIZATION_HEADER]` |
    | `authorizer_ttl_seconds`       | `CA.ttl_seconds`                                     | `300`                    |
    | `plugins_directory`            | `CA.plugins_directory`; None is the built-in example | `None`                   |
    | `lambda_function_name`         | `CA.function_name`, also the authorizer's name       | —                        |
    | `lambda_runtime`               | `FP.runtime`                                         | `"python3.13"`           |
    | `lambda_memory_size`           | `CA.memory_mb`                                       | `128`                    |
    | `lambda_timeout`               | `CA.timeout_seconds`                                 | `10`                     |
    | `lambda_layers`                | `CA.layers`                                          | `[]`                     |
    | `lambda_vpc_config`            | `CA.vpc=VpcSettings(subnet_ids, security_group_ids)` | `None`                   |
    | `lambda_environment_variables` | `CA.environment`, and `CA.secret_arns` for secrets   | `{}`                     |
    | `provisioned_concurrency` *    | `CA.warm_start=ProvisionedConcurrency(executions)`   | `None`                   |
    | `snap_start` *                 | `CA.warm_start=SnapStart()`                          | `None`                   |
    | `log_retention_days` *         | `FP.log_retention_days` and `ST.log_retention_days`  | `30`                     |
    | `log_kms_key_arn` *            | `FP.log_kms_key_arn` and `ST.log_kms_key_arn`        | `None`                   |
    | `stage_name`                   | `ST.stage_name`                                      | `"prod"`                 |
    | `stage_variables` *            | `ST.variables`                                       | `{}`                     |
    | `create_deployment`            | `AA.create_deployment`; False to call `deploy`       | `True`                   |
    | `deployment_dependencies`      | `AuthorizedApi.deploy(after=[...])`                  | `[]`                     |
    | `tags`                         | `tags` of each component's arguments                 | `{}`                     |

    `AUTHORIZATION_HEADER` is `method.request.header.Authorization`; where there is no default, the argument is needed.

    | module                         | here                                                                      |
    |--------------------------------|---------------------------------------------------------------------------|
    | `rest_api_id`                  | `AuthorizedApi.rest_api_id`                                               |
    | `rest_api_root_resource_id`    | `AuthorizedApi.root_resource_id`                                          |
    | `rest_api_execution_arn` *     | `AuthorizedApi.execution_arn`                                             |
    | `authorizer_id`                | `AuthorizedApi.authorizer_ids[<function name>]`                           |
    | `stage_name` *                 | `AuthorizedApi.stage_name`                                                |
    | `stage_invoke_url`             | `AuthorizedApi.invoke_url`                                                |
    | `deployment_id` *              | `AuthorizedApi.deployment_id`                                             |
    | `lambda_function_arn`          | `CustomAuthorizer.function_arn`                                           |
    | `lambda_function_name` *       | `CustomAuthorizer.function_name`                                          |
    | `lambda_execution_role_arn`    | `CustomAuthorizer.role_arn`                                               |
    | `lambda_log_group_name` *      | `CustomAuthorizer.log_group_name`                                         |
    """

    function_arn: pulumi.Output[str]
    function_name: pulumi.Output[str]
    invoke_arn: pulumi.Output[str]
    alias_name: pulumi.Output[str | None]
    role_arn: pulumi.Output[str]
    log_group_name: pulumi.Output[str]

    def __init__(self, name: str, args: CustomAuthorizerArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("gatehouse:index:CustomAuthorizer", name, None, opts)
        self.args = args
        function = PythonFunction(
            name,
            PythonFunctionArgs.of(args, handler=AUTHORIZER_HANDLER, files=args.files()),
            pulumi.ResourceOptions(parent=self),
        )
        self.function_arn = function.arn
        self.function_name = function.function_name
        self.invoke_arn = function.invoke_arn
        self.alias_name = function.alias_name
        self.role_arn = function.role_arn
        self.log_group_name = function.log_group_name
        self.register_outputs(
            {
                "function_arn": self.function_arn,
                "function_name": self.function_name,
                "invoke_arn": self.invoke_arn,
                "alias_name": self.alias_name,
                "role_arn": self.role_arn,
                "log_group_name": self.log_group_name,
            }
        )
