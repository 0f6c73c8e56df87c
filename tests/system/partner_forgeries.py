"""Tokens that the partner API must refuse: the best that an attacker could get hold of. No tests, no fixtures."""

import secrets

import jwt
from cryptography.hazmat.primitives.asymmetric import rsa

from tests.support.certificates import Issued
from tests.support.cognito import ask_for_token
from tests.support.partner_api import PartnerApi
from tests.system.partner_requests import Partner, new_id

OTHER_SCOPE = f"proof-{secrets.token_hex(4)}/other"


def claims_of(token: str) -> dict[str, object]:
    return jwt.decode(token, options={"verify_signature": False})


def unbound_token(api: PartnerApi, partner: Partner) -> str:
    """A token of the pool itself without a certificate: its trigger is taken off for a moment."""
    cognito, pool = api.aws("cognito-idp"), {"UserPoolId": api.settings("token-issuer")["USER_POOL_ID"]}
    attached = cognito.describe_user_pool(**pool)["UserPool"]["LambdaConfig"]
    secret = api.app_client_secret(partner.client_id)
    url = api.settings("token-issuer")["COGNITO_TOKEN_URL"]
    cognito.update_user_pool(**pool, LambdaConfig={})
    try:
        answer = ask_for_token(url, secret["client_id"], secret["client_secret"], scope=api.required_scope)
    finally:
        cognito.update_user_pool(**pool, LambdaConfig=attached)
    assert answer.claims["client_id"] == claims_of(partner.token)["client_id"]
    return answer.body["access_token"]


def token_of_another_pool(api: PartnerApi) -> str:
    """A pool of an attacker's own, with a resource server of the same name."""
    cognito, url = api.aws("cognito-idp"), api.settings("token-issuer")["COGNITO_TOKEN_URL"]
    pool = {"UserPoolId": cognito.create_user_pool(PoolName="attacker")["UserPool"]["Id"]}
    try:
        server, _, scope = api.required_scope.partition("/")
        cognito.create_resource_server(
            **pool, Identifier=server, Name=server, Scopes=[{"ScopeName": scope, "ScopeDescription": scope}]
        )
        made = cognito.create_user_pool_client(
            **pool, ClientName="attacker", GenerateSecret=True, AllowedOAuthFlows=["client_credentials"],
            AllowedOAuthFlowsUserPoolClient=True, AllowedOAuthScopes=[api.required_scope],
        )["UserPoolClient"]  # fmt: skip
        answer = ask_for_token(url, made["ClientId"], made["ClientSecret"], scope=api.required_scope)
    finally:
        cognito.delete_user_pool(**pool)
    return answer.body["access_token"]


def forged_like(token: str, *, kid: str | None = None, algorithm: str = "RS256") -> str:
    """The same claims, signed by another key."""
    headers = {"kid": kid or jwt.get_unverified_header(token)["kid"]}
    key = rsa.generate_private_key(public_exponent=65_537, key_size=2_048)
    return jwt.encode(claims_of(token), "" if algorithm == "none" else key, algorithm=algorithm, headers=headers)


def tampered(token: str) -> str:
    head, payload, signature = token.split(".")
    changed = ("B" if signature[10] == "A" else "A") + signature[11:]
    return f"{head}.{payload}.{signature[:10]}{changed}"


def with_another_scope(api: PartnerApi) -> Issued:
    """A partner in good standing whose tokens permit something else."""
    server, _, scope = OTHER_SCOPE.partition("/")
    api.aws("cognito-idp").create_resource_server(
        UserPoolId=api.settings("token-issuer")["USER_POOL_ID"],
        Identifier=server,
        Name=server,
        Scopes=[{"ScopeName": scope, "ScopeDescription": "Nothing that is asked for"}],
    )
    return api.partner(new_id(), OTHER_SCOPE)
