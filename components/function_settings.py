"""`FunctionSettings`: what can be said of any function, stated once; the arguments of components extend it. Pure.

    FunctionSettings ◄── PythonFunctionArgs    + handler, files
                     ◄── CustomAuthorizerArgs  + chain, type, identity sources, TTL

It deliberately knows no code: what runs, and where from, is for the extending arguments to say.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol, runtime_checkable

import pulumi

from components.argument_types import check_types, written_as
from components.container_images import check_repository_name, repository_name
from components.environment import refuse_reserved_names, refuse_secrets
from components.errors import ArgumentError
from components.function_platform import SNAP_START_RUNTIMES, FunctionPlatform, check_layer_version_arn
from components.iam import Statement, read_secret

# https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html
MEMORY_MB = range(128, 10_240 + 1)
TIMEOUT_SECONDS = range(1, 900 + 1)
MAXIMUM_LAYERS = 5
MAXIMUM_ENVIRONMENT_BYTES = 4096
# https://docs.aws.amazon.com/lambda/latest/api/API_CreateFunction.html
MAXIMUM_DESCRIPTION = 256

_FUNCTION_NAME = re.compile(r"[a-zA-Z0-9_-]{1,64}")


@runtime_checkable
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

    def __post_init__(self) -> None:
        check_types(self, "ExistingSecret")

    def reader_statements(self, sid: str) -> Sequence[Statement]:
        """The right to read it; a customer managed key needs a statement of its own in `statements`."""
        return [read_secret(sid, self.arn)]


@dataclass(frozen=True, kw_only=True)
class VpcSettings:
    """The VPC that a function reaches private things in: at least one subnet and one security group, by their ids.

    AWS's services, Secrets Manager included, are then reached through the VPC only: it needs their endpoints or a NAT
    gateway (https://docs.aws.amazon.com/lambda/latest/dg/configuration-vpc-internet.html).
    """

    subnet_ids: Sequence[pulumi.Input[str]]
    security_group_ids: Sequence[pulumi.Input[str]]

    def __post_init__(self) -> None:
        for name, ids in (("subnet_ids", self.subnet_ids), ("security_group_ids", self.security_group_ids)):
            # Whatever has no length, such as an output, is refused below.
            if isinstance(ids, str) or (isinstance(ids, Sequence) and not ids):  # pyright: ignore[reportUnnecessaryIsInstance] -- for programs that no type checker has seen
                raise ArgumentError(f"vpc: {name}={ids!r}; name at least one in a list, or leave vpc out.")
        check_types(self, "vpc")


@dataclass(frozen=True, kw_only=True)
class ProvisionedConcurrency:
    """Execution environments that are kept ready, and paid for, for the function's alias."""

    executions: int

    def __post_init__(self) -> None:
        check_types(self, "warm_start")
        if self.executions < 1:
            raise ArgumentError(
                f"warm_start: executions={self.executions}; keep at least 1 ready, or leave warm_start out."
            )


@dataclass(frozen=True, kw_only=True)
class SnapStart:
    """New environments start from a snapshot that Lambda takes, after the imports, of each published version.

    Python 3.12 and later, not in every region (https://docs.aws.amazon.com/lambda/latest/dg/snapstart.html). What a
    module reads while it is imported is in the snapshot: libraries here read secrets at the first call, not before.
    """


@dataclass(frozen=True, kw_only=True)
class FunctionSettings:
    """What can be said of any function. Units are in the names.

    - `environment` holds plain settings; `secret_arns` maps the name of a variable to a secret: the function gets the
      ARN in that variable and the right to read that secret. `statements` are further rights.
    - `layers` are ARNs of layer versions, at most five with the secrets extension (`platform.secrets_extension`).
    - `vpc` attaches `AWSLambdaVPCAccessExecutionRole` by itself.
    - `warm_start` publishes a version with every change and an alias for it, which is what callers then call. Lambda
      has one kind or the other, not both.
    - `tags` are for everything that can have tags.

    Raises `ArgumentError` for everything that Lambda would refuse later, and for what looks like a secret.
    """

    function_name: str
    description: str
    platform: FunctionPlatform = field(default_factory=FunctionPlatform)
    memory_mb: int = 128
    timeout_seconds: int = 10
    environment: Mapping[str, pulumi.Input[str]] = field(default_factory=dict[str, pulumi.Input[str]])
    secret_arns: Mapping[str, ReadableSecret] = field(
        default_factory=dict[str, ReadableSecret],
        metadata=written_as(
            "{'<name>_ARN': secret}, with a ManagedSecret, or with ExistingSecret(arn) for one that exists already"
        ),
    )
    statements: Sequence[Statement] = ()
    layers: Sequence[pulumi.Input[str]] = ()
    vpc: VpcSettings | None = None
    warm_start: ProvisionedConcurrency | SnapStart | None = None
    tags: Mapping[str, str] = field(default_factory=dict[str, str])

    def __post_init__(self) -> None:
        what = f"function {self.function_name}"
        check_types(self, what)
        if not _FUNCTION_NAME.fullmatch(self.function_name):
            raise ArgumentError(f"function_name: {self.function_name!r} is not 1 to 64 letters, digits, - and _.")
        if len(self.description) > MAXIMUM_DESCRIPTION:
            raise ArgumentError(
                f"{what}: description: {len(self.description)} characters; Lambda keeps at most {MAXIMUM_DESCRIPTION}: "
                "shorten it."
            )
        if self.memory_mb not in MEMORY_MB:
            raise ArgumentError(
                f"{what}: memory_mb={self.memory_mb}; Lambda gives {_span(MEMORY_MB)} MB: choose a size in that range."
            )
        if self.timeout_seconds not in TIMEOUT_SECONDS:
            raise ArgumentError(f"{what}: timeout_seconds={self.timeout_seconds}; it must be {_span(TIMEOUT_SECONDS)}.")
        if isinstance(self.warm_start, SnapStart) and self.platform.runtime not in SNAP_START_RUNTIMES:
            raise ArgumentError(
                f"{what}: warm_start: AWS offers SnapStart for {', '.join(SNAP_START_RUNTIMES)}, not for "
                f"{self.platform.runtime}; change the runtime, or use ProvisionedConcurrency."
            )
        if self.platform.images is not None:
            self._check_image(what)
        self._check_layers(what)
        self._check_environment(what)

    def _check_image(self, what: str) -> None:
        check_repository_name(what, repository_name(self.function_name))
        if isinstance(self.warm_start, SnapStart):
            raise ArgumentError(
                f"{what}: warm_start: AWS offers SnapStart for zip archives, not for images; use "
                "ProvisionedConcurrency, or packaging: zip."
            )

    def _check_layers(self, what: str) -> None:
        if len(self.all_layers) > MAXIMUM_LAYERS:
            extension = " with the secrets extension" if len(self.all_layers) > len(self.layers) else ""
            raise ArgumentError(
                f"{what}: layers: {len(self.all_layers)}{extension}; Lambda takes at most {MAXIMUM_LAYERS}: put the "
                "content of some into one."
            )
        for arn in self.layers:
            if isinstance(arn, str):
                check_layer_version_arn(f"{what}: layers", arn)

    def _check_environment(self, what: str) -> None:
        refuse_reserved_names(what, {**self.environment, **dict.fromkeys(self.secret_arns, "arn")})
        refuse_secrets(f"{what}: environment", self.environment)
        known = {name: value for name, value in self.environment.items() if isinstance(value, str)}
        size = sum(len(name.encode()) + len(value.encode()) for name, value in known.items())
        if size > MAXIMUM_ENVIRONMENT_BYTES:
            raise ArgumentError(
                f"{what}: environment: {size} bytes; Lambda takes at most {MAXIMUM_ENVIRONMENT_BYTES} for all names "
                "and values: put what is large into a file of the archive or into a parameter that the function reads."
            )
        for name in self.secret_arns:
            if not name.endswith("_ARN") or name in self.environment:
                raise ArgumentError(
                    f"{what}: secret_arns has {name!r}; end the name with _ARN, because that is what the function "
                    "gets, and do not set it in environment as well."
                )

    @property
    def all_layers(self) -> list[pulumi.Input[str]]:
        """The layers in their order: the secrets extension first, where the function reads a secret."""
        extension = self.platform.secrets_extension
        attached = [extension.layer_version_arn] if self.secret_arns and extension is not None else []
        return [*attached, *self.layers]


def _span(numbers: range) -> str:
    return f"{numbers.start} to {numbers.stop - 1}"
