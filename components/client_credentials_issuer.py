"""`ClientCredentialsIssuer`: access tokens for machines, each bound to its caller's certificate.

    clients ──► function app_clients ──► app client of the pool      made inside AWS: their secrets are in
                rotation function   ──► its secret ──► <prefix>name   Secrets Manager and nowhere else
    operators ──► both, for clients that come while the system runs
    token endpoint of the pool ──► trigger pre_token_generation ──► `cnf`, or no token

A Cognito user pool without users (Essentials, administrators only), its domain, a resource server with scopes, and the
trigger V3_0 that adds the certificate's thumbprint where `POST /token` has proved it (functions/pre_token_generation).
The token endpoint is public, so whatever it gives without a proof must be nothing.

It deliberately makes no `aws.cognito.UserPoolClient`: that resource's `client_secret` is an output, and so in Pulumi's
state. The decision: docs/adr/0021-app-clients-made-inside-aws.md.
"""

from __future__ import annotations  # names of pulumi_aws in signatures load a whole service's module when evaluated

import json
from collections.abc import Mapping

import pulumi
import pulumi_aws as aws

from components.client_credentials_settings import POOL_ID_IN_URL, AppClient, ClientCredentialsIssuerArgs
from components.iam import Statement, rotate_secret
from components.managed_secret import (
    KIND_VARIABLE,
    ROTATION_HANDLER,
    ROTATION_PACKAGES,
    ROTATION_TIMEOUT_SECONDS,
    ManagedSecret,
    ManagedSecretArgs,
)
from components.packaging import package_files
from components.pool_web_acl import protect_pool
from components.python_function import PythonFunction, PythonFunctionArgs

TRIGGER_HANDLER = "pre_token_generation.handler.handle"
TRIGGER_PACKAGES = ("pre_token_generation", "audit_trail", "client_certificates", "jwt_verification", "secret_store")
TRIGGER_VERSION = "V3_0"  # the only one that is asked for client credentials
# Cognito waits five seconds and asks up to three times: a start that takes longer ends ready for the next one.
# https://docs.aws.amazon.com/cognito/latest/developerguide/cognito-user-pools-working-with-lambda-triggers.html
TRIGGER_TIMEOUT_SECONDS = 10
APP_CLIENTS_PACKAGES = ("app_clients", "aws_calls")
APP_CLIENTS_HANDLER = "app_clients.handler.handle"
APP_CLIENT_KIND = "cognito-app-client"

# On each client's secret, with the prefix of their names as its value: `POST /token` reads no other. The command line
# that adds clients sets it too.
CLIENT_SECRETS_TAG = "gatehouse:client-secrets-prefix"

BINDING_KEY_VARIABLE = "BINDING_KEY_SECRET_ARN"
POOL_VARIABLE = "USER_POOL_ID"


class ClientCredentialsIssuer(pulumi.ComponentResource):
    """The pool with all that it needs.

    Logical names: `<name>` for the pool, `<name>-domain`, `<name>-scopes`, `<name>-trigger`, `<name>-binding-key`,
    `<name>-app-clients` (function), `<name>-client-<client>` (app client), `<name>-client-<client>-secret`,
    `<name>-client-secrets-rotation` (function, for clients of operators), and with a web ACL `<name>-web-acl`.
    `client_ids` has the app clients' ids by client; a client's secret is named `<client_secrets_prefix><client>`.
    """

    user_pool_id: pulumi.Output[str]
    user_pool_arn: pulumi.Output[str]
    issuer_url: pulumi.Output[str]
    jwks_url: pulumi.Output[str]
    token_endpoint: pulumi.Output[str]
    client_ids: pulumi.Output[Mapping[str, str]]
    client_secrets_prefix: pulumi.Output[str]
    binding_key_secret_arn: pulumi.Output[str]

    def __init__(
        self, name: str, args: ClientCredentialsIssuerArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("gatehouse:index:ClientCredentialsIssuer", name, None, opts)
        self.args = args
        self._name = name
        invoke = pulumi.InvokeOutputOptions(parent=self)
        self._account_id = aws.get_caller_identity_output(opts=invoke).account_id
        self._region = aws.get_region_output(opts=invoke).region
        self._partition = aws.get_partition_output(opts=invoke).partition
        self.binding_key = self._binding_key()
        trigger = self._trigger()
        self.pool = self._pool(trigger)
        domain = aws.cognito.UserPoolDomain(
            f"{name}-domain", domain=args.domain_prefix, user_pool_id=self.pool.id, opts=self._child()
        )
        self._permission(trigger)
        self._app_clients_function = self._app_clients_maker()
        self._secrets_rotation = self._client_secrets_rotation()
        made = self._app_clients()
        if args.web_acl is not None:
            protect_pool(name, args.web_acl, pool_arn=self.pool.arn, tags=args.tags, parent=self)

        self.user_pool_id = self.pool.id
        self.user_pool_arn = self.pool.arn
        self.issuer_url = pulumi.Output.concat("https://", self.pool.endpoint)
        self.jwks_url = self._jwks_url()
        self.token_endpoint = _given_or(
            args.token_endpoint,
            pulumi.Output.concat("https://", domain.domain, ".auth.", self._region, ".amazoncognito.com/oauth2/token"),
        )
        self.client_ids = pulumi.Output.all(**made) if made else pulumi.Output.from_input({})
        self.client_secrets_prefix = pulumi.Output.from_input(args.secrets_prefix)
        self.binding_key_secret_arn = self.binding_key.arn
        self.register_outputs(
            {
                "user_pool_id": self.user_pool_id,
                "user_pool_arn": self.user_pool_arn,
                "issuer_url": self.issuer_url,
                "jwks_url": self.jwks_url,
                "token_endpoint": self.token_endpoint,
                "client_ids": self.client_ids,
                "client_secrets_prefix": self.client_secrets_prefix,
                "binding_key_secret_arn": self.binding_key_secret_arn,
            }
        )

    def _jwks_url(self) -> pulumi.Output[str]:
        if self.args.jwks_url is None:
            return pulumi.Output.concat(self.issuer_url, "/.well-known/jwks.json")
        given = pulumi.Output.from_input(self.args.jwks_url)
        return pulumi.Output.all(given, self.pool.id).apply(lambda parts: parts[0].replace(POOL_ID_IN_URL, parts[1]))

    def read_client_secrets(self, sid: str) -> Statement:
        """The right to read the secrets of clients, those that come later included: for `POST /token` alone.

        A name with the prefix is not enough: whoever makes a secret of a client tags it as one.
        """
        return Statement(
            sid=sid,
            actions=["secretsmanager:GetSecretValue"],
            resources=[self._secret_arns("*")],
            condition=self._tagged(),
        )

    def _tagged(self) -> Mapping[str, Mapping[str, str]]:
        return {"StringEquals": {f"aws:ResourceTag/{CLIENT_SECRETS_TAG}": self.args.secrets_prefix}}

    def operators_settings(self) -> Mapping[str, pulumi.Input[str]]:
        """What the operators' command needs for a client that no deployment knows, as settings of `POST /token`."""
        return {
            "APP_CLIENTS_FUNCTION": self._app_clients_function.function_name,
            "APP_CLIENT_ROTATION_ARN": self._secrets_rotation.arn,
            "APP_CLIENT_ROTATION_DAYS": str(self.args.rotation_days),
        }

    def _secret_arns(self, name: str) -> pulumi.Output[str]:
        parts = ("arn:", self._partition, ":secretsmanager:", self._region, ":", self._account_id)
        return pulumi.Output.concat(*parts, ":secret:", self.args.secrets_prefix, name)

    def _binding_key(self) -> ManagedSecret:
        """Proves to the trigger that a thumbprint comes from `POST /token`."""
        return ManagedSecret(
            f"{self._name}-binding-key",
            ManagedSecretArgs(
                kind="hs256-signing-key",
                description="Proves to Cognito's trigger which certificate a token is for",
                rotation_function_name=f"{self.args.issuer_name}-binding-key-rotation",
                rotation_days=self.args.rotation_days,
                recovery_window_days=self.args.recovery_window_days,
                platform=self.args.platform,
                tags=self.args.tags,
            ),
            self._child(),
        )

    def _trigger(self) -> PythonFunction:
        return PythonFunction(
            f"{self._name}-trigger",
            PythonFunctionArgs(
                function_name=f"{self.args.issuer_name}-pre-token-generation",
                description="Binds each token of the pool to a certificate, or refuses it",
                handler=TRIGGER_HANDLER,
                files=package_files(TRIGGER_PACKAGES),
                platform=self.args.platform,
                timeout_seconds=TRIGGER_TIMEOUT_SECONDS,
                memory_mb=256,
                secret_arns={BINDING_KEY_VARIABLE: self.binding_key},
                tags=self.args.tags,
            ),
            self._child(),
        )

    def _pool(self, trigger: PythonFunction) -> aws.cognito.UserPool:
        return aws.cognito.UserPool(
            self._name,
            name=self.args.issuer_name,
            user_pool_tier="ESSENTIALS",  # the least that has triggers V3_0
            admin_create_user_config=aws.cognito.UserPoolAdminCreateUserConfigArgs(allow_admin_create_user_only=True),
            deletion_protection="ACTIVE" if self.args.deletion_protection else "INACTIVE",
            lambda_config=aws.cognito.UserPoolLambdaConfigArgs(
                pre_token_generation_config=aws.cognito.UserPoolLambdaConfigPreTokenGenerationConfigArgs(
                    lambda_arn=trigger.arn, lambda_version=TRIGGER_VERSION
                )
            ),
            tags=self.args.tags,
            opts=self._child(),
        )

    def _permission(self, trigger: PythonFunction) -> None:
        aws.lambda_.Permission(
            f"{self._name}-trigger-permission",
            action="lambda:InvokeFunction",
            function=trigger.function_name,
            principal="cognito-idp.amazonaws.com",
            source_arn=self.pool.arn,
            source_account=self._account_id,
            opts=self._child(),
        )

    def _app_clients(self) -> dict[str, pulumi.Output[str]]:
        """The ids of the app clients by client."""
        args = self.args
        scopes = aws.cognito.ResourceServer(
            f"{self._name}-scopes",
            identifier=args.resource_server,
            name=args.issuer_name,
            user_pool_id=self.pool.id,
            scopes=[
                aws.cognito.ResourceServerScopeArgs(scope_name=scope.name, scope_description=scope.description)
                for scope in args.scopes
            ],
            opts=self._child(),
        )
        return {client.name: self._app_client(client, self._app_clients_function, scopes) for client in args.clients}

    def _app_clients_maker(self) -> PythonFunction:
        args = self.args
        return PythonFunction(
            f"{self._name}-app-clients",
            PythonFunctionArgs(
                function_name=f"{args.issuer_name}-app-clients",
                description="Makes, changes and deletes the app clients of the pool, and keeps their secrets to itself",
                handler=APP_CLIENTS_HANDLER,
                files=package_files(APP_CLIENTS_PACKAGES),
                platform=args.platform,
                timeout_seconds=60,
                memory_mb=256,
                environment={POOL_VARIABLE: self.pool.id, "TOKEN_MINUTES": str(args.token_minutes)},
                statements=[_manage_app_clients(self.pool.arn)],
                tags=args.tags,
            ),
            self._child(),
        )

    def _client_secrets_rotation(self) -> PythonFunction:
        """Rotates the secrets of clients that operators add: each names its app client, and has the tag."""
        args = self.args
        name = f"{self._name}-client-secrets-rotation"
        function = PythonFunction(
            name,
            PythonFunctionArgs(
                function_name=f"{args.issuer_name}-client-secrets-rotation",
                description="Makes new secrets of the clients that operators add, inside AWS",
                handler=ROTATION_HANDLER,
                files=package_files(ROTATION_PACKAGES),
                platform=args.platform,
                timeout_seconds=ROTATION_TIMEOUT_SECONDS,
                environment={KIND_VARIABLE: APP_CLIENT_KIND, POOL_VARIABLE: self.pool.id},
                statements=[
                    rotate_secret(self._secret_arns("*"), condition=self._tagged()),
                    _rotate_app_client(self.pool.arn),
                ],
                tags=args.tags,
            ),
            self._child(),
        )
        aws.lambda_.Permission(
            f"{name}-permission",
            action="lambda:InvokeFunction",
            function=function.function_name,
            principal="secretsmanager.amazonaws.com",
            source_arn=self._secret_arns("*"),
            source_account=self._account_id,
            opts=self._child(),
        )
        return function

    def _app_client(self, client: AppClient, maker: PythonFunction, scopes: pulumi.Resource) -> pulumi.Output[str]:
        args = self.args
        made = aws.lambda_.Invocation(
            f"{self._name}-client-{client.name}",
            function_name=maker.function_name,
            lifecycle_scope="CRUD",
            # The pool is in it, so that the clients follow where it is replaced.
            input=pulumi.Output.json_dumps(
                {
                    "name": client.name,
                    "scopes": sorted(args.scope_of(scope) for scope in client.scopes),
                    "token_minutes": args.token_minutes,
                    "user_pool_id": self.pool.id,
                },
                sort_keys=True,
            ),
            # Its rights and the scopes are there before the call, and still there when it is to delete.
            opts=self._child(maker, scopes),
        )
        client_id = made.result.apply(lambda result: str(json.loads(result)["client_id"]))
        ManagedSecret(
            f"{self._name}-client-{client.name}-secret",
            ManagedSecretArgs(
                kind=APP_CLIENT_KIND,
                name=f"{args.secrets_prefix}{client.name}",
                description=f"Client secret of {client.name} at the pool {args.issuer_name}",
                rotation_function_name=f"{args.issuer_name}-{client.name}-rotation",
                rotation_environment={POOL_VARIABLE: self.pool.id, "APP_CLIENT_ID": client_id},
                rotation_statements=[_rotate_app_client(self.pool.arn)],
                rotation_days=args.rotation_days,
                recovery_window_days=args.recovery_window_days,
                platform=args.platform,
                tags={**args.tags, CLIENT_SECRETS_TAG: args.secrets_prefix},
            ),
            self._child(),
        )
        return client_id

    def _child(self, *depends_on: pulumi.Resource) -> pulumi.ResourceOptions:
        return pulumi.ResourceOptions(parent=self, depends_on=list(depends_on))


def _manage_app_clients(pool_arn: pulumi.Output[str]) -> Statement:
    return Statement(
        sid="ManageAppClients",
        actions=[
            "cognito-idp:CreateUserPoolClient",
            "cognito-idp:DeleteUserPoolClient",
            "cognito-idp:ListUserPoolClients",
            "cognito-idp:UpdateUserPoolClient",
        ],
        resources=[pool_arn],
    )


def _rotate_app_client(pool_arn: pulumi.Output[str]) -> Statement:
    # Cognito has no resource below the pool: which app client it is, is the function's setting.
    return Statement(
        sid="RotateAppClient",
        actions=[
            "cognito-idp:AddUserPoolClientSecret",
            "cognito-idp:DeleteUserPoolClientSecret",
            "cognito-idp:ListUserPoolClientSecrets",
        ],
        resources=[pool_arn],
    )


def _given_or(given: pulumi.Input[str] | None, otherwise: pulumi.Output[str]) -> pulumi.Output[str]:
    return otherwise if given is None else pulumi.Output.from_input(given)
