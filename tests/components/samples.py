"""Compliant samples of every component, for tests to change one thing of. They build real archives from real files."""

import dataclasses
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pulumi

from components.api_gateway_account import ApiGatewayAccount, ApiGatewayAccountArgs
from components.api_stage import ApiStage, ApiStageArgs
from components.authorized_api import AuthorizedApi, AuthorizedApiArgs
from components.client_credentials_issuer import ClientCredentialsIssuer
from components.client_credentials_settings import AppClient, ClientCredentialsIssuerArgs, Scope, WebAclSettings
from components.client_registry import ClientRegistry, ClientRegistryArgs
from components.container_repositories import ContainerRepositories, ContainerRepositoriesArgs
from components.cors import Cors
from components.custom_authorizer import CustomAuthorizer, CustomAuthorizerArgs
from components.dependency_layer import DependencyLayer, DependencyLayerArgs
from components.domain_certificate import ExistingCertificate, ValidatedCertificate
from components.managed_secret import ManagedSecret, ManagedSecretArgs
from components.mtls_custom_domain import MtlsCustomDomain, MtlsCustomDomainArgs
from components.packaging import FUNCTIONS_DIRECTORY
from components.partner_api import PartnerApi
from components.partner_settings import PartnerApiArgs
from components.python_function import PythonFunction, PythonFunctionArgs
from components.routes import Route
from components.spiffe_verifier_layer import SpiffeVerifierLayer, SpiffeVerifierLayerArgs
from components.tenant_data_api import TenantDataApi
from components.tenant_settings import TenantDataApiArgs
from components.truststore_bucket import TruststoreBucket, TruststoreBucketArgs
from tests.components.fake_wheels import FakeInstaller, write_lock
from tests.functions.partners.authority import Authority
from tests.support.mocks import ACCOUNT_ID, REGION

CHAIN = FUNCTIONS_DIRECTORY / "chains" / "hello"
TAGS = {"team": "payments"}
HANDLER_FILES: Mapping[str, Path] = {"hello/handler.py": FUNCTIONS_DIRECTORY / "hello" / "handler.py"}


def function_args(**changes: Any) -> PythonFunctionArgs:
    """Arguments of a function, with changes."""
    args = PythonFunctionArgs(
        function_name="backend", handler="hello.handler.handle", files=HANDLER_FILES, description="Answers", tags=TAGS
    )
    return dataclasses.replace(args, **changes)


def python_function(
    name: str = "backend", opts: pulumi.ResourceOptions | None = None, **changes: Any
) -> PythonFunction:
    """A function called like its logical name."""
    return PythonFunction(name, function_args(**{"function_name": name, **changes}), opts)


def secret_args(**changes: Any) -> ManagedSecretArgs:
    """Arguments of a secret, with changes."""
    args = ManagedSecretArgs(
        kind="hs256-signing-key", description="Signs tokens", rotation_function_name="key-rotation", tags=TAGS
    )
    return dataclasses.replace(args, **changes)


def managed_secret(
    name: str = "signing-key", opts: pulumi.ResourceOptions | None = None, **changes: Any
) -> ManagedSecret:
    """A secret."""
    return ManagedSecret(name, secret_args(**changes), opts)


def authorizer_args(**changes: Any) -> CustomAuthorizerArgs:
    """Arguments of an authorizer, with changes."""
    args = CustomAuthorizerArgs(function_name="guard", plugins_directory=CHAIN, tags=TAGS)
    return dataclasses.replace(args, **changes)


def custom_authorizer(
    name: str = "guard", opts: pulumi.ResourceOptions | None = None, **changes: Any
) -> CustomAuthorizer:
    """An authorizer called like its logical name."""
    return CustomAuthorizer(name, authorizer_args(**{"function_name": name, **changes}), opts)


def authorized_api(
    name: str = "api", opts: pulumi.ResourceOptions | None = None, routes: list[Route] | None = None, **changes: Any
) -> AuthorizedApi:
    """An API called like its logical name: `GET /hello` and what else is needed, unless other routes are given."""
    if routes is None:
        routes = [Route("GET", "/hello", handler=python_function(), authorizer=custom_authorizer())]
    args: dict[str, Any] = {"api_name": name, "routes": routes, "description": "Answers", "tags": TAGS, **changes}
    return AuthorizedApi(name, AuthorizedApiArgs(**args), opts)


def api_with_everything(name: str = "api", opts: pulumi.ResourceOptions | None = None) -> AuthorizedApi:
    """An API that makes every kind of child: preflight, body model, path parameter."""
    handler, authorizer = python_function(), custom_authorizer()
    routes = [
        Route("GET", "/data/{data_id}", handler=handler, authorizer=authorizer),
        Route("POST", "/data", handler=handler, authorizer=authorizer, body_schema={"type": "object"}),
    ]
    return authorized_api(name, opts, routes, cors=Cors(allow_origin="https://app.example.com"))


def deployed_later(name: str = "api", opts: pulumi.ResourceOptions | None = None, **changes: Any) -> AuthorizedApi:
    """An API without routes of its own, for a program that adds methods and calls `deploy`."""
    authorizers = changes.pop("authorizers", None) or [custom_authorizer()]
    return authorized_api(name, opts, [], authorizers=authorizers, create_deployment=False, **changes)


def api_stage(name: str = "stage", opts: pulumi.ResourceOptions | None = None) -> ApiStage:
    """A stage of an API that is not there."""
    args = ApiStageArgs(rest_api_id="abc123defg", api_name="api", definition_digest="0" * 64, parts=[], tags=TAGS)
    return ApiStage(name, args, opts)


def api_gateway_account(name: str = "account", opts: pulumi.ResourceOptions | None = None) -> ApiGatewayAccount:
    """The account's setting."""
    return ApiGatewayAccount(name, ApiGatewayAccountArgs(tags=TAGS), opts)


def dependency_layer(
    name: str = "layer", opts: pulumi.ResourceOptions | None = None, **changes: Any
) -> DependencyLayer:
    """A layer called like its logical name, of packages that nobody has to fetch."""
    with tempfile.TemporaryDirectory() as folder:
        # Mocks never open a file of an archive: it may go with the folder.
        args: dict[str, Any] = {
            "layer_name": name,
            "lock": write_lock(Path(folder)),
            "description": "Libraries",
            "installer": FakeInstaller(Path(folder) / "packages"),
            **changes,
        }
        return DependencyLayer(name, DependencyLayerArgs(**args), opts)


AUTHORITIES = "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n"


def truststore_bucket(
    name: str = "truststore", opts: pulumi.ResourceOptions | None = None, **changes: Any
) -> TruststoreBucket:
    """A bucket with a bundle that nobody has looked into."""
    args: dict[str, Any] = {"bundle": AUTHORITIES, "tags": TAGS, **changes}
    return TruststoreBucket(name, TruststoreBucketArgs(**args), opts)


def mtls_custom_domain(
    name: str = "partners", opts: pulumi.ResourceOptions | None = None, **changes: Any
) -> MtlsCustomDomain:
    """A domain in front of an API whose default endpoint is closed, with a certificate that ACM issues."""
    args: dict[str, Any] = {
        "domain_name": "partners.example.com",
        "certificate": ValidatedCertificate(zone_id="Z0123456789ABCDEFGHIJ"),
        "truststore": AUTHORITIES,
        "alias_zone_id": "Z0123456789ABCDEFGHIJ",
        "tags": TAGS,
        **changes,
    }
    if "mappings" not in args:
        args["mappings"] = {"": authorized_api(default_endpoint=False)}
    return MtlsCustomDomain(name, MtlsCustomDomainArgs(**args), opts)


def spiffe_verifier_layer(
    name: str = "spiffe-verifier", opts: pulumi.ResourceOptions | None = None, **changes: Any
) -> SpiffeVerifierLayer:
    """The verifier's layer, with packages that nobody has to fetch."""
    with tempfile.TemporaryDirectory() as folder:
        args: dict[str, Any] = {
            "lock": write_lock(Path(folder)),
            "installer": FakeInstaller(Path(folder) / "packages"),
            "archives": Path(folder) / "archives",
            **changes,
        }
        return SpiffeVerifierLayer(name, SpiffeVerifierLayerArgs(**args), opts)


def tenant_data_api(
    name: str = "tenant-api", opts: pulumi.ResourceOptions | None = None, **changes: Any
) -> TenantDataApi:
    """The tenant data API."""
    args = TenantDataApiArgs(admin_key_secret_name="test-admin-api-key", tags=TAGS)
    return TenantDataApi(name, dataclasses.replace(args, **changes), opts)


def issuer_args(**changes: Any) -> ClientCredentialsIssuerArgs:
    """Arguments of an issuer for one partner, with changes."""
    args = ClientCredentialsIssuerArgs(
        issuer_name="partners",
        domain_prefix="partners-example",
        resource_server="partner",
        scopes=[Scope(name="orders.read", description="Read orders"), Scope(name="orders.write", description="Write")],
        clients=[AppClient(name="acme", scopes=["orders.read"])],
        web_acl=WebAclSettings(),
        tags=TAGS,
    )
    return dataclasses.replace(args, **changes)


def client_credentials_issuer(
    name: str = "partners", opts: pulumi.ResourceOptions | None = None, **changes: Any
) -> ClientCredentialsIssuer:
    """An issuer for one partner, with a web ACL."""
    return ClientCredentialsIssuer(name, issuer_args(**changes), opts)


def client_registry(name: str = "clients", opts: pulumi.ResourceOptions | None = None) -> ClientRegistry:
    """A registry of clients' certificates."""
    return ClientRegistry(name, ClientRegistryArgs(tags=TAGS), opts)


def partner_args(folder: Path, **changes: Any) -> PartnerApiArgs:
    """Arguments of a partner API that trusts one authority, with changes; `folder` is for packages nobody fetches."""
    args: dict[str, Any] = {
        "domain_name": "partners.example.com",
        "certificate": ExistingCertificate(arn=f"arn:aws:acm:{REGION}:{ACCOUNT_ID}:certificate/of-partners"),
        "truststore": Authority().pem,
        "domain_prefix": "partners-of-example",
        "resource_server": "partner-api",
        "scopes": [Scope(name="read", description="Read what is protected")],
        "required_scopes": ["read"],
        "clients": [AppClient(name="acme", scopes=["read"])],
        "installer": FakeInstaller(folder / "packages"),
        "tags": TAGS,
        **changes,
    }
    return PartnerApiArgs(**args)


def partner_api(name: str = "partner-api", opts: pulumi.ResourceOptions | None = None, **changes: Any) -> PartnerApi:
    """The partner API."""
    with tempfile.TemporaryDirectory() as folder:
        return PartnerApi(name, partner_args(Path(folder), **changes), opts)


def container_repositories(
    name: str = "images", opts: pulumi.ResourceOptions | None = None, **changes: Any
) -> ContainerRepositories:
    """Repositories for two functions."""
    args = ContainerRepositoriesArgs(function_names=["hello-world", "apigw-invoker"], tags=TAGS)
    return ContainerRepositories(name, dataclasses.replace(args, **changes), opts)


COMPONENTS = {
    "ApiGatewayAccount": api_gateway_account,
    "ApiStage": api_stage,
    "AuthorizedApi": api_with_everything,
    "ClientCredentialsIssuer": client_credentials_issuer,
    "ClientRegistry": client_registry,
    "ContainerRepositories": container_repositories,
    "CustomAuthorizer": custom_authorizer,
    "DependencyLayer": dependency_layer,
    "ManagedSecret": managed_secret,
    "MtlsCustomDomain": mtls_custom_domain,
    "PartnerApi": partner_api,
    "PythonFunction": python_function,
    "SpiffeVerifierLayer": spiffe_verifier_layer,
    "TenantDataApi": tenant_data_api,
    "TruststoreBucket": truststore_bucket,
}
