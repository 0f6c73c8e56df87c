"""The workload API (seed 001), readable as a diagram.

workload ──(JWT-SVID of its SPIRE agent)──► workload-api GET /whoami ──► spiffe-authorizer ──► whoami
                                                                             │ layer spiffe-verifier: library, extension
                                                               SPIRE's OIDC provider or trust bundle (keys)
"""

from components.api_gateway_account import ApiGatewayAccount
from components.authorized_api import AuthorizedApi, AuthorizedApiArgs
from components.custom_authorizer import AuthorizerType, CustomAuthorizer, CustomAuthorizerArgs
from components.packaging import FUNCTIONS_DIRECTORY, package_files
from components.python_function import PythonFunction, PythonFunctionArgs
from components.routes import Route
from components.settings import Settings, WorkloadSettings
from components.spiffe_verifier_layer import SpiffeVerifierLayer, SpiffeVerifierLayerArgs
from components.systems.deployed import Deployed

# Lambda gives CPU by memory: callers wait for the import of cryptography and for signatures, and the extension beside
# the function has its share of both.
AUTHORIZER_MEMORY_MB = 256


def workload_system(settings: Settings, workload: WorkloadSettings, account: ApiGatewayAccount | None) -> Deployed:
    """`GET /whoami` for workloads with a JWT-SVID of a trusted domain, for this API, whom a route rule names."""
    layer = SpiffeVerifierLayer(
        "spiffe-verifier", SpiffeVerifierLayerArgs(extension=workload.extension, platform=workload.platform)
    )
    authorizer = CustomAuthorizer(
        "spiffe-authorizer",
        CustomAuthorizerArgs(
            function_name="spiffe-authorizer",
            description="Lets workloads in whose JWT-SVID is good and whom a route rule names",
            plugins_directory=FUNCTIONS_DIRECTORY / "chains" / "spiffe",
            packages=("authorizer",),  # the libraries come with the layer: the extension's and these are then the same
            layers=[layer.arn],
            type=AuthorizerType.REQUEST,
            ttl_seconds=0,  # a kept decision would outlive the token, whose life is SPIRE's to choose
            environment={**workload.trust.environment, **layer.environment},
            vpc=workload.vpc,
            memory_mb=AUTHORIZER_MEMORY_MB,
            platform=workload.platform,
            tags=settings.tags,
        ),
    )
    whoami = PythonFunction(
        "whoami",
        PythonFunctionArgs(
            function_name="whoami",
            description="Tells a workload its SPIFFE ID",
            handler="whoami.handler.handle",
            files=package_files(["whoami", "api_responses"]),
            environment={} if workload.cors is None else {"CORS_ALLOW_ORIGIN": workload.cors.allow_origin},
            vpc=workload.vpc,
            platform=workload.platform,
            tags=settings.tags,
        ),
    )
    api = AuthorizedApi(
        "workload-api",
        AuthorizedApiArgs(
            api_name="workload-api",
            description="Tells workloads who they are",
            routes=[Route("GET", "/whoami", handler=whoami, authorizer=authorizer)],
            stage=settings.stage,
            cors=workload.cors,
            account=account,
            tags=settings.tags,
        ),
    )
    return Deployed(apis={"workload-api": api}, others={"SpiffeVerifierLayerArn": layer.arn})
