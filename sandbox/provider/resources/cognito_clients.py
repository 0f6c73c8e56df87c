"""What belongs to a Cognito user pool: its domain, resource servers and app clients."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any, Final

from sandbox.provider.resource_type import (
    ApiShape,
    AutoName,
    CloudFormationShape,
    Imported,
    Operation,
    Problem,
    ResourceType,
)
from sandbox.provider.resources.cognito_user_pool import SERVICE
from sandbox.provider.values import UNKNOWN, Properties, list_of, object_of

CLOUDFRONT_ZONE: Final = "Z2FDTNDATAQYW2"
"""The hosted zone of every CloudFront distribution (Route 53 developer guide, alias targets)."""

# --- domain

_PREFIX: Final = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?")


def _create_domain(operation: Operation) -> str:
    inputs = operation.inputs
    request: dict[str, Any] = {"Domain": inputs["domain"], "UserPoolId": inputs["userPoolId"]}
    if inputs.get("certificateArn"):
        request["CustomDomainConfig"] = {"CertificateArn": inputs["certificateArn"]}
    if inputs.get("managedLoginVersion"):
        request["ManagedLoginVersion"] = inputs["managedLoginVersion"]
    operation.client(SERVICE).create_user_pool_domain(**request)
    operation.created(str(inputs["domain"]))
    return str(inputs["domain"])


def _read_domain(operation: Operation) -> Properties | None:
    found = operation.client(SERVICE).describe_user_pool_domain(Domain=operation.id)["DomainDescription"]
    if not found.get("UserPoolId"):
        return None
    distribution = found.get("CloudFrontDistribution") or ""
    return {
        "awsAccountId": found["AWSAccountId"],
        "certificateArn": object_of(found.get("CustomDomainConfig")).get("CertificateArn", ""),
        "cloudfrontDistribution": distribution,
        "cloudfrontDistributionArn": distribution,
        "cloudfrontDistributionZoneId": CLOUDFRONT_ZONE,
        "domain": operation.id,
        "managedLoginVersion": found.get("ManagedLoginVersion"),
        "s3Bucket": found.get("S3Bucket", ""),
        "userPoolId": found["UserPoolId"],
        "version": found.get("Version", ""),
    }


def _update_domain(operation: Operation) -> None:
    inputs = operation.inputs
    request: dict[str, Any] = {"Domain": operation.id, "UserPoolId": inputs["userPoolId"]}
    if inputs.get("certificateArn"):
        request["CustomDomainConfig"] = {"CertificateArn": inputs["certificateArn"]}
    if inputs.get("managedLoginVersion"):
        request["ManagedLoginVersion"] = inputs["managedLoginVersion"]
    operation.client(SERVICE).update_user_pool_domain(**request)


def _delete_domain(operation: Operation) -> None:
    pool = operation.inputs.get("userPoolId") or operation.state.get("userPoolId")
    if pool is None:  # left behind by an interrupted update: only the domain's name is known
        found = operation.client(SERVICE).describe_user_pool_domain(Domain=operation.id)["DomainDescription"]
        if not found.get("UserPoolId"):
            return
        pool = found["UserPoolId"]
    operation.client(SERVICE).delete_user_pool_domain(Domain=operation.id, UserPoolId=pool)


def _check_domain(inputs: Properties) -> Iterable[Problem]:
    # The API's own model has this pattern for domains of one's own too, which then could have no dot.
    domain = inputs["domain"]
    if "certificateArn" not in inputs and isinstance(domain, str) and not _PREFIX.fullmatch(domain):
        message = (
            f"{domain!r} is no prefix: 1 to 63 of a-z, 0-9 and - inside; a domain of your own has a certificateArn"
        )
        yield Problem(path=("domain",), message=message)


# --- resource server


def _scopes(inputs: Mapping[str, Any]) -> list[dict[str, Any]]:
    given = (object_of(each) for each in list_of(inputs.get("scopes")))
    return [{"ScopeName": each["scopeName"], "ScopeDescription": each["scopeDescription"]} for each in given]


def _create_server(operation: Operation) -> str:
    inputs = operation.inputs
    pool, identifier = str(inputs["userPoolId"]), str(inputs["identifier"])
    operation.client(SERVICE).create_resource_server(
        UserPoolId=pool, Identifier=identifier, Name=inputs["name"], Scopes=_scopes(inputs)
    )
    operation.created(f"{pool}|{identifier}")
    return f"{pool}|{identifier}"


def _pool_and_identifier(identifier: str) -> tuple[str, str]:
    pool, separator, server = identifier.partition("|")
    if not (pool and separator and server):
        raise ValueError(f"{identifier!r} must be USER-POOL-ID|IDENTIFIER")
    return pool, server


def _read_server(operation: Operation) -> Properties | None:
    pool, identifier = _pool_and_identifier(operation.id)
    found = operation.client(SERVICE).describe_resource_server(UserPoolId=pool, Identifier=identifier)
    server = found["ResourceServer"]
    names = [str(scope["ScopeName"]) for scope in server.get("Scopes", [])]
    return {
        "identifier": server["Identifier"],
        "name": server["Name"],
        "scopeIdentifiers": [f"{identifier}/{name}" for name in names],
        "scopes": [
            {"scopeDescription": scope["ScopeDescription"], "scopeName": scope["ScopeName"]}
            for scope in server.get("Scopes", [])
        ],
        "userPoolId": pool,
    }


def _update_server(operation: Operation) -> None:
    pool, identifier = _pool_and_identifier(operation.id)
    operation.client(SERVICE).update_resource_server(
        UserPoolId=pool, Identifier=identifier, Name=operation.inputs["name"], Scopes=_scopes(operation.inputs)
    )


def _delete_server(operation: Operation) -> None:
    pool, identifier = _pool_and_identifier(operation.id)
    operation.client(SERVICE).delete_resource_server(UserPoolId=pool, Identifier=identifier)


def _import_server(identifier: str) -> Imported:
    pool, server = _pool_and_identifier(identifier)
    return Imported(id=identifier, inputs={"userPoolId": pool, "identifier": server})


# --- app client

_CLIENT_MEMBERS: Final = {
    "accessTokenValidity": "AccessTokenValidity",
    "allowedOauthFlows": "AllowedOAuthFlows",
    "allowedOauthFlowsUserPoolClient": "AllowedOAuthFlowsUserPoolClient",
    "allowedOauthScopes": "AllowedOAuthScopes",
    "authSessionValidity": "AuthSessionValidity",
    "enableTokenRevocation": "EnableTokenRevocation",
    "explicitAuthFlows": "ExplicitAuthFlows",
    "idTokenValidity": "IdTokenValidity",
    "name": "ClientName",
    "preventUserExistenceErrors": "PreventUserExistenceErrors",
    "refreshTokenValidity": "RefreshTokenValidity",
}
_UNIT_MEMBERS: Final = {"accessToken": "AccessToken", "idToken": "IdToken", "refreshToken": "RefreshToken"}
_DEFAULT_UNITS: Final = {"accessToken": "hours", "idToken": "hours", "refreshToken": "days"}
_FOR_PEOPLE: Final = "the sandbox has app clients for machine-to-machine grants only"
_SETS: Final = frozenset({"allowedOauthFlows", "allowedOauthScopes", "explicitAuthFlows"})


def _client_settings(inputs: Mapping[str, Any]) -> dict[str, Any]:
    """What CreateUserPoolClient and UpdateUserPoolClient have in common; what is not given is reset by the latter."""
    settings = {member: inputs[name] for name, member in _CLIENT_MEMBERS.items() if name in inputs}
    if "tokenValidityUnits" in inputs:
        units = {**_DEFAULT_UNITS, **object_of(inputs["tokenValidityUnits"])}
        settings["TokenValidityUnits"] = {_UNIT_MEMBERS[name]: unit for name, unit in units.items()}
    return settings


def _create_client(operation: Operation) -> str:
    inputs = operation.inputs
    made = operation.client(SERVICE).create_user_pool_client(
        UserPoolId=inputs["userPoolId"], GenerateSecret=bool(inputs.get("generateSecret")), **_client_settings(inputs)
    )
    identifier = str(made["UserPoolClient"]["ClientId"])
    operation.created(identifier)
    return identifier


def _read_client(operation: Operation) -> Properties | None:
    pool = str(operation.inputs.get("userPoolId") or operation.state["userPoolId"])
    found = operation.client(SERVICE).describe_user_pool_client(UserPoolId=pool, ClientId=operation.id)
    client = found["UserPoolClient"]
    values = {name: client.get(member) for name, member in _CLIENT_MEMBERS.items()}
    units = object_of(client.get("TokenValidityUnits"))
    told = {name: units[member] for name, member in _UNIT_MEMBERS.items() if member in units}
    return {
        **values,
        # As the official provider: the state has the secret that the app client was made with, marked as secret.
        "clientSecret": client.get("ClientSecret", ""),
        "enablePropagateAdditionalUserContextData": client.get("EnablePropagateAdditionalUserContextData", False),
        "generateSecret": operation.inputs.get("generateSecret", operation.state.get("generateSecret")),
        "tokenValidityUnits": told or None,
        "userPoolId": pool,
    }


def _update_client(operation: Operation) -> None:
    operation.client(SERVICE).update_user_pool_client(
        UserPoolId=operation.inputs["userPoolId"], ClientId=operation.id, **_client_settings(operation.inputs)
    )


def _delete_client(operation: Operation) -> None:
    pool = operation.inputs.get("userPoolId") or operation.state.get("userPoolId")
    operation.client(SERVICE).delete_user_pool_client(UserPoolId=pool, ClientId=operation.id)


def _import_client(identifier: str) -> Imported:
    pool, separator, client = identifier.partition("/")
    if not (pool and separator and client):
        raise ValueError(f"{identifier!r} must be USER-POOL-ID/CLIENT-ID")
    return Imported(id=client, inputs={"userPoolId": pool})


def _check_client(inputs: Properties) -> Iterable[Problem]:
    # AWS: "client_credentials flow can not be selected if client does not have a client secret" (CreateUserPoolClient).
    flows = inputs.get("allowedOauthFlows")
    machine = flows is not UNKNOWN and "client_credentials" in list_of(flows)
    if machine and inputs.get("generateSecret") is not UNKNOWN and not inputs.get("generateSecret"):
        yield Problem(path=("generateSecret",), message="must be true: client_credentials needs a client secret")
    if machine and len(list_of(flows)) > 1:
        yield Problem(path=("allowedOauthFlows",), message="client_credentials excludes the other flows")


RESOURCE_TYPES: Final = (
    ResourceType(
        token="aws:cognito/userPoolDomain:UserPoolDomain",  # noqa: S106 - a type token
        create=_create_domain,
        read=_read_domain,
        update=_update_domain,
        delete=_delete_domain,
        check=_check_domain,
        replaces=frozenset({"domain", "userPoolId"}),
        computed=frozenset({"managedLoginVersion"}),
        cloudformation=CloudFormationShape(
            type_name="AWS::Cognito::UserPoolDomain",
            renames={"certificateArn": "CustomDomainConfig.CertificateArn"},
        ),
        api=ApiShape(
            service=SERVICE,
            operation="CreateUserPoolDomain",
            members={"userPoolId": "UserPoolId"},
        ),
    ),
    ResourceType(
        token="aws:cognito/resourceServer:ResourceServer",  # noqa: S106 - a type token
        create=_create_server,
        read=_read_server,
        update=_update_server,
        delete=_delete_server,
        replaces=frozenset({"identifier", "userPoolId"}),
        auto_name=AutoName(maximum_length=256),
        unordered=frozenset({"scopes"}),
        recomputed={"scopeIdentifiers": frozenset({"scopes"})},
        import_id=_import_server,
        cloudformation=CloudFormationShape(type_name="AWS::Cognito::UserPoolResourceServer"),
        api=ApiShape(
            service=SERVICE,
            operation="CreateResourceServer",
            members={"identifier": "Identifier", "name": "Name", "userPoolId": "UserPoolId"},
        ),
    ),
    ResourceType(
        token="aws:cognito/userPoolClient:UserPoolClient",  # noqa: S106 - a type token
        create=_create_client,
        read=_read_client,
        update=_update_client,
        delete=_delete_client,
        check=_check_client,
        replaces=frozenset({"generateSecret", "userPoolId"}),
        computed=frozenset(_CLIENT_MEMBERS) - {"name"} | {"enablePropagateAdditionalUserContextData"},
        auto_name=AutoName(maximum_length=128),
        unordered=_SETS,
        secret_properties=frozenset({"clientSecret"}),
        locators=frozenset({"userPoolId"}),
        import_id=_import_client,
        unsupported=dict.fromkeys(
            (
                "analyticsConfiguration",
                "callbackUrls",
                "defaultRedirectUri",
                "enablePropagateAdditionalUserContextData",
                "logoutUrls",
                "readAttributes",
                "refreshTokenRotation",
                "supportedIdentityProviders",
                "writeAttributes",
            ),
            _FOR_PEOPLE,
        ),
        cloudformation=CloudFormationShape(
            type_name="AWS::Cognito::UserPoolClient",
            renames={
                "allowedOauthFlows": "AllowedOAuthFlows",
                "allowedOauthFlowsUserPoolClient": "AllowedOAuthFlowsUserPoolClient",
                "allowedOauthScopes": "AllowedOAuthScopes",
                "name": "ClientName",
            },
        ),
        api=ApiShape(
            service=SERVICE,
            operation="CreateUserPoolClient",
            members={name: member for name, member in _CLIENT_MEMBERS.items() if name not in {"allowedOauthFlows"}}
            | {"userPoolId": "UserPoolId"},
        ),
    ),
)
