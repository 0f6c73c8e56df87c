"""The partner API (seed 003), readable as a diagram.

partner ──(client certificate)──► its domain ──► partner-api POST /token ──► token bound to the certificate (Cognito)
                                             └─► GET /health, and with that token GET /protected
"""

import pulumi

from components.api_gateway_account import ApiGatewayAccount
from components.partner_api import PartnerApi
from components.partner_settings import PartnerApiArgs
from components.settings import PartnerSettings, Settings
from components.systems.deployed import Deployed


def partner_system(settings: Settings, partner: PartnerSettings, account: ApiGatewayAccount | None) -> Deployed:
    """Certificates, and tokens that are worth nothing without them."""
    partner_api = PartnerApi(
        "partner-api",
        PartnerApiArgs(
            domain_name=partner.domain_name,
            certificate=partner.certificate,
            alias_zone_id=partner.alias_zone_id,
            truststore=partner.truststore,
            domain_prefix=partner.domain_prefix,
            resource_server=partner.resource_server,
            scopes=partner.scopes,
            required_scopes=partner.required_scopes,
            clients=partner.clients,
            token_minutes=partner.token_minutes,
            token_endpoint=partner.token_endpoint,
            jwks_url=partner.jwks_url,
            web_acl=partner.web_acl,
            rotation_days=settings.secrets.rotation_days,
            recovery_window_days=settings.secrets.recovery_window_days,
            deletion_protection=partner.deletion_protection,
            audit_retention_days=settings.audit_retention_days,
            platform=partner.platform,
            stage=settings.stage,
            account=account,
            tags=settings.tags,
        ),
    )
    return Deployed(
        apis={"partner-api": partner_api.api},
        others={
            "PartnerApiUrl": partner_api.url,
            "PartnerDomainTarget": partner_api.domain.target_domain_name,
            "PartnerTruststoreVersion": pulumi.Output.concat(
                partner_api.truststore_uri, "?versionId=", partner_api.domain.truststore_version
            ),
            "ClientRegistryTableName": partner_api.client_registry_table_name,
            "UserPoolId": partner_api.user_pool_id,
            "PartnerAuditLogGroupName": partner_api.audit_log_group_name,
        },
    )
