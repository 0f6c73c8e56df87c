"""How the functions of a system run and are watched: runtime, packaging, secrets extension, traces, logs. Pure.

Shared by all functions of a system; what is one function's own is in `components.function_settings`.
"""

import re
from dataclasses import dataclass
from enum import StrEnum

import pulumi

from components.argument_types import check_types
from components.container_images import ContainerImages
from components.errors import ArgumentError
from components.logs import check_retention

# The Pythons that the code of functions/ is tested with; newest last.
RUNTIMES = ("python3.11", "python3.12", "python3.13")
# https://docs.aws.amazon.com/lambda/latest/dg/snapstart.html#snapstart-runtimes: Python 3.12 and later
SNAP_START_RUNTIMES = ("python3.12", "python3.13")

# https://docs.aws.amazon.com/secretsmanager/latest/userguide/retrieving-secrets_lambda.html
SECRETS_EXTENSION_PORT = 2773
PORTS = range(1, 65_535 + 1)

_LAYER_VERSION_ARN = re.compile(r"arn:[a-z-]+:lambda:[a-z0-9-]+:\d{12}:layer:[a-zA-Z0-9_-]+:\d+")


class Architecture(StrEnum):
    """The instruction sets of Lambda."""

    X86_64 = "x86_64"
    ARM64 = "arm64"


@dataclass(frozen=True, kw_only=True)
class SecretsExtension:
    """The AWS Parameters and Secrets Lambda Extension, attached to every function that reads a secret.

    `layer_version_arn` is AWS's for the region and architecture; `port` is where it listens on localhost.
    """

    layer_version_arn: str
    port: int = SECRETS_EXTENSION_PORT

    def __post_init__(self) -> None:
        check_types(self, "secrets_extension")
        check_layer_version_arn("layer_version_arn", self.layer_version_arn)
        if self.port not in PORTS:
            raise ArgumentError(f"port: {self.port} is no TCP port; leave it out for AWS's {SECRETS_EXTENSION_PORT}.")


@dataclass(frozen=True, kw_only=True)
class FunctionPlatform:
    """What the functions of a system share: how they run and how they are watched.

    `images` says where the images of the functions are; without it their code is deployed as zip archives. An image
    has no layers: what would be in them is in the image, and AWS's secrets extension, which exists as a layer only, is
    not (functions then ask Secrets Manager themselves).
    `log_kms_key_arn` is a customer managed key whose policy lets CloudWatch Logs use it; without one, logs are
    encrypted with a key of AWS's.
    """

    runtime: str = RUNTIMES[-1]
    architecture: Architecture = Architecture.X86_64
    secrets_extension: SecretsExtension | None = None
    tracing: bool = True
    log_retention_days: int = 30
    log_kms_key_arn: pulumi.Input[str] | None = None
    images: ContainerImages | None = None

    def __post_init__(self) -> None:
        check_types(self, "platform")
        if self.runtime not in RUNTIMES:
            raise ArgumentError(f"runtime: {self.runtime!r} is not supported; use one of {', '.join(RUNTIMES)}.")
        if self.architecture not in tuple(Architecture):
            raise ArgumentError(f"architecture: {self.architecture!r}; use one of {', '.join(Architecture)}.")
        check_retention(self.log_retention_days)
        if self.images is not None and self.secrets_extension is not None:
            raise ArgumentError(
                "secrets_extension: AWS gives it as a layer, and images have no layers; leave it out, and functions "
                "read their secrets from Secrets Manager themselves."
            )
        if self.secrets_extension is not None:
            for_arm = "-Arm64:" in self.secrets_extension.layer_version_arn
            if for_arm != (self.architecture == Architecture.ARM64):
                raise ArgumentError(
                    f"secrets_extension: its layer is for another architecture than {self.architecture}; take AWS's "
                    f"AWS-Parameters-and-Secrets-Lambda-Extension{'' if for_arm else '-Arm64'} instead."
                )


def check_layer_version_arn(what: str, arn: str) -> None:
    """Raises `ArgumentError` for what is not the ARN of one version of a layer."""
    if not _LAYER_VERSION_ARN.fullmatch(arn):
        raise ArgumentError(
            f"{what}: {arn!r} is not the ARN of a layer version; "
            "take the one that AWS lists for the region and architecture."
        )
