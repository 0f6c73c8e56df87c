"""Reads one setting: its value, or a `SettingError` that names the key, what is wrong and how to mend it.

Also what several systems' settings share. Deliberately knows no system.
"""

import re
from collections.abc import Callable, Container, Sequence
from typing import Any, TypeVar, cast

import pulumi

from components.container_images import ContainerImages
from components.cors import DEFAULT_HEADERS, Cors
from components.errors import ArgumentError, SettingError
from components.function_platform import PORTS, RUNTIMES, Architecture, FunctionPlatform, SecretsExtension
from components.logs import RETENTION_DAYS

NAMESPACE = "gatehouse"
PACKAGINGS = ("zip", "image")
_TOPIC_ARN = re.compile(r"arn:[a-z-]+:sns:[a-z0-9-]+:\d{12}:[A-Za-z0-9_-]{1,256}")
Value = TypeVar("Value")


def required(read: Callable[[str], Value | None], key: str) -> Value:
    """The value, which Pulumi.yaml gives a default. Raises `SettingError` when it is missing or of another type."""
    try:
        value = read(key)
    except (pulumi.ConfigTypeError, ValueError) as error:
        raise wrong(key, "is not of the type that Pulumi.yaml declares", set_command(key)) from error
    if value is None:
        raise wrong(key, "is missing", set_command(key))
    return value


def one_of(read: Callable[[str], Value | None], key: str, allowed: Container[object], words: str) -> Value:
    """The value where it is an allowed one. Raises `SettingError` that says in `words` what is."""
    value = required(read, key)
    if value not in allowed:
        raise wrong(key, f"is {value!r}, but must be {words}", set_command(key))
    return value


def checked(key: str, make: Callable[[], Value]) -> Value:
    """Makes an argument from a setting; what the argument refuses is reported under the setting's key."""
    try:
        return make()
    except ArgumentError as error:
        raise wrong(key, f"cannot be used ({str(error).rstrip('.')})", set_command(key)) from error


def cors(config: pulumi.Config, key: str, allow_headers: Sequence[str] = DEFAULT_HEADERS) -> Cors | None:
    """The one origin that may call from a browser; None where the setting is empty."""
    allow_origin = required(config.get, key)
    if not allow_origin:
        return None
    return checked(key, lambda: Cors(allow_origin=allow_origin, allow_headers=allow_headers))


def platform(config: pulumi.Config, runtime_key: str) -> FunctionPlatform:
    """How a system's functions run: the runtime by its own key, the rest by the keys that all systems share."""
    runtime = one_of(config.get, runtime_key, RUNTIMES, f"one of {', '.join(RUNTIMES)}")
    architecture = one_of(config.get, "architecture", tuple(Architecture), f"one of {', '.join(Architecture)}")
    tracing = required(config.get_bool, "functionTracing")
    retention = retention_days(config, "logRetentionDays")
    layer = required(config.get, "secretsExtensionLayerArn")
    found_images = images(config)
    port = one_of(config.get_int, "secretsExtensionPort", PORTS, "a TCP port, 1 to 65535")

    def made() -> FunctionPlatform:
        return FunctionPlatform(
            runtime=runtime,
            architecture=Architecture(architecture),
            secrets_extension=SecretsExtension(layer_version_arn=layer, port=port) if layer else None,
            tracing=tracing,
            log_retention_days=retention,
            images=found_images,
        )

    # All else has been checked by its own key; what remains is the layer: its form, and that it fits the architecture.
    return checked("secretsExtensionLayerArn", made)


def images(config: pulumi.Config) -> ContainerImages | None:
    """Where the images of functions are; None where their code is deployed as zip archives."""
    packaging = one_of(config.get, "packaging", PACKAGINGS, f"one of {', '.join(PACKAGINGS)}")
    prefix, tag = required(config.get, "imageRepositoryPrefix"), required(config.get, "imageTag")
    if packaging == "zip":
        return None
    if not tag:
        raise wrong("imageTag", "is empty, and packaging is image", set_command("imageTag"))
    return checked("imageRepositoryPrefix", lambda: ContainerImages(repository_prefix=prefix, tag=tag))


def retention_days(config: pulumi.Config, key: str) -> int:
    """One of the periods that CloudWatch Logs offers, in days."""
    offered = f"one of {', '.join(map(str, RETENTION_DAYS))}"
    return one_of(config.get_int, key, RETENTION_DAYS, offered)


def topic_arns(config: pulumi.Config, key: str) -> list[str]:
    """The ARNs of SNS topics in a list."""
    arns: Any = required(config.get_object, key)
    if not isinstance(arns, list) or not all(isinstance(arn, str) and _TOPIC_ARN.fullmatch(arn) for arn in arns):  # pyright: ignore[reportUnknownVariableType] -- JSON
        raise wrong(
            key,
            "is not a list of the ARNs of SNS topics",
            f"pulumi config set --path 'gatehouse:{key}[0]' arn:aws:sns:eu-central-1:111122223333:alarms",
        )
    return cast("list[str]", arns)


def texts(config: pulumi.Config, key: str) -> Sequence[str]:
    """A list of texts of which none is empty."""
    values: Any = required(config.get_object, key)
    if not isinstance(values, list) or not all(isinstance(value, str) and value for value in values):  # pyright: ignore[reportUnknownVariableType] -- JSON
        raise wrong(key, "is not a list of texts", list_command(key))
    return cast("list[str]", values)


def set_command(key: str) -> str:
    """The command that sets the key."""
    return f"pulumi config set {NAMESPACE}:{key} <value>"


def list_command(key: str) -> str:
    """The command that sets the first element of a list."""
    return f"pulumi config set --path '{NAMESPACE}:{key}[0]' <value>"


def wrong(key: str, what: str, command: str) -> SettingError:
    """The error for a key: what is wrong with it, and the command that mends it."""
    return SettingError(f"setting {NAMESPACE}:{key} {what}; correct it with: {command}")
