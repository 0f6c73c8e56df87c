"""The functions and authorizers of the tenant data API, each with exactly the rights and settings that it needs.

Only wiring: which packages are in an archive, which table is in which variable, which actions go with it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from components.custom_authorizer import (
    AUTHORIZATION_HEADER,
    AUTHORIZER_PACKAGES,
    AuthorizerType,
    CustomAuthorizer,
    CustomAuthorizerArgs,
)
from components.iam import Statement, write_audit_records
from components.managed_secret import ManagedSecret
from components.packaging import FUNCTIONS_DIRECTORY, package_files
from components.python_function import PythonFunction, PythonFunctionArgs
from components.tenant_role import (
    DATA_ACTIONS,
    IDEMPOTENCY_ACTIONS,
    begin_tenant_sessions,
    own_rows,
    tenant_role,
)
from components.tenant_settings import TenantDataApiArgs
from components.tenant_tables import TenantTables

CHAINS_DIRECTORY = FUNCTIONS_DIRECTORY / "chains"
TOKEN_CLAIMS = {"TOKEN_ISSUER": "tenant-api", "TOKEN_AUDIENCE": "tenant-api"}

CALLING_AWS = ("aws_calls",)
KEY_PACKAGES = (*CALLING_AWS, "api_keys", "audit_trail")
SECRET_PACKAGES = ("jwt_verification", "secret_store")

ADMIN_KEY_HEADER = "method.request.header.X-Admin-API-Key"

# Lambda gives CPU by memory, and callers wait for signatures and JSON.
MEMORY_MB = 256
# API Gateway gives up after 29 seconds; a function that goes on after that works for nobody.
TIMEOUT_SECONDS = 15


@dataclass(frozen=True, kw_only=True)
class TenantParts:
    """What the functions have in common: where they belong, and what they read, write and check with."""

    name: str
    parent: pulumi.Resource
    args: TenantDataApiArgs
    tables: TenantTables
    audit: aws.cloudwatch.LogGroup
    admin_key: ManagedSecret
    signing_key: ManagedSecret
    page_token_key: ManagedSecret

    def admin_authorizer(self) -> CustomAuthorizer:
        """In front of `/admin`: the admin key, current or previous."""
        return self._authorizer(
            "admin_key",
            description="Lets administrators of tenant-api in who hold the admin key",
            identity_sources=(ADMIN_KEY_HEADER,),
            secrets={"ADMIN_KEY_SECRET_ARN": self.admin_key},
            environment={"AUDIT_LOG_GROUP": self.audit.name},
            statements=[write_audit_records(self.audit.arn)],
        )

    def exchange_authorizer(self) -> CustomAuthorizer:
        """In front of `POST /auth`, where the caller has no token yet."""
        return self._authorizer(
            "key_exchange",
            description="Guards POST /auth of tenant-api against guessing, and checks keys in headers",
            environment=self._exchange_settings(),
            statements=self._exchange_statements(),
        )

    def token_authorizer(self) -> CustomAuthorizer:
        """In front of `/data`: a token of this API, of a key that is in use."""
        return self._authorizer(
            "tenant_token",
            description="Lets tenants in whose token is good and whose key is in use",
            identity_sources=(AUTHORIZATION_HEADER,),
            ttl_seconds=self.args.token_cache_seconds,
            secrets={"SIGNING_KEY_SECRET_ARN": self.signing_key},
            environment={
                **TOKEN_CLAIMS,
                "API_KEYS_TABLE": self.tables.api_keys.name,
                "AUDIT_LOG_GROUP": self.audit.name,
                "REVOCATION_CACHE_SECONDS": str(self.args.record_cache_seconds),
            },
            statements=[
                _items("ReadCustomers", ["dynamodb:GetItem"], self.tables.api_keys),
                write_audit_records(self.audit.arn),
            ],
        )

    def keys_function(self) -> PythonFunction:
        """Behind `/admin`."""
        return self._function(
            "tenant-keys",
            "tenant_keys",
            "Makes, lists and revokes the keys of tenants",
            packages=[*KEY_PACKAGES, "jwt_verification", "api_responses"],
            environment={"API_KEYS_TABLE": self.tables.api_keys.name, "AUDIT_LOG_GROUP": self.audit.name},
            statements=[
                _items(
                    "KeepKeys", ["dynamodb:BatchGetItem", "dynamodb:GetItem", "dynamodb:PutItem"], self.tables.api_keys
                ),
                write_audit_records(self.audit.arn),
            ],
        )

    def exchange_function(self) -> PythonFunction:
        """Behind `POST /auth`."""
        return self._function(
            "key-exchange",
            "key_exchange",
            "Gives a token for a key",
            packages=[*KEY_PACKAGES, *SECRET_PACKAGES, "api_responses"],
            environment={**TOKEN_CLAIMS, **self._exchange_settings(), "AUDIT_LOG_GROUP": self.audit.name},
            secrets={"SIGNING_KEY_SECRET_ARN": self.signing_key},
            statements=[*self._exchange_statements(), write_audit_records(self.audit.arn)],
        )

    def data_function(self) -> PythonFunction:
        """Behind `/data`, with the role of one tenant that it assumes."""
        tables = self.tables
        role_name = f"{self.name}-rows"
        identity = aws.get_caller_identity_output(opts=pulumi.InvokeOutputOptions(parent=self.parent))
        partition = aws.get_partition_output(opts=pulumi.InvokeOutputOptions(parent=self.parent)).partition
        role_arn = pulumi.Output.concat("arn:", partition, ":iam::", identity.account_id, f":role/{role_name}")
        data = self._function(
            "tenant-data",
            "tenant_data",
            "Reads and writes the rows of one tenant at a time",
            packages=[*CALLING_AWS, *SECRET_PACKAGES, "api_responses", "audit_trail", "tenant_usage"],
            environment={
                "AUDIT_LOG_GROUP": self.audit.name,
                "CUSTOMER_DATA_TABLE": tables.customer_data.name,
                "IDEMPOTENCY_TABLE": tables.idempotency.name,
                "TENANT_REQUESTS_PER_MINUTE": str(self.args.requests_per_minute),
                "TENANT_ROLE_ARN": role_arn,
                "TENANT_USAGE_TABLE": tables.usage.name,
            },
            secrets={"PAGE_TOKEN_KEY_SECRET_ARN": self.page_token_key},
            statements=[
                begin_tenant_sessions(role_arn),
                _items("CountRequests", ["dynamodb:UpdateItem"], tables.usage),
                write_audit_records(self.audit.arn),
            ],
        )
        tenant_role(
            role_name,
            parent=self.parent,
            role_name=role_name,
            assumed_by_role_arn=data.role_arn,
            statements=[
                own_rows("TenantRows", DATA_ACTIONS, tables.customer_data.arn),
                own_rows("TenantIdempotency", IDEMPOTENCY_ACTIONS, tables.idempotency.arn),
            ],
            tags=self.args.tags,
        )
        return data

    def _exchange_settings(self) -> dict[str, pulumi.Input[str]]:
        return {
            **self.args.lockout_settings,
            "API_KEYS_TABLE": self.tables.api_keys.name,
            "LOCKOUTS_TABLE": self.tables.lockouts.name,
        }

    def _exchange_statements(self) -> list[Statement]:
        reading = ["dynamodb:BatchGetItem", "dynamodb:GetItem"]
        return [
            _items("ReadKeys", reading, self.tables.api_keys),
            _items("CountFailures", [*reading, "dynamodb:UpdateItem"], self.tables.lockouts),
        ]

    def _authorizer(
        self,
        chain: str,
        *,
        description: str,
        environment: Mapping[str, pulumi.Input[str]],
        statements: Sequence[Statement],
        identity_sources: Sequence[str] = (),
        ttl_seconds: int = 0,
        secrets: Mapping[str, ManagedSecret] | None = None,
    ) -> CustomAuthorizer:
        function_name = f"{chain.replace('_', '-')}-authorizer"
        return CustomAuthorizer(
            function_name,
            CustomAuthorizerArgs(
                function_name=function_name,
                description=description,
                plugins_directory=CHAINS_DIRECTORY / chain,
                packages=(*AUTHORIZER_PACKAGES, *KEY_PACKAGES),
                type=AuthorizerType.REQUEST,
                identity_sources=identity_sources,
                ttl_seconds=ttl_seconds,
                environment={"NOT_AUTHENTICATED_ANSWER": "deny", **environment},
                secret_arns=dict(secrets or {}),
                statements=statements,
                memory_mb=MEMORY_MB,
                platform=self.args.platform,
                tags=self.args.tags,
            ),
            pulumi.ResourceOptions(parent=self.parent),
        )

    def _function(
        self,
        name: str,
        package: str,
        description: str,
        *,
        packages: Sequence[str],
        environment: Mapping[str, pulumi.Input[str]],
        statements: Sequence[Statement],
        secrets: Mapping[str, ManagedSecret] | None = None,
    ) -> PythonFunction:
        return PythonFunction(
            name,
            PythonFunctionArgs(
                function_name=name,
                description=description,
                handler=f"{package}.handler.handle",
                files=package_files([package, *packages]),
                environment={**environment, **self.args.answer_settings},
                secret_arns=dict(secrets or {}),
                statements=statements,
                memory_mb=MEMORY_MB,
                timeout_seconds=TIMEOUT_SECONDS,
                platform=self.args.platform,
                tags=self.args.tags,
            ),
            pulumi.ResourceOptions(parent=self.parent),
        )


def _items(sid: str, actions: Sequence[str], table: aws.dynamodb.Table) -> Statement:
    """Actions on the items of one table."""
    return Statement(sid=sid, actions=actions, resources=[table.arn])
