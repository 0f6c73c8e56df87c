"""API Gateway: APIs, resources, authorizers, what requests must look like, and the account."""

import json
from typing import Any

from tests.provider.cases.case import Case, Refusal, World
from tests.provider.cases.iam import role
from tests.provider.driver import Known
from tests.support.sandbox import ACCOUNT_ID, REGION

FUNCTION_ARN = f"arn:aws:lambda:{REGION}:{ACCOUNT_ID}:function:authorizer"
INVOKE_ARN = f"arn:aws:apigateway:{REGION}:lambda:path/2015-03-31/functions/{FUNCTION_ARN}/invocations"
OTHER_INVOKE_ARN = INVOKE_ARN.replace("function:authorizer", "function:other")
POOL_ARN = f"arn:aws:cognito-idp:{REGION}:{ACCOUNT_ID}:userpool/{REGION}_abcdef123"

_OPENAPI = "refused: see test_apigateway.py"


def rest_api(world: World, name: str = "api") -> Known:
    return world.need("aws:apigateway/restApi:RestApi", {"name": f"{world.name}-{name}"}, name=name)


def resource(world: World, path_part: str = "things", name: str = "resource") -> Known:
    api = rest_api(world)
    inputs = {"restApi": api.id, "parentId": api.state["rootResourceId"], "pathPart": path_part}
    return world.need("aws:apigateway/resource:Resource", inputs, name=name)


def authorizer(world: World, name: str = "authorizer", **changes: Any) -> Known:
    inputs = {
        "restApi": rest_api(world).id,
        "name": f"{world.name}-{name}",
        "authorizerUri": INVOKE_ARN,
        **changes,
    }
    return world.need("aws:apigateway/authorizer:Authorizer", inputs, name=name)


def validator(world: World) -> Known:
    inputs = {"restApi": rest_api(world).id, "name": "everything", "validateRequestBody": True}
    return world.need("aws:apigateway/requestValidator:RequestValidator", inputs, name="validator")


def model(world: World) -> Known:
    inputs = {"restApi": rest_api(world).id, "name": "Thing", "contentType": "application/json", "schema": "{}"}
    return world.need("aws:apigateway/model:Model", inputs, name="model")


def _policy(*principals: str) -> str:
    return json.dumps(
        {
            "Version": "2012-10-17",
            "Statement": [
                {
                    "Effect": "Allow",
                    "Principal": {"AWS": list(principals)},
                    "Action": "execute-api:Invoke",
                    "Resource": "execute-api:/*",
                }
            ],
        }
    )


def _other_parent(world: World) -> str:
    return resource(world, "elsewhere", "other parent").id


def _gateway(world: World) -> Any:
    return world.clients.client("apigateway")


def _patch(*pairs: tuple[str, str]) -> list[dict[str, str]]:
    return [{"op": "replace", "path": path, "value": value} for path, value in pairs]


def _drift_rest_api(world: World, known: Known) -> str:
    _gateway(world).update_rest_api(restApiId=known.id, patchOperations=_patch(("/name", "renamed")))
    return "name"


def _set_policy(world: World, known: Known, policy: str) -> None:
    _gateway(world).update_rest_api(restApiId=known.id, patchOperations=_patch(("/policy", policy)))


def _drift_policy(world: World, known: Known) -> str:
    _set_policy(world, known, _policy("*"))
    return "policy"


def _drift_resource(world: World, known: Known) -> str:
    _gateway(world).update_resource(
        restApiId=known.state["restApi"], resourceId=known.id, patchOperations=_patch(("/pathPart", "moved"))
    )
    return "pathPart"


def _drift_authorizer(world: World, known: Known) -> str:
    _gateway(world).update_authorizer(
        restApiId=known.state["restApi"],
        authorizerId=known.id,
        patchOperations=_patch(("/authorizerResultTtlInSeconds", "3600")),
    )
    return "authorizerResultTtlInSeconds"


def _drift_validator(world: World, known: Known) -> str:
    _gateway(world).update_request_validator(
        restApiId=known.state["restApi"],
        requestValidatorId=known.id,
        patchOperations=_patch(("/validateRequestBody", "false")),
    )
    return "validateRequestBody"


def _drift_model(world: World, known: Known) -> str:
    _gateway(world).update_model(
        restApiId=known.state["restApi"], modelName=known.state["name"], patchOperations=_patch(("/schema", "{}"))
    )
    return "schema"


def _drift_account(world: World, known: Known) -> str:
    _gateway(world).update_account(patchOperations=_patch(("/cloudwatchRoleArn", f"arn:aws:iam::{ACCOUNT_ID}:role/x")))
    return "cloudwatchRoleArn"


CASES = (
    Case(
        token="aws:apigateway/restApi:RestApi",
        base=lambda world: {"name": world.name},
        changes={
            "apiKeySource": "AUTHORIZER",
            "binaryMediaTypes": ["image/png", "application/pdf"],
            "description": "Things, and what can be done with them",
            "disableExecuteApiEndpoint": True,
            "endpointConfiguration": {"types": "REGIONAL", "ipAddressType": "dualstack"},
            "failOnWarnings": True,
            "minimumCompressionSize": "10",
            "name": "another name",
            "policy": _policy(ACCOUNT_ID),
            "tags": {"Team": "platform"},
        },
        replaces={"region": "eu-west-2"},
        untested={
            "body": _OPENAPI,
            "endpointAccessMode": _OPENAPI,
            "parameters": _OPENAPI,
            "putRestApiMode": _OPENAPI,
            "securityPolicy": _OPENAPI,
        },
        absent=frozenset(
            {"body", "endpointAccessMode", "failOnWarnings", "minimumCompressionSize", "parameters", "securityPolicy"}
        ),
        drift=_drift_rest_api,
        remove=lambda world, known: _gateway(world).delete_rest_api(restApiId=known.id),
        refused=(
            Refusal(
                change={"endpointConfiguration": {"types": "GLOBAL"}},
                message="endpointConfiguration.types: 'GLOBAL' is not one of EDGE, REGIONAL, PRIVATE",
            ),
            Refusal(
                change={"endpointConfiguration": {"types": "PRIVATE", "ipAddressType": "ipv4"}},
                message="endpointConfiguration.ipAddressType: must be dualstack for the endpoint type PRIVATE",
            ),
            Refusal(
                change={"endpointConfiguration": {"types": "REGIONAL", "ipAddressType": "ipv6"}},
                message="endpointConfiguration.ipAddressType: 'ipv6' is not one of ipv4, dualstack",
            ),
            Refusal(
                change={"endpointConfiguration": {"types": "EDGE", "vpcEndpointIds": ["vpce-1"]}},
                message="endpointConfiguration.vpcEndpointIds: is only allowed for the endpoint type PRIVATE",
            ),
            Refusal(
                change={"apiKeySource": "COOKIE"}, message="apiKeySource: 'COOKIE' is not one of HEADER, AUTHORIZER"
            ),
            Refusal(
                change={"minimumCompressionSize": "10485761"},
                message="minimumCompressionSize: '10485761' is not a whole",
            ),
            Refusal(
                change={"minimumCompressionSize": "ten"}, message="minimumCompressionSize: 'ten' is not a whole number"
            ),
            Refusal(
                change={"minimumCompressionSize": 10},
                message="minimumCompressionSize: must be a string, not an integer",
            ),
            Refusal(
                change={"body": "{}"},
                message="body: the sandbox cannot honour this: it belongs to an OpenAPI definition",
            ),
            Refusal(change={"endpoint": {}}, message="endpoint: no such property"),
        ),
    ),
    Case(
        token="aws:apigateway/restApiPolicy:RestApiPolicy",
        base=lambda world: {
            "restApiId": rest_api(world).id,
            "policy": _policy(f"arn:aws:iam::{ACCOUNT_ID}:role/caller"),
        },
        changes={"policy": _policy(f"arn:aws:iam::{ACCOUNT_ID}:role/another")},
        replaces={"restApiId": lambda world: rest_api(world, "other").id, "region": "eu-west-2"},
        drift=_drift_policy,
        remove=lambda world, known: _set_policy(world, known, ""),
        refused=(
            Refusal(change={"policy": "{"}, message="policy"),
            Refusal(change={"policy": json.dumps({"Statement": [{"Effect": "Maybe"}]})}, message="policy"),
            Refusal(change={"restApiId": None}, message="restApiId: is required and has no value"),
        ),
    ),
    Case(
        token="aws:apigateway/resource:Resource",
        base=lambda world: {
            "restApi": rest_api(world).id,
            "parentId": rest_api(world).state["rootResourceId"],
            "pathPart": "customers",
        },
        changes={"pathPart": "{customer_id}", "parentId": _other_parent},
        replaces={"restApi": lambda world: rest_api(world, "other").id, "region": "eu-west-2"},
        drift=_drift_resource,
        remove=lambda world, known: _gateway(world).delete_resource(
            restApiId=known.state["restApi"], resourceId=known.id
        ),
        import_id=lambda known: f"{known.state['restApi']}/{known.id}",
        refused=(
            Refusal(change={"pathPart": "a/b"}, message="pathPart: 'a/b' is not letters, digits"),
            Refusal(change={"pathPart": "{proxy"}, message="pathPart: '{proxy' is not letters, digits"),
            Refusal(change={"parentId": None}, message="parentId: is required and has no value"),
        ),
    ),
    Case(
        token="aws:apigateway/authorizer:Authorizer",
        base=lambda world: {"restApi": rest_api(world).id, "name": world.name, "authorizerUri": INVOKE_ARN},
        changes={
            "authorizerCredentials": lambda world: role(world).state["arn"],
            "authorizerResultTtlInSeconds": 0,
            "authorizerUri": OTHER_INVOKE_ARN,
            "identitySource": "method.request.header.X-Token",
            "identityValidationExpression": "^Bearer [-0-9a-zA-Z._]+$",
            "name": "another-name",
            "providerArns": [POOL_ARN],
            "type": "REQUEST",
        },
        replaces={"restApi": lambda world: rest_api(world, "other").id, "region": "eu-west-2"},
        drift=_drift_authorizer,
        remove=lambda world, known: _gateway(world).delete_authorizer(
            restApiId=known.state["restApi"], authorizerId=known.id
        ),
        import_id=lambda known: f"{known.state['restApi']}/{known.id}",
        refused=(
            Refusal(
                change={"authorizerResultTtlInSeconds": 3601},
                message="authorizerResultTtlInSeconds: 3601 is not between 0 and 3600 seconds",
            ),
            Refusal(change={"type": "JWT"}, message="type: 'JWT' is not one of TOKEN, REQUEST, COGNITO_USER_POOLS"),
            Refusal(
                change={"authorizerUri": None}, message="authorizerUri: is required for an authorizer of type TOKEN"
            ),
            Refusal(change={"authorizerUri": FUNCTION_ARN}, message="is not the invoke ARN of a Lambda function"),
            Refusal(
                change={"identitySource": "method.request.querystring.token"},
                message="identitySource: 'method.request.querystring.token' is not one header",
            ),
            Refusal(
                change={"type": "REQUEST", "identitySource": "request.body"},
                message="identitySource: 'request.body' is not a comma-separated list of",
            ),
            Refusal(
                change={"type": "REQUEST", "identitySource": ""},
                message="identitySource: is required unless authorizerResultTtlInSeconds is 0",
            ),
            Refusal(
                change={"identityValidationExpression": "("},
                message="identityValidationExpression: '(' is not a regular expression",
            ),
            Refusal(
                change={"type": "COGNITO_USER_POOLS"}, message="providerArns: is required for an authorizer of type"
            ),
        ),
    ),
    Case(
        token="aws:apigateway/requestValidator:RequestValidator",
        base=lambda world: {"restApi": rest_api(world).id, "name": world.name, "validateRequestBody": True},
        changes={"name": "another-name", "validateRequestBody": False, "validateRequestParameters": True},
        replaces={"restApi": lambda world: rest_api(world, "other").id, "region": "eu-west-2"},
        drift=_drift_validator,
        remove=lambda world, known: _gateway(world).delete_request_validator(
            restApiId=known.state["restApi"], requestValidatorId=known.id
        ),
        import_id=lambda known: f"{known.state['restApi']}/{known.id}",
        refused=(
            Refusal(
                change={"validateRequestBody": "yes"},
                message="validateRequestBody: must be a boolean, not a string",
            ),
            Refusal(change={"restApi": None}, message="restApi: is required and has no value"),
        ),
    ),
    Case(
        token="aws:apigateway/model:Model",
        base=lambda world: {
            "restApi": rest_api(world).id,
            "name": "Customer",
            "contentType": "application/json",
            "schema": json.dumps({"type": "object", "required": ["name"]}),
        },
        changes={"description": "Somebody who pays", "schema": json.dumps({"type": "object"})},
        replaces={
            "restApi": lambda world: rest_api(world, "other").id,
            "name": "Client",
            "contentType": "application/xml",
            "region": "eu-west-2",
        },
        drift=_drift_model,
        remove=lambda world, known: _gateway(world).delete_model(
            restApiId=known.state["restApi"], modelName=known.state["name"]
        ),
        import_id=lambda known: f"{known.state['restApi']}/{known.state['name']}",
        refused=(
            Refusal(change={"name": "customer-model"}, message="name: 'customer-model' is not letters and digits only"),
            Refusal(change={"name": None}, message="is not letters and digits only; give the model a name"),
            Refusal(
                change={"contentType": "json"}, message="contentType: 'json' is not a media type (application/json)"
            ),
            Refusal(change={"schema": "[]"}, message="schema: must be a JSON schema"),
            Refusal(change={"schema": "{"}, message="schema: must be a JSON schema"),
        ),
    ),
    Case(
        token="aws:apigateway/account:Account",
        base=lambda world: {"cloudwatchRoleArn": role(world).state["arn"]},
        changes={"cloudwatchRoleArn": f"arn:aws:iam::{ACCOUNT_ID}:role/other"},
        replaces={"region": "eu-west-2"},
        drift=_drift_account,
        why_not_removed="an account cannot be deleted; see test_apigateway.py for what deleting the resource does",
        refused=(
            Refusal(
                change={"cloudwatchRoleArn": "logs-role"},
                message="cloudwatchRoleArn: 'logs-role' is not the ARN of an IAM role",
            ),
            Refusal(change={"throttleSettings": []}, message="throttleSettings: no such property"),
        ),
    ),
)
