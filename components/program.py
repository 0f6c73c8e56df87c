"""The systems that a stack deploys, readable as a diagram. Deliberately only wiring: every rule is in a component.

hello:  apigw-invoker ──(60-second token)──► hello-api GET /hello ──► lambda-authorizer ──► hello-world
              └───────────── hello-signing-key (made and rotated inside AWS) ──────┘
tenant: operator ──(admin key)──► tenant-api /admin/keys ──► API key ──► POST /auth ──► token ──► /data ──► own rows
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

import pulumi

from components.api_gateway_account import ApiGatewayAccount, ApiGatewayAccountArgs
from components.authorized_api import AuthorizedApi, AuthorizedApiArgs
from components.custom_authorizer import CustomAuthorizer, CustomAuthorizerArgs
from components.managed_secret import ManagedSecret, ManagedSecretArgs
from components.packaging import FUNCTIONS_DIRECTORY, package_files
from components.python_function import PythonFunction, PythonFunctionArgs
from components.routes import Route
from components.settings import HelloSettings, Settings, TenantSettings
from components.tenant_data_api import TenantDataApi
from components.tenant_settings import TenantDataApiArgs

CHAINS_DIRECTORY = FUNCTIONS_DIRECTORY / "chains"

# It waits for a cold authorizer and a cold backend behind it; API Gateway itself gives up after 29 seconds.
INVOKER_TIMEOUT_SECONDS = 30
# Twice the minimum, because Lambda gives CPU by memory, and callers wait for the import and the signature.
SIGNATURE_MEMORY_MB = 256


@dataclass(frozen=True, kw_only=True)
class Deployed:
    """What a stack tells people and tools: APIs and functions by their names, secrets by purpose (ARNs only).

    `others` are outputs of a single system, by the names that its users look for.
    """

    apis: Mapping[str, AuthorizedApi] = field(default_factory=dict[str, AuthorizedApi])
    functions: Mapping[str, pulumi.Output[str]] = field(default_factory=dict[str, pulumi.Output[str]])
    secrets: Mapping[str, pulumi.Output[str]] = field(default_factory=dict[str, pulumi.Output[str]])
    others: Mapping[str, pulumi.Output[str]] = field(default_factory=dict[str, pulumi.Output[str]])

    def with_system(self, system: "Deployed") -> "Deployed":
        """All of this, and all of one more system."""
        return Deployed(
            apis={**self.apis, **system.apis},
            functions={**self.functions, **system.functions},
            secrets={**self.secrets, **system.secrets},
            others={**self.others, **system.others},
        )


def build(settings: Settings) -> Deployed:
    """Makes every system that the settings switch on."""
    account = (
        ApiGatewayAccount("api-gateway-account", ApiGatewayAccountArgs(tags=settings.tags))
        if settings.manage_api_gateway_account
        else None
    )
    deployed = Deployed()
    if settings.hello is not None:
        deployed = deployed.with_system(hello_system(settings, settings.hello, account))
    if settings.tenant is not None:
        deployed = deployed.with_system(tenant_system(settings, settings.tenant, account))
    return deployed


def hello_system(settings: Settings, hello: HelloSettings, account: ApiGatewayAccount | None) -> Deployed:
    """`GET /hello` for callers with a token signed by the current or the previous key, and an invoker that has one."""
    signing_key = ManagedSecret(
        "hello-signing-key",
        ManagedSecretArgs(
            kind="hs256-signing-key",
            description="Signs and verifies the tokens of hello-api (HS256)",
            rotation_function_name="hello-signing-key-rotation",
            rotation_days=settings.secrets.rotation_days,
            recovery_window_days=settings.secrets.recovery_window_days,
            platform=hello.platform,
            tags=settings.tags,
        ),
    )
    token_claims = {"TOKEN_ISSUER": "apigw-invoker", "TOKEN_AUDIENCE": "hello-api"}
    backend = PythonFunction(
        "hello-world",
        PythonFunctionArgs(
            function_name="hello-world",
            description="Says hello",
            handler="hello.handler.handle",
            files=package_files(["hello"]),
            platform=hello.platform,
            tags=settings.tags,
        ),
    )
    authorizer = CustomAuthorizer(
        "lambda-authorizer",
        CustomAuthorizerArgs(
            function_name="lambda-authorizer",
            description="Lets callers of hello-api in who hold a valid token",
            plugins_directory=CHAINS_DIRECTORY / "hello",
            ttl_seconds=0,  # a kept policy would outlive the token, which lives 60 seconds
            environment=token_claims,
            secret_arns={"SIGNING_KEY_SECRET_ARN": signing_key},
            memory_mb=SIGNATURE_MEMORY_MB,
            platform=hello.platform,
            tags=settings.tags,
        ),
    )
    api = AuthorizedApi(
        "hello-api",
        AuthorizedApiArgs(
            api_name="hello-api",
            description="Says hello to callers with a valid token",
            routes=[Route("GET", "/hello", handler=backend, authorizer=authorizer)],
            stage=settings.stage,
            cors=hello.cors,
            account=account,
            tags=settings.tags,
        ),
    )
    invoker = PythonFunction(
        "apigw-invoker",
        PythonFunctionArgs(
            function_name="apigw-invoker",
            description="Mints a token that lives 60 seconds and calls GET /hello with it",
            handler="invoker.handler.handle",
            files=package_files(["invoker", "jwt_verification", "secret_store"]),
            environment={**token_claims, "API_URL": api.invoke_url},
            secret_arns={"SIGNING_KEY_SECRET_ARN": signing_key},
            memory_mb=SIGNATURE_MEMORY_MB,
            timeout_seconds=INVOKER_TIMEOUT_SECONDS,
            platform=hello.platform,
            tags=settings.tags,
        ),
    )
    return Deployed(
        apis={"hello-api": api},
        functions={"invoker": invoker.function_name},
        secrets={"hello-signing-key": signing_key.arn},
    )


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
            audit_retention_days=tenant.audit_retention_days,
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
        secrets={"tenant-admin-key": admin_key_arn, "tenant-signing-key": tenant_api.signing_key_secret_arn},
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


def api_summary(api: AuthorizedApi) -> dict[str, pulumi.Input[object]]:
    """An API for the stack's outputs: `url`, `stage`, `routes` with `method`, `path` and `authorizer` (its name)."""
    return {
        "url": api.invoke_url,
        "stage": api.stage_name,
        "routes": [
            {"method": route.method, "path": route.path, "authorizer": route.authorizer.args.function_name}
            for route in api.args.routes
        ],
    }
