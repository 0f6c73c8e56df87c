"""One compliant declaration per resource type, as inputs and as a stack; tests break exactly one property of them."""

from tests.policy.judging import UNKNOWN, Declared

ARN = "arn:aws:secretsmanager:ap-southeast-3:111122223333:secret:hello-signing-key-AbCdEf"

REST_API = Declared(type="aws:apigateway/restApi:RestApi", name="api", properties={"name": "hello-api", "id": "api1"})
OTHER_REST_API = Declared(type=REST_API.type, name="other-api", properties={"name": "other", "id": "api2"})
PATH = Declared(
    type="aws:apigateway/resource:Resource",
    name="path",
    properties={"id": "path1", "restApi": "api1", "pathPart": "hello"},
    sources={"restApi": ["api"]},
)
AUTHORIZER = Declared(
    type="aws:apigateway/authorizer:Authorizer",
    name="authorizer",
    properties={"id": "auth1", "restApi": "api1", "type": "TOKEN"},
    sources={"restApi": ["api"]},
)
METHOD = Declared(
    type="aws:apigateway/method:Method",
    name="get",
    properties={
        "restApi": "api1",
        "resourceId": "path1",
        "httpMethod": "GET",
        "authorization": "CUSTOM",
        "authorizerId": "auth1",
    },
    sources={"restApi": ["api"], "resourceId": ["path"], "authorizerId": ["authorizer"]},
)
PREFLIGHT = Declared(
    type=METHOD.type,
    name="preflight",
    properties={"restApi": "api1", "resourceId": "path1", "httpMethod": "OPTIONS", "authorization": "NONE"},
    sources={"restApi": ["api"], "resourceId": ["path"]},
)
INTEGRATION = Declared(
    type="aws:apigateway/integration:Integration",
    name="preflight-answer",
    properties={"restApi": "api1", "resourceId": "path1", "httpMethod": "OPTIONS", "type": "MOCK"},
    sources={"restApi": ["api"], "resourceId": ["path"], "httpMethod": ["preflight"]},
)
HTTP_API = Declared(
    type="aws:apigatewayv2/api:Api",
    name="http-api",
    properties={"id": "api3", "name": "hello-http-api", "protocolType": "HTTP"},
)
ROUTE = Declared(
    type="aws:apigatewayv2/route:Route",
    name="route",
    properties={"apiId": "api3", "routeKey": "GET /hello", "authorizationType": "CUSTOM", "authorizerId": "auth2"},
)
FUNCTION_URL = Declared(
    type="aws:lambda/functionUrl:FunctionUrl",
    name="url",
    properties={"functionName": "hello-world", "authorizationType": "AWS_IAM"},
)
FUNCTION = Declared(
    type="aws:lambda/function:Function",
    name="hello",
    properties={
        "role": "arn:aws:iam::111122223333:role/hello",
        "environment": {
            "variables": {
                "SIGNING_KEY_SECRET_ARN": ARN,
                "TOKEN_ISSUER": "gatehouse",
                "TOKEN_AUDIENCE": "hello-api",
                "PARAMETERS_SECRETS_EXTENSION_HTTP_PORT": "2773",
            }
        },
    },
)
STAGE = Declared(
    type="aws:apigateway/stage:Stage",
    name="prod",
    properties={"restApi": "api1", "stageName": "prod", "variables": {"backendAlias": "live"}},
)
SECRET_VERSION = Declared(
    type="aws:secretsmanager/secretVersion:SecretVersion",
    name="signing-key",
    properties={"secretId": ARN, "secretString": "{}"},
)
APP_CLIENT = Declared(
    type="aws:cognito/userPoolClient:UserPoolClient",
    name="web",
    properties={"userPoolId": "eu-west-1_Example01", "generateSecret": False},
)

STACK = (REST_API, PATH, AUTHORIZER, METHOD, PREFLIGHT, INTEGRATION)
"""A deployed API: every id is known."""


def before_it_exists(*declared: Declared) -> tuple[Declared, ...]:
    """The same in the preview of a new stack: no ids yet, and what comes from another resource is unknown."""
    fresh: list[Declared] = []
    for one in declared:
        seen = one.without("id") if "id" in one.properties else one
        for name in one.sources:
            if name != "httpMethod":  # an input that the provider knows in a preview
                seen = seen.with_property(name, UNKNOWN)
        fresh.append(seen)
    return tuple(fresh)


def replaced(stack: tuple[Declared, ...], changed: Declared) -> tuple[Declared, ...]:
    """The stack with the resource of that name exchanged."""
    assert changed.name in {one.name for one in stack}
    return tuple(changed if one.name == changed.name else one for one in stack)
