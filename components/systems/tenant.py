"""The tenant data API (seed 002), readable as a diagram.

operator ──(admin key)──► tenant-api /admin/keys ──► API key ──► POST /auth ──► token ──► /data ──► own rows
"""

import pulumi

from components.api_gateway_account import ApiGatewayAccount
from components.settings import Settings, TenantSettings
from components.systems.deployed import Deployed
from components.tenant_data_api import TenantDataApi
from components.tenant_settings import TenantDataApiArgs


def tenant_system(settings: Settings, tenant: TenantSettings, account: ApiGatewayAccount | None) -> Deployed:
    """Keys, tokens and rows of tenants (seed 002), with that seed's outputs."""
    tenant_api = TenantDataApi(
        "tenant-api",
        TenantDataApiArgs(
            admin_key_secret_name=f"{pulumi.get_stack()}-admin-api-key",
            requests_per_minute=tenant.requests_per_minute,
            revocation_seconds=tenant.revocation_seconds,
            rotation_days=settings.secrets.rotation_days,
            recovery_window_days=settings.secrets.recovery_window_days,
            deletion_protection=tenant.deletion_protection,
            audit_retention_days=settings.audit_retention_days,
            alarm_actions=tenant.alarm_topic_arns,
            cors=tenant.cors,
            platform=tenant.platform,
            stage=settings.stage,
            account=account,
            tags=settings.tags,
        ),
    )
    admin_key_arn = tenant_api.admin_key_secret_arn
    return Deployed(
        apis={"tenant-api": tenant_api.api},
        secrets={
            "tenant-admin-key": admin_key_arn,
            "tenant-signing-key": tenant_api.signing_key_secret_arn,
            "tenant-page-token-key": tenant_api.page_token_key_secret_arn,
        },
        others={
            "ApiUrl": tenant_api.url,
            "AdminApiKeySecretArn": admin_key_arn,
            "AdminApiKeyCommand": pulumi.Output.concat(
                "aws secretsmanager get-secret-value --query SecretString --output text --secret-id ", admin_key_arn
            ),
            "ApiKeysTableName": tenant_api.api_keys_table_name,
            "CustomerDataTableName": tenant_api.customer_data_table_name,
            "AuditLogGroupName": tenant_api.audit_log_group_name,
        },
    )
