"""The settings of the tenant data API."""

from collections.abc import Sequence
from dataclasses import dataclass

import pulumi

from components.cors import Cors
from components.function_platform import FunctionPlatform
from components.settings.reading import cors, one_of, platform, required, topic_arns
from components.tenant_settings import CORS_HEADERS, REQUESTS_PER_MINUTE, REVOCATION_SECONDS

KEYS = frozenset(
    {
        "tenantAlarmTopicArns",
        "tenantCorsAllowOrigin",
        "tenantDeletionProtection",
        "tenantEnabled",
        "tenantRequestsPerMinute",
        "tenantRevocationSeconds",
        "tenantRuntime",
    }
)


@dataclass(frozen=True, kw_only=True)
class TenantSettings:
    """The tenant data API: how its functions run, what a tenant may do, and how what it keeps is kept."""

    platform: FunctionPlatform
    cors: Cors | None
    requests_per_minute: int
    revocation_seconds: int
    deletion_protection: bool
    alarm_topic_arns: Sequence[str]


def read_tenant(config: pulumi.Config) -> TenantSettings:
    """Reads and checks them. Raises `SettingError`."""
    return TenantSettings(
        platform=platform(config, "tenantRuntime"),
        cors=cors(config, "tenantCorsAllowOrigin", allow_headers=CORS_HEADERS),
        requests_per_minute=one_of(config.get_int, "tenantRequestsPerMinute", REQUESTS_PER_MINUTE, "1 to 60000"),
        revocation_seconds=one_of(config.get_int, "tenantRevocationSeconds", REVOCATION_SECONDS, "0 to 600"),
        deletion_protection=required(config.get_bool, "tenantDeletionProtection"),
        alarm_topic_arns=topic_arns(config, "tenantAlarmTopicArns"),
    )
