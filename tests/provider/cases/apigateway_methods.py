"""API Gateway: methods, integrations, and their responses."""

from typing import Any

from sandbox.provider.values import Properties
from tests.provider.cases import apigateway
from tests.provider.cases.apigateway import (
    INVOKE_ARN,
    OTHER_INVOKE_ARN,
    authorizer,
    model,
    resource,
    rest_api,
    validator,
)
from tests.provider.cases.case import Case, Refusal, World
from tests.provider.cases.iam import role
from tests.provider.driver import Known

_REFUSED = "refused: see test_apigateway.py"


def address(world: World, http_method: str = "GET") -> dict[str, str]:
    return {"restApi": rest_api(world).id, "resourceId": resource(world).id, "httpMethod": http_method}


def method(world: World, http_method: str = "GET", **changes: Any) -> Known:
    inputs = {**address(world, http_method), "authorization": "NONE", **changes}
    return world.need("aws:apigateway/method:Method", inputs, name=f"method {http_method}")


def integration(world: World, http_method: str = "GET", **changes: Any) -> Known:
    method(world, http_method)
    inputs = {
        **address(world, http_method),
        "type": "MOCK",
        "requestTemplates": {"application/json": '{"statusCode": 200}'},
        **changes,
    }
    return world.need("aws:apigateway/integration:Integration", inputs, name=f"integration {http_method}")


def method_response(world: World, status: str = "200") -> Known:
    method(world)
    inputs = {
        **address(world),
        "statusCode": status,
        "responseParameters": {"method.response.header.Allow": True, "method.response.header.Vary": True},
    }
    return world.need("aws:apigateway/methodResponse:MethodResponse", inputs, name=f"response {status}")


def _custom_method(world: World) -> Properties:
    return {**address(world, "POST"), "authorization": "CUSTOM", "authorizerId": authorizer(world).id}


def _lambda_integration(world: World) -> Properties:
    method(world, "POST", requestParameters={"method.request.header.Tenant": True})
    return {
        **address(world, "POST"),
        "type": "AWS_PROXY",
        "integrationHttpMethod": "POST",
        "uri": INVOKE_ARN,
    }


def _put_response(world: World) -> Properties:
    integration(world)
    method_response(world)
    return {
        **address(world),
        "statusCode": "200",
        "responseParameters": {"method.response.header.Allow": "'GET'"},
    }


def _other_resource(world: World) -> str:
    return resource(world, "others", "other resource").id


def _other_api(world: World) -> str:
    return rest_api(world, "other").id


def _gateway(world: World) -> Any:
    return world.clients.client("apigateway")


def _named(known: Known, *, status: bool = False) -> dict[str, str]:
    found = {
        "restApiId": known.state["restApi"],
        "resourceId": known.state["resourceId"],
        "httpMethod": known.state["httpMethod"],
    }
    return {**found, "statusCode": known.state["statusCode"]} if status else found


def _drift_method(world: World, known: Known) -> str:
    _gateway(world).update_method(
        **_named(known), patchOperations=[{"op": "replace", "path": "/apiKeyRequired", "value": "true"}]
    )
    return "apiKeyRequired"


def _drift_integration(world: World, known: Known) -> str:
    _gateway(world).update_integration(
        **_named(known), patchOperations=[{"op": "replace", "path": "/timeoutInMillis", "value": "50"}]
    )
    return "timeoutMilliseconds"


def _drift_method_response(world: World, known: Known) -> str:
    _gateway(world).delete_method_response(**_named(known, status=True))
    _gateway(world).put_method_response(**_named(known, status=True))
    return "responseParameters"


def _drift_integration_response(world: World, known: Known) -> str:
    _gateway(world).put_integration_response(**_named(known, status=True), responseParameters={})
    return "responseParameters"


def _import_id(known: Known) -> str:
    parts = ("restApi", "resourceId", "httpMethod", "statusCode")
    return "/".join(known.state[part] for part in parts if part in known.state)


_REPLACED_ADDRESS = {
    "restApi": _other_api,
    "resourceId": _other_resource,
    "httpMethod": "PUT",
    "region": "eu-west-2",
}

CASES = (
    Case(
        token="aws:apigateway/method:Method",
        base=_custom_method,
        changes={
            "apiKeyRequired": True,
            "authorizationScopes": ["things/write", "things/read"],
            "authorizerId": lambda world: authorizer(world, "other").id,
            "operationName": "PutThing",
            "requestModels": lambda world: {"application/json": model(world).state["name"]},
            "requestParameters": {"method.request.header.Tenant": True, "method.request.querystring.page": False},
            "requestValidatorId": lambda world: validator(world).id,
            "authorization": "NONE",
        },
        with_changes={"authorization": {"authorizerId": ""}},
        replaces=_REPLACED_ADDRESS,
        drift=_drift_method,
        remove=lambda world, known: _gateway(world).delete_method(**_named(known)),
        import_id=_import_id,
        refused=(
            Refusal(change={"httpMethod": "FETCH"}, message="httpMethod: 'FETCH' is not one of ANY, DELETE, GET, HEAD"),
            Refusal(
                change={"authorization": "OPEN"},
                message="authorization: 'OPEN' is not one of NONE, AWS_IAM, CUSTOM, COGNITO_USER_POOLS",
            ),
            Refusal(change={"authorizerId": None}, message="authorizerId: is required when authorization is CUSTOM"),
            Refusal(change={"authorization": "NONE"}, message="authorizerId: needs authorization CUSTOM"),
            Refusal(
                change={"requestParameters": {"header.Tenant": True}},
                message="requestParameters.header.Tenant: 'header.Tenant' is not method.request. with path.",
            ),
            Refusal(
                change={"requestParameters": {"method.request.header.Tenant": "true"}},
                message="must be a boolean, not a string",
            ),
        ),
    ),
    Case(
        token="aws:apigateway/methodResponse:MethodResponse",
        base=lambda world: {
            **address(world),
            "httpMethod": method(world).state["httpMethod"],
            "statusCode": "404",
            "responseParameters": {"method.response.header.Allow": True},
        },
        changes={
            "responseModels": lambda world: {"application/json": model(world).state["name"]},
            "responseParameters": {"method.response.header.Allow": False, "method.response.header.Vary": True},
        },
        replaces={**_REPLACED_ADDRESS, "statusCode": "410"},
        drift=_drift_method_response,
        remove=lambda world, known: _gateway(world).delete_method_response(**_named(known, status=True)),
        import_id=_import_id,
        refused=(
            Refusal(change={"statusCode": "600"}, message=r"statusCode: '600' does not match [1-5]\d\d"),
            Refusal(change={"statusCode": 404}, message="statusCode: must be a string, not an integer"),
            Refusal(
                change={"responseParameters": {"Allow": True}},
                message="responseParameters.Allow: 'Allow' is not method.response.header. and a header's name",
            ),
        ),
    ),
    Case(
        token="aws:apigateway/integration:Integration",
        base=_lambda_integration,
        changes={
            "cacheKeyParameters": ["method.request.header.Tenant"],
            "cacheNamespace": "things",
            "contentHandling": "CONVERT_TO_TEXT",
            "requestParameters": {"integration.request.header.Tenant": "method.request.header.Tenant"},
            "requestTemplates": {"application/json": "{}", "text/plain": ""},
            "responseTransferMode": "BUFFERED",
            "timeoutMilliseconds": 5000,
            "uri": OTHER_INVOKE_ARN,
        },
        replaces={
            **_REPLACED_ADDRESS,
            "credentials": lambda world: role(world).state["arn"],
            "integrationHttpMethod": "GET",
            "passthroughBehavior": "NEVER",
            "type": "AWS",
        },
        untested={
            "connectionId": _REFUSED,
            "connectionType": "the sandbox honours the default only",
            "integrationTarget": _REFUSED,
            "tlsConfig": _REFUSED,
        },
        absent=frozenset({"connectionId", "integrationTarget", "tlsConfig"}),
        drift=_drift_integration,
        remove=lambda world, known: _gateway(world).delete_integration(**_named(known)),
        import_id=_import_id,
        refused=(
            Refusal(change={"type": "LAMBDA"}, message="type: 'LAMBDA' is not one of ['AWS', 'AWS_PROXY', 'HTTP'"),
            Refusal(change={"uri": None}, message="uri: is required for an integration of type AWS_PROXY"),
            Refusal(
                change={"integrationHttpMethod": None},
                message="integrationHttpMethod: is required for an integration of type AWS_PROXY",
            ),
            Refusal(change={"uri": apigateway.FUNCTION_ARN}, message="is not the invoke ARN of a Lambda function"),
            Refusal(
                change={"type": "HTTP_PROXY", "uri": "backend.example.com"},
                message="uri: 'backend.example.com' is not an http:// or https:// URL",
            ),
            Refusal(
                change={"type": "AWS", "uri": "arn:aws:apigateway:eu-west-1:dynamodb:action/GetItem"},
                message="in the sandbox an integration of type AWS reaches Lambda functions and SQS queues only",
            ),
            Refusal(
                change={"timeoutMilliseconds": 29001},
                message="timeoutMilliseconds: 29001 is not between 50 and 29000 milliseconds",
            ),
            Refusal(
                change={"passthroughBehavior": "ALWAYS"},
                message="passthroughBehavior: 'ALWAYS' is not one of ['WHEN_NO_MATCH', 'WHEN_NO_TEMPLATES', 'NEVER']",
            ),
            Refusal(
                change={"contentHandling": "TEXT"},
                message="contentHandling: 'TEXT' is not one of ['CONVERT_TO_BINARY', 'CONVERT_TO_TEXT']",
            ),
            Refusal(change={"connectionType": "VPC_LINK"}, message="connectionType: the sandbox has no VPC links"),
            Refusal(change={"responseTransferMode": "STREAM"}, message="the sandbox does not stream responses"),
            Refusal(
                change={"tlsConfig": {"insecureSkipVerification": True}},
                message="tlsConfig: the sandbox cannot honour this: the emulator checks no certificate",
            ),
            Refusal(
                change={"requestParameters": {"method.request.header.Tenant": "'x'"}},
                message="is not integration.request. with path., querystring. or header. and a name",
            ),
        ),
    ),
    Case(
        token="aws:apigateway/integrationResponse:IntegrationResponse",
        base=_put_response,
        changes={
            "contentHandling": "CONVERT_TO_BINARY",
            "responseParameters": {
                "method.response.header.Allow": "'GET,POST'",
                "method.response.header.Vary": "'Origin'",
            },
            "responseTemplates": {"application/json": "{}"},
            "selectionPattern": "-",
        },
        replaces={**_REPLACED_ADDRESS, "statusCode": "201"},
        drift=_drift_integration_response,
        remove=lambda world, known: _gateway(world).delete_integration_response(**_named(known, status=True)),
        import_id=_import_id,
        refused=(
            Refusal(change={"statusCode": "20"}, message=r"statusCode: '20' does not match [1-5]\d\d"),
            Refusal(
                change={"contentHandling": "TEXT"},
                message="contentHandling: 'TEXT' is not one of CONVERT_TO_BINARY, CONVERT_TO_TEXT",
            ),
            Refusal(
                change={"responseParameters": {"integration.response.header.Allow": "'GET'"}},
                message="is not method.response.header. and a header's name",
            ),
        ),
    ),
)
