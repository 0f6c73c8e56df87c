"""Orders behind plugins of its own: `/orders` for users with a token, `/orders/export` for partners with a key."""

from pathlib import Path

import pulumi

from components.api_gateway_account import ApiGatewayAccount, ApiGatewayAccountArgs
from components.authorized_api import AuthorizedApi, AuthorizedApiArgs
from components.custom_authorizer import AuthorizerType, CustomAuthorizer, CustomAuthorizerArgs
from components.managed_secret import ManagedSecret, ManagedSecretArgs
from components.packaging import package_files
from components.python_function import PythonFunction, PythonFunctionArgs
from components.routes import Route

HERE = Path(__file__).parent
TAGS = {"project": "orders-api"}
manages_account = pulumi.Config().require_bool("manageApiGatewayAccount")
account = ApiGatewayAccount("account", ApiGatewayAccountArgs(tags=TAGS)) if manages_account else None

signing_key = ManagedSecret("orders-signing-key", ManagedSecretArgs(
    kind="hs256-signing-key", description="Signs tokens of users and keys of partners",
    rotation_function_name="orders-signing-key-rotation", tags=TAGS,
))  # fmt: skip
backend = PythonFunction("orders-backend", PythonFunctionArgs(
    function_name="orders-backend", description="Answers for orders", tags=TAGS,
    handler="orders.handler.handle", files=package_files(["orders"], HERE),
))  # fmt: skip
users = CustomAuthorizer("orders-authorizer", CustomAuthorizerArgs(
    function_name="orders-authorizer", plugins_directory=HERE / "auth_plugins", tags=TAGS,
    ttl_seconds=60,  # a token can outlive its expiry by this much
    environment={"TOKEN_ISSUER": "https://auth.example.com", "TOKEN_AUDIENCE": "orders-api"},
    secret_arns={"SIGNING_KEY_SECRET_ARN": signing_key},
))  # fmt: skip
partners = CustomAuthorizer("orders-partner-authorizer", CustomAuthorizerArgs(
    function_name="orders-partner-authorizer", plugins_directory=HERE / "partner_plugins", tags=TAGS,
    type=AuthorizerType.REQUEST, ttl_seconds=60,
    identity_sources=["method.request.header.X-Api-Key", "method.request.querystring.tenant"],
    environment={"TOKEN_ISSUER": "https://auth.example.com", "TOKEN_AUDIENCE": "orders-api-partners"},
    secret_arns={"SIGNING_KEY_SECRET_ARN": signing_key},
))  # fmt: skip
api = AuthorizedApi("orders-api", AuthorizedApiArgs(
    api_name="orders-api", description="Orders", account=account, tags=TAGS,
    routes=[
        Route("GET", "/orders", handler=backend, authorizer=users),
        Route("POST", "/orders", handler=backend, authorizer=users),
        Route("GET", "/orders/export", handler=backend, authorizer=partners),
    ],
))  # fmt: skip

pulumi.export("url", api.invoke_url)
