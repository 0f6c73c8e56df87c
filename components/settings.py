"""The settings of a stack, and the only reader of `pulumi.Config`.

Names, types, meanings and defaults are declared in Pulumi.yaml, which the engine applies before the program runs; here
they become typed values that are checked together. A key that Pulumi.yaml does not declare is refused, because a slip
in a name would otherwise be a setting that silently does nothing. `aws:*` settings are the provider's own.
"""

import difflib
import re
from collections.abc import Callable, Container, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar, cast

import pulumi
from pulumi.runtime.config import CONFIG, get_config_env

from components.api_stage import StageSettings
from components.cors import DEFAULT_HEADERS, Cors
from components.errors import ArgumentError, SettingError
from components.function_platform import PORTS, RUNTIMES, Architecture, FunctionPlatform, SecretsExtension
from components.logs import RETENTION_DAYS
from components.managed_secret import RECOVERY_DAYS, ROTATION_DAYS
from components.tenant_settings import CORS_HEADERS, REQUESTS_PER_MINUTE, REVOCATION_SECONDS

NAMESPACE = "gatehouse"
KEYS = frozenset(
    {
        "architecture",
        "auditRetentionDays",
        "functionTracing",
        "helloCorsAllowOrigin",
        "helloEnabled",
        "helloRuntime",
        "logRetentionDays",
        "manageApiGatewayAccount",
        "secretRecoveryWindowDays",
        "secretsExtensionLayerArn",
        "secretsExtensionPort",
        "signingKeyRotationDays",
        "tags",
        "tenantAlarmTopicArns",
        "tenantCorsAllowOrigin",
        "tenantDeletionProtection",
        "tenantEnabled",
        "tenantRequestsPerMinute",
        "tenantRevocationSeconds",
        "tenantRuntime",
        "throttlingBurstLimit",
        "throttlingRateLimit",
    }
)

# A stage's share of the account's limit, which is 10,000 requests per second and region unless AWS has raised it.
# https://docs.aws.amazon.com/apigateway/latest/developerguide/limits.html
THROTTLING_LIMITS = range(1, 10_000 + 1)
_TOPIC_ARN = re.compile(r"arn:[a-z-]+:sns:[a-z0-9-]+:\d{12}:[A-Za-z0-9_-]{1,256}")
Value = TypeVar("Value")


@dataclass(frozen=True, kw_only=True)
class SecretSettings:
    """How secrets are kept: how often they are made anew, and how long a deleted one can be recovered. In days."""

    rotation_days: int
    recovery_window_days: int


@dataclass(frozen=True, kw_only=True)
class HelloSettings:
    """The hello system (`GET /hello` and its invoker): how its functions run, and who may call it from a browser."""

    platform: FunctionPlatform
    cors: Cors | None


@dataclass(frozen=True, kw_only=True)
class TenantSettings:
    """The tenant data API: how its functions run, what a tenant may do, and how what it keeps is kept."""

    platform: FunctionPlatform
    cors: Cors | None
    requests_per_minute: int
    revocation_seconds: int
    deletion_protection: bool
    audit_retention_days: int
    alarm_topic_arns: Sequence[str]


@dataclass(frozen=True, kw_only=True)
class Settings:
    """All settings of a stack. A system that is None is not deployed."""

    tags: Mapping[str, str]
    manage_api_gateway_account: bool
    secrets: SecretSettings
    stage: StageSettings
    hello: HelloSettings | None
    tenant: TenantSettings | None


def read_settings() -> Settings:
    """Reads and checks every setting. Raises `SettingError` that names the key, what is wrong and how to mend it."""
    config = pulumi.Config(NAMESPACE)
    _refuse_unknown_keys()
    return Settings(
        tags=_tags(config),
        manage_api_gateway_account=_required(config.get_bool, "manageApiGatewayAccount"),
        secrets=SecretSettings(
            rotation_days=_one_of(config.get_int, "signingKeyRotationDays", ROTATION_DAYS, "1 to 1000"),
            recovery_window_days=_one_of(config.get_int, "secretRecoveryWindowDays", RECOVERY_DAYS, "0, or 7 to 30"),
        ),
        stage=StageSettings(
            throttling_rate_limit=_one_of(config.get_int, "throttlingRateLimit", THROTTLING_LIMITS, "1 to 10000"),
            throttling_burst_limit=_one_of(config.get_int, "throttlingBurstLimit", THROTTLING_LIMITS, "1 to 10000"),
            log_retention_days=_retention_days(config, "logRetentionDays"),
        ),
        hello=_hello(config) if _required(config.get_bool, "helloEnabled") else None,
        tenant=_tenant(config) if _required(config.get_bool, "tenantEnabled") else None,
    )


def _hello(config: pulumi.Config) -> HelloSettings:
    return HelloSettings(
        platform=_platform(config, "helloRuntime"),
        cors=_cors(config, "helloCorsAllowOrigin"),
    )


def _tenant(config: pulumi.Config) -> TenantSettings:
    return TenantSettings(
        platform=_platform(config, "tenantRuntime"),
        cors=_cors(config, "tenantCorsAllowOrigin", allow_headers=CORS_HEADERS),
        requests_per_minute=_one_of(config.get_int, "tenantRequestsPerMinute", REQUESTS_PER_MINUTE, "1 to 60000"),
        revocation_seconds=_one_of(config.get_int, "tenantRevocationSeconds", REVOCATION_SECONDS, "0 to 600"),
        deletion_protection=_required(config.get_bool, "tenantDeletionProtection"),
        audit_retention_days=_retention_days(config, "auditRetentionDays"),
        alarm_topic_arns=_topic_arns(config),
    )


def _cors(config: pulumi.Config, key: str, allow_headers: Sequence[str] = DEFAULT_HEADERS) -> Cors | None:
    allow_origin = _required(config.get, key)
    if not allow_origin:
        return None
    return _checked(key, lambda: Cors(allow_origin=allow_origin, allow_headers=allow_headers))


def _topic_arns(config: pulumi.Config) -> list[str]:
    key = "tenantAlarmTopicArns"
    arns: Any = _required(config.get_object, key)
    if not isinstance(arns, list) or not all(isinstance(arn, str) and _TOPIC_ARN.fullmatch(arn) for arn in arns):  # pyright: ignore[reportUnknownVariableType] -- JSON
        raise _wrong(
            key,
            "is not a list of the ARNs of SNS topics",
            f"pulumi config set --path 'gatehouse:{key}[0]' arn:aws:sns:eu-central-1:111122223333:alarms",
        )
    return cast("list[str]", arns)


def _platform(config: pulumi.Config, runtime_key: str) -> FunctionPlatform:
    runtime = _one_of(config.get, runtime_key, RUNTIMES, f"one of {', '.join(RUNTIMES)}")
    architecture = _one_of(config.get, "architecture", tuple(Architecture), f"one of {', '.join(Architecture)}")
    tracing = _required(config.get_bool, "functionTracing")
    retention = _retention_days(config, "logRetentionDays")
    layer = _required(config.get, "secretsExtensionLayerArn")
    port = _one_of(config.get_int, "secretsExtensionPort", PORTS, "a TCP port, 1 to 65535")

    def platform() -> FunctionPlatform:
        return FunctionPlatform(
            runtime=runtime,
            architecture=Architecture(architecture),
            secrets_extension=SecretsExtension(layer_version_arn=layer, port=port) if layer else None,
            tracing=tracing,
            log_retention_days=retention,
        )

    # All else has been checked by its own key; what remains is the layer: its form, and that it fits the architecture.
    return _checked("secretsExtensionLayerArn", platform)


def _retention_days(config: pulumi.Config, key: str) -> int:
    offered = f"one of {', '.join(map(str, RETENTION_DAYS))}"
    return _one_of(config.get_int, key, RETENTION_DAYS, offered)


def _tags(config: pulumi.Config) -> dict[str, str]:
    tags: Any = _required(config.get_object, "tags")
    if not isinstance(tags, dict):
        raise _wrong(
            "tags", "is not a mapping of names to texts", "pulumi config set --path gatehouse:tags.team payments"
        )
    for name, value in cast("dict[Any, Any]", tags).items():
        if not isinstance(name, str) or not isinstance(value, str) or not name or name.startswith("aws:"):
            raise _wrong(
                "tags",
                f"has {name!r} with a value that is no text, or a name that AWS keeps for itself",
                f"pulumi config set --path gatehouse:tags.{name} <text>",
            )
    return dict(sorted(cast("dict[str, str]", tags).items()))


def _required(read: Callable[[str], Value | None], key: str) -> Value:
    """The value, which Pulumi.yaml gives a default. Raises `SettingError` when it is missing or of another type."""
    try:
        value = read(key)
    except (pulumi.ConfigTypeError, ValueError) as error:
        raise _wrong(key, "is not of the type that Pulumi.yaml declares", _set_command(key)) from error
    if value is None:
        raise _wrong(key, "is missing", _set_command(key))
    return value


def _one_of(read: Callable[[str], Value | None], key: str, allowed: Container[object], words: str) -> Value:
    value = _required(read, key)
    if value not in allowed:
        raise _wrong(key, f"is {value!r}, but must be {words}", _set_command(key))
    return value


def _checked(key: str, make: Callable[[], Value]) -> Value:
    """Makes an argument from a setting; what the argument refuses is reported under the setting's key."""
    try:
        return make()
    except ArgumentError as error:
        raise _wrong(key, f"cannot be used ({str(error).rstrip('.')})", _set_command(key)) from error


def _refuse_unknown_keys() -> None:
    given = {**get_config_env(), **CONFIG.get()}
    prefix = f"{NAMESPACE}:"
    for key in sorted(name.removeprefix(prefix) for name in given if name.startswith(prefix)):
        if key not in KEYS:
            near = difflib.get_close_matches(key, KEYS, n=1)
            raise _wrong(
                key,
                f"is not a setting{f' (did you mean {near[0]}?)' if near else ''}",
                f"pulumi config rm {NAMESPACE}:{key}",
            )


def _set_command(key: str) -> str:
    return f"pulumi config set {NAMESPACE}:{key} <value>"


def _wrong(key: str, what: str, command: str) -> SettingError:
    return SettingError(f"setting {NAMESPACE}:{key} {what}; correct it with: {command}")
