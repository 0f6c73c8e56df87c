"""Programs for the real engine, by hand with `pulumi_aws`: one that complies, and some that break one rule each.

What each single rule says is shown without an engine, by its fixture; these show what the engine makes of it.
"""

from dataclasses import dataclass

IMPORTS = """
import json
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

DESCRIBED = """
def described(security):
    return json.dumps({
        "openapi": "3.0.1",
        "info": {"title": "described", "version": "1"},
        "components": {"securitySchemes": {"guard": {
            "type": "apiKey", "name": "Authorization", "in": "header",
            "x-amazon-apigateway-authtype": "custom",
            "x-amazon-apigateway-authorizer": {"type": "token", "authorizerUri": invoke_arn},
        }}},
        "paths": {"/orders": {"get": {
            "security": security,
            "responses": {"200": {"description": "all orders"}},
            "x-amazon-apigateway-integration": {"type": "aws_proxy", "httpMethod": "POST", "uri": invoke_arn},
        }}},
    })
"""

COMPLIANT = f"""{IMPORTS}{API}{PREFLIGHT}{DESCRIBED}
get = aws.apigateway.Method(
    "get", rest_api=api.id, resource_id=path.id, http_method="GET",
    authorization="CUSTOM", authorizer_id=authorizer.id,
)
answer = aws.apigateway.Integration(
    "options", rest_api=api.id, resource_id=options.resource_id, http_method=options.http_method, type="MOCK"
)
backend = aws.apigateway.Integration(
    "get", rest_api=api.id, resource_id=get.resource_id, http_method=get.http_method,
    type="AWS_PROXY", integration_http_method="POST", uri=invoke_arn,
)
deployment = aws.apigateway.Deployment(
    "deployment", rest_api=api.id,
    triggers={{"definition": pulumi.Output.all(get.id, options.id, answer.id, backend.id).apply(json.dumps)}},
    opts=pulumi.ResourceOptions(depends_on=[answer, backend, authorizer]),
)
aws.apigateway.Stage(
    "prod", rest_api=api.id, deployment=deployment.id, stage_name="prod", variables={{"alias": "live"}}
)
aws.apigateway.RestApi("described", name="described", body=described([{{"guard": []}}]), fail_on_warnings=True)

http = aws.apigatewayv2.Api("http", name="http", protocol_type="HTTP")
guard = aws.apigatewayv2.Authorizer(
    "guard", api_id=http.id, name="guard", authorizer_type="REQUEST", authorizer_uri=invoke_arn,
    authorizer_payload_format_version="2.0", enable_simple_responses=True,
    identity_sources=["$request.header.Authorization"], authorizer_result_ttl_in_seconds=0,
)
aws.apigatewayv2.Route(
    "route", api_id=http.id, route_key="GET /orders", authorization_type="CUSTOM", authorizer_id=guard.id
)
aws.apigatewayv2.Stage("http", api_id=http.id, name="$default", auto_deploy=True)

secret = aws.secretsmanager.Secret("signing-key")
aws.secretsmanager.SecretVersion("signing-key", secret_id=secret.id, secret_string="{{}}")
aws.secretsmanager.SecretRotation(
    "signing-key", secret_id=secret.id, rotation_lambda_arn="arn:aws:lambda:eu-west-1:111122223333:function:rotation",
    rotation_rules={{"automatically_after_days": 30}},
)
aws.lambda_.Function(
    "hello",
    role="arn:aws:iam::111122223333:role/hello", runtime="python3.13",
    environment={{"variables": {{"SIGNING_KEY_SECRET_ARN": secret.arn, "TOKEN_ISSUER": "gatehouse"}}}},
)
aws.lambda_.FunctionUrl("url", function_name="hello", authorization_type="AWS_IAM")
aws.cognito.UserPoolClient("web", user_pool_id="x", allowed_oauth_flows=["code"])
"""
"""A REST API of resources and one of an OpenAPI body, an HTTP API, a secret, a function and an app client."""


@dataclass(frozen=True, kw_only=True)
class Breaking:
    """A program (`needs`, which complies, and `program`) that breaks one mandatory rule, and what is said about it.

    `marked`: it does so by what the engine alone marks as a secret.
    """

    rule: str
    needs: str = ""
    program: str
    culprit: str
    problem: str
    marked: bool = False


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
        rule="apigateway-rest-api-body-custom-authorization",
        needs=DESCRIBED,
        program="""
aws.apigateway.RestApi("open", name="open-api", body=described([]), fail_on_warnings=True)
""",
        culprit="RestApi 'open'",
        problem="GET of path '/orders' has an empty security",
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
        rule="apigatewayv2-api-no-quick-create",
        program="""
aws.apigatewayv2.Api("quick", name="quick", protocol_type="HTTP", target="https://backend.example.com")
""",
        culprit="Api 'quick'",
        problem="target makes API Gateway create a route by itself",
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
        rule="lambda-permission-names-its-caller",
        program="""
aws.lambda_.Permission(
    "invoke", action="lambda:InvokeFunction", function="hello", principal="apigateway.amazonaws.com"
)
""",
        culprit="Permission 'invoke'",
        problem="sourceArn is missing",
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
        marked=True,
    ),
    Breaking(
        rule="apigatewayv2-stage-no-secret-in-variables",
        program="""
aws.apigatewayv2.Stage("live", api_id="x", name="live", auto_deploy=True, stage_variables={"apiKey": "hunter2"})
""",
        culprit="Stage 'live'",
        problem="stageVariables.apiKey holds a value, and its name says that this is a secret.",
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
        rule="secretsmanager-secret-rotation",
        program="""
aws.secretsmanager.Secret("kept-for-ever")
""",
        culprit="Secret 'kept-for-ever'",
        problem="no SecretRotation of this stack rotates it.",
    ),
    Breaking(
        rule="cognito-user-pool-client-no-secret-in-state",
        program="""
aws.cognito.UserPoolClient("partner", user_pool_id="x", generate_secret=True)
""",
        culprit="UserPoolClient 'partner'",
        problem="generateSecret puts the client secret into Pulumi's state.",
    ),
    Breaking(
        rule="pulumi-stack-no-secret-in-outputs",
        program="""
pulumi.export("greeting", pulumi.Output.secret("hunter2"))
""",
        culprit="Stack 'demo-test'",
        problem="output.greeting is marked as a secret by Pulumi.",
        marked=True,
    ),
    Breaking(
        rule="apigateway-integration-encrypted",
        needs=API,
        program="""
aws.apigateway.Integration(
    "plain", rest_api=api.id, resource_id=path.id, http_method="GET", type="HTTP_PROXY",
    integration_http_method="GET", uri="http://orders.example.com/",
)
""",
        culprit="Integration 'plain'",
        problem="uri is in plain text; it does not begin with https://.",
    ),
    Breaking(
        rule="s3-bucket-tls-only",
        program="""
files = aws.s3.Bucket("files")
aws.s3.BucketPublicAccessBlock(
    "files", bucket=files.id, block_public_acls=True, block_public_policy=True, ignore_public_acls=True,
    restrict_public_buckets=True,
)
""",
        culprit="Bucket 'files'",
        problem="no BucketPolicy of this stack denies it what comes without TLS.",
    ),
    Breaking(
        rule="iam-policy-named-actions-and-resources",
        program="""
aws.iam.RolePolicy(
    "all",
    role="hello",
    policy='{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:*", "Resource": "*"}]}',
)
""",
        culprit="RolePolicy 'all'",
        problem="policy, Statement[0].Action has a wildcard; write out the actions that are needed.",
    ),
    Breaking(
        rule="iam-role-trust-named-principals",
        program="""
aws.iam.Role(
    "anyone",
    assume_role_policy='{"Version": "2012-10-17", "Statement": '
    '[{"Effect": "Allow", "Principal": {"AWS": "*"}, "Action": "sts:AssumeRole"}]}',
)
""",
        culprit="Role 'anyone'",
        problem="assumeRolePolicy, Statement[0] trusts everyone, in every account.",
    ),
    Breaking(
        rule="apigateway-stage-no-request-logging",
        program="""
aws.apigateway.MethodSettings(
    "traced", rest_api="x", stage_name="y", method_path="*/*", settings={"data_trace_enabled": True}
)
""",
        culprit="MethodSettings 'traced'",
        problem="settings.dataTraceEnabled is not false: whole requests and responses are logged.",
    ),
)

BREAKING_EVERYTHING = IMPORTS + API + PREFLIGHT + DESCRIBED + "".join(breaking.program for breaking in BREAKING)
