"""`PartnerApi`: callers with a client certificate, and tokens that are worth nothing without it (seed 003).

    partner ──(certificate)──► MtlsCustomDomain
        POST /token      ◄── client_certificate ──► token-issuer        ──► pool, whose trigger binds the token
        GET  /health     ◄── client_certificate ──► certificate-health
        GET  /protected  ◄── bound_token        ──► protected
                                   └── ClientRegistry: one read per request, before any cache

Both authorizers keep no decision (TTL 0): what they decide rests on the certificate of the connection, which is no
part of a cache's key. It deliberately answers at its domain only, and has no body schema for `/token`: RFC 6749 wants
forms.
"""

from collections.abc import Mapping, Sequence

import pulumi
import pulumi_aws as aws

from components.authorized_api import AuthorizedApi, AuthorizedApiArgs
from components.client_credentials_issuer import BINDING_KEY_VARIABLE, ClientCredentialsIssuer
from components.client_credentials_settings import ClientCredentialsIssuerArgs
from components.client_registry import ClientRegistry, ClientRegistryArgs
from components.custom_authorizer import (
    AUTHORIZER_PACKAGES,
    AuthorizerType,
    CustomAuthorizer,
    CustomAuthorizerArgs,
)
from components.dependency_layer import LAYERS_DIRECTORY, DependencyLayer, DependencyLayerArgs
from components.gateway_responses import GatewayResponse
from components.iam import Statement, write_audit_records
from components.managed_secret import ManagedSecret
from components.mtls_custom_domain import MtlsCustomDomain, MtlsCustomDomainArgs
from components.packaging import FUNCTIONS_DIRECTORY, package_files
from components.partner_settings import PartnerApiArgs
from components.python_function import PythonFunction, PythonFunctionArgs
from components.routes import Route

CHAINS_DIRECTORY = FUNCTIONS_DIRECTORY / "chains"
CERTIFICATE_PACKAGES = ("client_certificates", "audit_trail", "aws_calls")
ANSWERING_PACKAGES = ("client_certificates", "api_responses", "audit_trail", "jwt_verification")

# Lambda gives CPU by memory, and callers wait for signatures.
MEMORY_MB = 256
ANSWER_TIMEOUT_SECONDS = 10
# Cognito asks its trigger up to three times, five seconds each, before it says no.
TOKEN_TIMEOUT_SECONDS = 28

GATEWAY_RESPONSES: Sequence[GatewayResponse] = (
    GatewayResponse(type="UNAUTHORIZED", status=401, headers={"WWW-Authenticate": 'Bearer error="invalid_token"'}),
    GatewayResponse(
        type="ACCESS_DENIED",
        status=403,
        body={"message": "$context.authorizer.message", "reason": "$context.authorizer.reason"},
    ),
    GatewayResponse(type="THROTTLED", status=429, headers={"Retry-After": "1"}),
    GatewayResponse(type="DEFAULT_4XX"),
    GatewayResponse(type="DEFAULT_5XX"),
)


class PartnerApi(pulumi.ComponentResource):
    """The API with all that it needs.

    Logical names: `<name>` for the API, `<name>-domain`, `<name>-issuer`, `<name>-clients` (the registry),
    `<name>-audit`, `<name>-jwt-layer`, the functions' own names for the functions and authorizers.
    """

    url: pulumi.Output[str]
    client_registry_table_name: pulumi.Output[str]
    user_pool_id: pulumi.Output[str]
    truststore_uri: pulumi.Output[str]
    audit_log_group_name: pulumi.Output[str]

    def __init__(self, name: str, args: PartnerApiArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("gatehouse:index:PartnerApi", name, None, opts)
        self.args = args
        self._registry = ClientRegistry(
            f"{name}-clients",
            ClientRegistryArgs(deletion_protection=args.deletion_protection, tags=args.tags),
            self._child(),
        )
        self._audit = aws.cloudwatch.LogGroup(
            f"{name}-audit",
            name=f"/gatehouse/{args.api_name}/audit",
            retention_in_days=args.audit_retention_days,
            tags=args.tags,
            opts=self._child(),
        )
        self._issuer = self._client_credentials_issuer(name)
        certificate = self._authorizer(
            "client_certificate", "Lets clients of partner-api in whose certificate is known"
        )
        token = self._token_authorizer(name)
        health = self._function("certificate-health", "Tells a partner how its certificate stands")
        protected = self._function("protected", "Answers partners with a token bound to their certificate")
        self.api = AuthorizedApi(
            name,
            AuthorizedApiArgs(
                api_name=args.api_name,
                description="Partners with a client certificate, and tokens bound to it",
                routes=[
                    Route("POST", "/token", handler=self._token_function(), authorizer=certificate),
                    Route("GET", "/health", handler=health, authorizer=certificate),
                    Route("GET", "/protected", handler=protected, authorizer=token),
                ],
                default_endpoint=False,
                gateway_responses=GATEWAY_RESPONSES,
                stage=args.stage,
                account=args.account,
                tags=args.tags,
            ),
            self._child(),
        )
        self.domain = MtlsCustomDomain(
            f"{name}-domain",
            MtlsCustomDomainArgs(
                domain_name=args.domain_name,
                certificate=args.certificate,
                truststore=args.truststore,
                mappings={"": self.api},
                alias_zone_id=args.alias_zone_id,
                deletable=not args.deletion_protection,
                tags=args.tags,
            ),
            self._child(),
        )
        self.url = self.domain.url
        self.client_registry_table_name = self._registry.table_name
        self.user_pool_id = self._issuer.user_pool_id
        self.truststore_uri = self.domain.truststore_uri
        self.audit_log_group_name = self._audit.name
        self.register_outputs(
            {
                "url": self.url,
                "client_registry_table_name": self.client_registry_table_name,
                "user_pool_id": self.user_pool_id,
                "truststore_uri": self.truststore_uri,
                "audit_log_group_name": self.audit_log_group_name,
            }
        )

    def _client_credentials_issuer(self, name: str) -> ClientCredentialsIssuer:
        args = self.args
        return ClientCredentialsIssuer(
            f"{name}-issuer",
            ClientCredentialsIssuerArgs(
                issuer_name=args.api_name,
                domain_prefix=args.domain_prefix,
                resource_server=args.resource_server,
                scopes=args.scopes,
                clients=args.clients,
                token_minutes=args.token_minutes,
                deletion_protection=args.deletion_protection,
                web_acl=args.web_acl,
                token_endpoint=args.token_endpoint,
                jwks_url=args.jwks_url,
                rotation_days=args.rotation_days,
                recovery_window_days=args.recovery_window_days,
                platform=args.platform,
                tags=args.tags,
            ),
            self._child(),
        )

    def _token_authorizer(self, name: str) -> CustomAuthorizer:
        layer = DependencyLayer(
            f"{name}-jwt-layer",
            DependencyLayerArgs(
                layer_name=f"{self.args.api_name}-jwt-cryptography",
                lock=LAYERS_DIRECTORY / "jwt_cryptography" / "requirements.txt",
                description="cryptography, for tokens signed with RS256",
                platform=self.args.platform,
                installer=self.args.installer,
            ),
            self._child(),
        )
        scopes = " ".join(f"{self.args.resource_server}/{scope}" for scope in self.args.required_scopes)
        return self._authorizer(
            "bound_token",
            "Lets clients of partner-api in whose token is bound to the certificate that they present",
            layers=[layer.arn],
            environment={
                "TOKEN_ISSUER": self._issuer.issuer_url,
                "JWKS_URL": self._issuer.jwks_url,
                "REQUIRED_SCOPES": scopes,
            },
        )

    def _token_function(self) -> PythonFunction:
        return self._function(
            "token-issuer",
            "Gives a token of the pool, bound to the caller's certificate",
            packages=("aws_calls", "secret_store"),
            environment={
                "AUDIT_LOG_GROUP": self._audit.name,
                # For the operators' commands, which look here: the registry, the pool, and its functions.
                "CLIENT_REGISTRY_TABLE": self._registry.table_name,
                "CLIENT_SECRETS_PREFIX": self._issuer.client_secrets_prefix,
                "COGNITO_TOKEN_URL": self._issuer.token_endpoint,
                "USER_POOL_ID": self._issuer.user_pool_id,
                **self._issuer.operators_settings(),
            },
            secrets={BINDING_KEY_VARIABLE: self._issuer.binding_key},
            statements=[self._issuer.read_client_secrets("ReadClientSecrets"), write_audit_records(self._audit.arn)],
            timeout_seconds=TOKEN_TIMEOUT_SECONDS,
        )

    def _authorizer(
        self,
        chain: str,
        description: str,
        *,
        environment: Mapping[str, pulumi.Input[str]] | None = None,
        layers: Sequence[pulumi.Input[str]] = (),
    ) -> CustomAuthorizer:
        function_name = f"{chain.replace('_', '-')}-authorizer"
        return CustomAuthorizer(
            function_name,
            CustomAuthorizerArgs(
                function_name=function_name,
                description=description,
                plugins_directory=CHAINS_DIRECTORY / chain,
                packages=(*AUTHORIZER_PACKAGES, *CERTIFICATE_PACKAGES),
                layers=layers,
                type=AuthorizerType.REQUEST,
                identity_sources=(),  # a certificate is none that API Gateway knows: the chain is asked for every call
                ttl_seconds=0,
                environment={
                    "AUDIT_LOG_GROUP": self._audit.name,
                    "CLIENT_REGISTRY_TABLE": self._registry.table_name,
                    **(environment or {}),
                },
                statements=[self._registry.read_standings("ReadStandings"), write_audit_records(self._audit.arn)],
                memory_mb=MEMORY_MB,
                platform=self.args.platform,
                tags=self.args.tags,
            ),
            self._child(),
        )

    def _function(
        self,
        name: str,
        description: str,
        *,
        packages: Sequence[str] = (),
        environment: Mapping[str, pulumi.Input[str]] | None = None,
        secrets: Mapping[str, ManagedSecret] | None = None,
        statements: Sequence[Statement] = (),
        timeout_seconds: int = ANSWER_TIMEOUT_SECONDS,
    ) -> PythonFunction:
        package = name.replace("-", "_")
        return PythonFunction(
            name,
            PythonFunctionArgs(
                function_name=name,
                description=description,
                handler=f"{package}.handler.handle",
                files=package_files([package, *ANSWERING_PACKAGES, *packages]),
                environment=environment or {},
                secret_arns=dict(secrets or {}),
                statements=statements,
                memory_mb=MEMORY_MB,
                timeout_seconds=timeout_seconds,
                platform=self.args.platform,
                tags=self.args.tags,
            ),
            self._child(),
        )

    def _child(self) -> pulumi.ResourceOptions:
        return pulumi.ResourceOptions(parent=self)
