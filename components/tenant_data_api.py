"""`TenantDataApi`: keys, tokens and rows that no other tenant can reach (the multi-tenant API of seed 002).

    /admin/keys ...  ◄── admin_key        ──► tenant-keys   ──► api-keys table
    /auth            ◄── key_exchange     ──► key-exchange  ──► api-keys, lockouts; signs with the signing key
    /data ...        ◄── tenant_token     ──► tenant-data   ──► role of one tenant ──► customer-data, idempotency
                          every denial, exchange and admin action ──► audit trail

The secrets are made and rotated inside AWS. Which rows a session reaches is IAM's decision (`components.tenant_role`).
It deliberately has no usage plans: they end at 10,000 API keys per region, and requests are counted per tenant instead.
"""

from collections.abc import Sequence

import pulumi
import pulumi_aws as aws

from components.authorized_api import AuthorizedApi, AuthorizedApiArgs
from components.custom_authorizer import CustomAuthorizer
from components.gateway_responses import GatewayResponse
from components.managed_secret import ManagedSecret, ManagedSecretArgs
from components.python_function import PythonFunction
from components.routes import Route
from components.tenant_functions import TenantParts
from components.tenant_monitoring import Watched, tenant_alarms, tenant_dashboard
from components.tenant_settings import TenantDataApiArgs
from components.tenant_tables import tenant_tables

# One status for all denials of an API is all that API Gateway has; here they are all about who the caller is.
# The function answers 403, where the caller is known and may not (seed 002).
GATEWAY_RESPONSES: Sequence[GatewayResponse] = (
    GatewayResponse(type="UNAUTHORIZED", status=401, headers={"WWW-Authenticate": "Bearer"}),
    GatewayResponse(
        type="ACCESS_DENIED",
        status=401,
        headers={"WWW-Authenticate": "Bearer"},
        body={"message": "Unauthorized: $context.authorizer.message"},
    ),
    GatewayResponse(type="THROTTLED", status=429, headers={"Retry-After": "1"}),
    GatewayResponse(type="DEFAULT_4XX"),
    GatewayResponse(type="DEFAULT_5XX"),
)


class TenantDataApi(pulumi.ComponentResource):
    """The API with all that it needs.

    Logical names: `<name>` for the API, `<name>-admin-key`, `<name>-signing-key` and `<name>-page-token-key` for the
    secrets, `<name>-<table>`, the functions' own names for the functions and authorizers, `<name>-audit`.
    """

    url: pulumi.Output[str]
    admin_key_secret_arn: pulumi.Output[str]
    signing_key_secret_arn: pulumi.Output[str]
    page_token_key_secret_arn: pulumi.Output[str]
    api_keys_table_name: pulumi.Output[str]
    customer_data_table_name: pulumi.Output[str]
    audit_log_group_name: pulumi.Output[str]

    def __init__(self, name: str, args: TenantDataApiArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("gatehouse:index:TenantDataApi", name, None, opts)
        self.args = args
        self._name = name
        audit = aws.cloudwatch.LogGroup(
            f"{name}-audit",
            name=f"/gatehouse/{args.api_name}/audit",
            retention_in_days=args.audit_retention_days,
            tags=args.tags,
            opts=self._child(),
        )
        parts = TenantParts(
            name=name,
            parent=self,
            args=args,
            tables=tenant_tables(name, parent=self, deletion_protection=args.deletion_protection, tags=args.tags),
            audit=audit,
            admin_key=self._secret("admin-key", "admin-api-key", "Lets administrators in", args.admin_key_secret_name),
            signing_key=self._secret("signing-key", "hs256-signing-key", "Signs and verifies tenants' tokens (HS256)"),
            page_token_key=self._secret("page-token-key", "hs256-signing-key", "Signs the places in lists of rows"),
        )
        admin, exchange, token = parts.admin_authorizer(), parts.exchange_authorizer(), parts.token_authorizer()
        keys, key_exchange, data = parts.keys_function(), parts.exchange_function(), parts.data_function()
        self.api = AuthorizedApi(
            name,
            AuthorizedApiArgs(
                api_name=args.api_name,
                description="Keys, tokens and rows of tenants",
                routes=[
                    Route("POST", "/admin/keys", handler=keys, authorizer=admin),
                    Route("GET", "/admin/keys/{customer_id}", handler=keys, authorizer=admin),
                    Route("DELETE", "/admin/keys/{customer_id}", handler=keys, authorizer=admin),
                    Route("DELETE", "/admin/keys/{customer_id}/{key_id}", handler=keys, authorizer=admin),
                    Route("POST", "/auth", handler=key_exchange, authorizer=exchange),
                    Route("GET", "/data", handler=data, authorizer=token),
                    Route("POST", "/data", handler=data, authorizer=token),
                    Route("GET", "/data/{data_id}", handler=data, authorizer=token),
                    Route("PUT", "/data/{data_id}", handler=data, authorizer=token),
                    Route("DELETE", "/data/{data_id}", handler=data, authorizer=token),
                ],
                gateway_responses=GATEWAY_RESPONSES,
                stage=args.stage,
                cors=args.cors,
                account=args.account,
                tags=args.tags,
            ),
            self._child(),
        )
        self._monitoring([keys, key_exchange, data], [admin, exchange, token], data)
        self.url = self.api.invoke_url
        self.admin_key_secret_arn = parts.admin_key.arn
        self.signing_key_secret_arn = parts.signing_key.arn
        self.page_token_key_secret_arn = parts.page_token_key.arn
        self.api_keys_table_name = parts.tables.api_keys.name
        self.customer_data_table_name = parts.tables.customer_data.name
        self.audit_log_group_name = audit.name
        self.register_outputs(
            {
                "url": self.url,
                "admin_key_secret_arn": self.admin_key_secret_arn,
                "signing_key_secret_arn": self.signing_key_secret_arn,
                "page_token_key_secret_arn": self.page_token_key_secret_arn,
                "api_keys_table_name": self.api_keys_table_name,
                "customer_data_table_name": self.customer_data_table_name,
                "audit_log_group_name": self.audit_log_group_name,
            }
        )

    def _secret(self, purpose: str, kind: str, description: str, secret_name: str | None = None) -> ManagedSecret:
        return ManagedSecret(
            f"{self._name}-{purpose}",
            ManagedSecretArgs(
                kind=kind,
                name=secret_name,
                description=description,
                rotation_function_name=f"{self._name}-{purpose}-rotation",
                rotation_days=self.args.rotation_days,
                recovery_window_days=self.args.recovery_window_days,
                platform=self.args.platform,
                tags=self.args.tags,
            ),
            self._child(),
        )

    def _monitoring(
        self, functions: Sequence[PythonFunction], authorizers: Sequence[CustomAuthorizer], data: PythonFunction
    ) -> None:
        watched = Watched(
            api_name=self.args.api_name,
            stage_name=self.args.stage.stage_name,
            data_function=data.args.function_name,
            functions=[function.args.function_name for function in functions],
            authorizers=[authorizer.args.function_name for authorizer in authorizers],
        )
        region = aws.get_region_output(opts=pulumi.InvokeOutputOptions(parent=self)).region
        tenant_alarms(self._name, watched, parent=self, actions=self.args.alarm_actions, tags=self.args.tags)
        tenant_dashboard(f"{self._name}-dashboard", watched, parent=self, region=region, log_group=data.log_group_name)

    def _child(self) -> pulumi.ResourceOptions:
        return pulumi.ResourceOptions(parent=self)
