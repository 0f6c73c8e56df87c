"""The settings of a stack, and the only reader of `pulumi.Config`.

Names, types, meanings and defaults are declared in Pulumi.yaml, which the engine applies before the program runs; here
they become typed values that are checked together. A key that Pulumi.yaml does not declare is refused, because a slip
in a name would otherwise be a setting that silently does nothing. `aws:*` settings are the provider's own.

Here is what systems share; each system's settings are a module of its own (`hello`, `tenant`, `workload`, `partner`),
written with `reading`.
"""

import difflib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, cast

import pulumi
from pulumi.runtime.config import CONFIG, get_config_env

from components.api_stage import StageSettings
from components.managed_secret import RECOVERY_DAYS, ROTATION_DAYS
from components.settings import hello, partner, tenant, workload
from components.settings.hello import HelloSettings, read_hello
from components.settings.partner import PartnerSettings, read_partner
from components.settings.reading import NAMESPACE, one_of, required, retention_days, wrong
from components.settings.tenant import TenantSettings, read_tenant
from components.settings.workload import WorkloadSettings, read_workload

__all__ = [
    "KEYS",
    "HelloSettings",
    "PartnerSettings",
    "SecretSettings",
    "Settings",
    "TenantSettings",
    "WorkloadSettings",
    "read_settings",
]

_SHARED_KEYS = frozenset(
    {
        "architecture",
        "auditRetentionDays",
        "functionTracing",
        "imageRepositoryPrefix",
        "imageTag",
        "logRetentionDays",
        "manageApiGatewayAccount",
        "packaging",
        "secretRecoveryWindowDays",
        "secretsExtensionLayerArn",
        "secretsExtensionPort",
        "signingKeyRotationDays",
        "tags",
        "throttlingBurstLimit",
        "throttlingRateLimit",
    }
)
KEYS = _SHARED_KEYS | hello.KEYS | tenant.KEYS | workload.KEYS | partner.KEYS

# A stage's share of the account's limit, which is 10,000 requests per second and region unless AWS has raised it.
# https://docs.aws.amazon.com/apigateway/latest/developerguide/limits.html
THROTTLING_LIMITS = range(1, 10_000 + 1)


@dataclass(frozen=True, kw_only=True)
class SecretSettings:
    """How secrets are kept: how often they are made anew, and how long a deleted one can be recovered. In days."""

    rotation_days: int
    recovery_window_days: int


@dataclass(frozen=True, kw_only=True)
class Settings:
    """All settings of a stack. A system that is None is not deployed."""

    tags: Mapping[str, str]
    manage_api_gateway_account: bool
    secrets: SecretSettings
    stage: StageSettings
    audit_retention_days: int
    hello: HelloSettings | None
    tenant: TenantSettings | None
    workload: WorkloadSettings | None
    partner: PartnerSettings | None


def read_settings() -> Settings:
    """Reads and checks every setting. Raises `SettingError` that names the key, what is wrong and how to mend it."""
    config = pulumi.Config(NAMESPACE)
    _refuse_unknown_keys()
    return Settings(
        tags=_tags(config),
        manage_api_gateway_account=required(config.get_bool, "manageApiGatewayAccount"),
        secrets=SecretSettings(
            rotation_days=one_of(config.get_int, "signingKeyRotationDays", ROTATION_DAYS, "1 to 1000"),
            recovery_window_days=one_of(config.get_int, "secretRecoveryWindowDays", RECOVERY_DAYS, "0, or 7 to 30"),
        ),
        stage=StageSettings(
            throttling_rate_limit=one_of(config.get_int, "throttlingRateLimit", THROTTLING_LIMITS, "1 to 10000"),
            throttling_burst_limit=one_of(config.get_int, "throttlingBurstLimit", THROTTLING_LIMITS, "1 to 10000"),
            log_retention_days=retention_days(config, "logRetentionDays"),
        ),
        audit_retention_days=retention_days(config, "auditRetentionDays"),
        hello=read_hello(config) if required(config.get_bool, "helloEnabled") else None,
        tenant=read_tenant(config) if required(config.get_bool, "tenantEnabled") else None,
        workload=read_workload(config) if required(config.get_bool, "workloadEnabled") else None,
        partner=read_partner(config) if required(config.get_bool, "partnerEnabled") else None,
    )


def _tags(config: pulumi.Config) -> dict[str, str]:
    tags: Any = required(config.get_object, "tags")
    if not isinstance(tags, dict):
        raise wrong(
            "tags", "is not a mapping of names to texts", "pulumi config set --path gatehouse:tags.team payments"
        )
    for name, value in cast("dict[Any, Any]", tags).items():
        if not isinstance(name, str) or not isinstance(value, str) or not name or name.startswith("aws:"):
            raise wrong(
                "tags",
                f"has {name!r} with a value that is no text, or a name that AWS keeps for itself",
                f"pulumi config set --path gatehouse:tags.{name} <text>",
            )
    return dict(sorted(cast("dict[str, str]", tags).items()))


def _refuse_unknown_keys() -> None:
    given = {**get_config_env(), **CONFIG.get()}
    prefix = f"{NAMESPACE}:"
    for key in sorted(name.removeprefix(prefix) for name in given if name.startswith(prefix)):
        if key not in KEYS:
            near = difflib.get_close_matches(key, KEYS, n=1)
            raise wrong(
                key,
                f"is not a setting{f' (did you mean {near[0]}?)' if near else ''}",
                f"pulumi config rm {NAMESPACE}:{key}",
            )
