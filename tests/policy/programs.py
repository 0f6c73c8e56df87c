"""Small programs for the real engine: one that complies with every mandatory rule, and some that break one rule alone.

What each single rule says is shown without an engine, by its fixture; these show what the engine makes of it.
"""

from dataclasses import dataclass

IMPORTS = """
import pulumi
import pulumi_aws as aws

invoke_arn = (
    "arn:aws:apigateway:ap-southeast-3:lambda:path/2015-03-31/functions/"
    "arn:aws:lambda:ap-southeast-3:111122223333:function:lambda-authorizer/invocations"
)
"""

API = """
api = aws.apigateway.RestApi("api", name="hello-api")
path = aws.apigateway.Resource("path", rest_api=api.id, parent_id=api.root_resource_id, path_part="hello")
authorizer = aws.apigateway.Authorizer(
    "authorizer", rest_api=api.id, type="TOKEN", authorizer_uri=invoke_arn
)
"""

PREFLIGHT = """
options = aws.apigateway.Method(
    "options", rest_api=api.id, resource_id=path.id, http_method="OPTIONS", authorization="NONE"
)
"""

COMPLIANT = f"""{IMPORTS}{API}{PREFLIGHT}
get = aws.apigateway.Method(
    "get", rest_api=api.id, resource_id=path.id, http_method="GET",
    authorization="CUSTOM", authorizer_id=authorizer.id,
)
aws.apigateway.Integration(
    "options", rest_api=api.id, resource_id=options.resource_id, http_method=options.http_method, type="MOCK"
)
secret = aws.secretsmanager.Secret("signing-key")
aws.secretsmanager.SecretVersion("signing-key", secret_id=secret.id, secret_string="{{}}")
aws.lambda_.Function(
    "hello",
    role="arn:aws:iam::111122223333:role/hello", runtime="python3.13",
    environment={{"variables": {{"SIGNING_KEY_SECRET_ARN": secret.arn, "TOKEN_ISSUER": "gatehouse"}}}},
)
aws.cognito.UserPoolClient("web", user_pool_id="x", allowed_oauth_flows=["code"])
aws.apigateway.Stage("prod", rest_api=api.id, deployment="abc", stage_name="prod", variables={{"alias": "live"}})
aws.apigatewayv2.Route("route", api_id="x", route_key="GET /", authorization_type="CUSTOM", authorizer_id="y")
aws.lambda_.FunctionUrl("url", function_name="hello", authorization_type="AWS_IAM")
"""


@dataclass(frozen=True, kw_only=True)
class Breaking:
    """A program (`needs`, which complies, and `program`) that breaks `rule` and no other, and what is said about it."""

    rule: str
    needs: str = ""
    program: str
    culprit: str
    problem: str


BREAKING = (
    Breaking(
        rule="apigateway-method-custom-authorization",
        needs=API,
        program="""
aws.apigateway.Method("get", rest_api=api.id, resource_id=path.id, http_method="GET", authorization="NONE")
""",
        culprit="Method 'get'",
        problem="authorization is NONE, so anyone may call it.",
    ),
    Breaking(
        rule="apigateway-method-authorizer-of-same-api",
        needs=API,
        program="""
other = aws.apigateway.RestApi("other", name="other-api")
stranger = aws.apigateway.Authorizer(
    "stranger", rest_api=other.id, type="TOKEN", authorizer_uri=invoke_arn
)
aws.apigateway.Method(
    "get-foreign", rest_api=api.id, resource_id=path.id, http_method="GET",
    authorization="CUSTOM", authorizer_id=stranger.id,
)
""",
        culprit="Method 'get-foreign'",
        problem="its authorizer 'stranger' belongs to another REST API.",
    ),
    Breaking(
        rule="apigateway-method-preflight-answered-by-mock",
        needs=API + PREFLIGHT,
        program="""
aws.apigateway.Integration(
    "backend", rest_api=api.id, resource_id=options.resource_id, http_method=options.http_method,
    type="AWS_PROXY", integration_http_method="POST", uri=invoke_arn,
)
""",
        culprit="Method 'options'",
        problem="its integration 'backend' is not MOCK",
    ),
    Breaking(
        rule="apigateway-rest-api-no-openapi-body",
        program="""
aws.apigateway.RestApi("described", name="described-api", body='{"openapi": "3.0.1", "paths": {}}')
""",
        culprit="RestApi 'described'",
        problem="its methods are declared in an OpenAPI body",
    ),
    Breaking(
        rule="apigatewayv2-route-custom-authorization",
        program="""
aws.apigatewayv2.Route("route", api_id="x", route_key="GET /hello")
""",
        culprit="Route 'route'",
        problem="authorizationType is missing, so anyone may call it.",
    ),
    Breaking(
        rule="lambda-function-url-authorization",
        program="""
aws.lambda_.FunctionUrl("url", function_name="hello", authorization_type="NONE")
""",
        culprit="FunctionUrl 'url'",
        problem="authorizationType is NONE, so anyone may call the function.",
    ),
    Breaking(
        rule="lambda-function-no-secret-in-environment",
        program="""
aws.lambda_.Function(
    "hello",
    role="arn:aws:iam::111122223333:role/hello", runtime="python3.13",
    environment={"variables": {"GREETING": pulumi.Output.secret("hunter2")}},
)
""",
        culprit="Function 'hello'",
        problem="environment.variables.GREETING is marked as a secret by Pulumi.",
    ),
    Breaking(
        rule="apigateway-stage-no-secret-in-variables",
        program="""
aws.apigateway.Stage("prod", rest_api="x", deployment="y", stage_name="prod", variables={"apiKey": "hunter2"})
""",
        culprit="Stage 'prod'",
        problem="variables.apiKey holds a value, and its name says that this is a secret.",
    ),
    Breaking(
        rule="secretsmanager-secret-version-no-value-in-state",
        program="""
aws.secretsmanager.SecretVersion("signing-key", secret_id="x", secret_string="hunter2")
""",
        culprit="SecretVersion 'signing-key'",
        problem="secretString carries the secret's value through Pulumi.",
    ),
    Breaking(
        rule="cognito-user-pool-client-no-secret-in-state",
        program="""
aws.cognito.UserPoolClient("partner", user_pool_id="x", generate_secret=True)
""",
        culprit="UserPoolClient 'partner'",
        problem="generateSecret puts the client secret into Pulumi's state.",
    ),
)

BREAKING_EVERYTHING = IMPORTS + API + PREFLIGHT + "".join(breaking.program for breaking in BREAKING)
