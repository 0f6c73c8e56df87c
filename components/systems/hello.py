"""The hello system (seed 000), readable as a diagram.

apigw-invoker ──(60-second token)──► hello-api GET /hello ──► lambda-authorizer ──► hello-world
      └───────────── hello-signing-key (made and rotated inside AWS) ──────┘
"""

from components.api_gateway_account import ApiGatewayAccount
from components.authorized_api import AuthorizedApi, AuthorizedApiArgs
from components.custom_authorizer import CustomAuthorizer, CustomAuthorizerArgs
from components.managed_secret import ManagedSecret, ManagedSecretArgs
from components.packaging import FUNCTIONS_DIRECTORY, package_files
from components.python_function import PythonFunction, PythonFunctionArgs
from components.routes import Route
from components.settings import HelloSettings, Settings
from components.systems.deployed import Deployed

# It waits for a cold authorizer and a cold backend behind it; API Gateway itself gives up after 29 seconds.
INVOKER_TIMEOUT_SECONDS = 30
# Twice the minimum, because Lambda gives CPU by memory, and callers wait for the import and the signature.
SIGNATURE_MEMORY_MB = 256


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
            plugins_directory=FUNCTIONS_DIRECTORY / "chains" / "hello",
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
