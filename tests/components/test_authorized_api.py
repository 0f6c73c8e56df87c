"""`AuthorizedApi`: every method guarded, every permission narrow, every refusal readable."""

import json

import pytest

from components.api_stage import StageSettings
from components.custom_authorizer import AuthorizerType
from components.endpoints import EndpointType
from components.errors import ArgumentError
from components.routes import Route
from tests.components.rest_api import (
    API,
    AUTHORIZER,
    EXECUTION,
    INTEGRATION,
    METHOD,
    PERMISSION,
    RESOURCE,
    RESPONSE,
    everything,
    inputs_by_name,
    is_guarded,
    simple,
)
from tests.components.samples import authorized_api, custom_authorizer, python_function
from tests.support.mocks import Stack, deploy


def permission_arns(stack: Stack) -> dict[str, set[str]]:
    """The source ARNs that may call each function."""
    arns: dict[str, set[str]] = {}
    for each in stack.of_type(PERMISSION):
        arns.setdefault(each.inputs["function"], set()).add(each.inputs["sourceArn"])
    return arns


def test_every_method_is_guarded_by_an_authorizer_of_this_api_or_a_preflight() -> None:
    stack = everything()
    methods = stack.of_type(METHOD)
    assert len(methods) == 4
    assert all(is_guarded(method, stack) for method in methods)


def test_every_method_has_an_integration() -> None:
    stack = everything()
    assert {f"{each.name}-integration" for each in stack.of_type(METHOD)} == set(inputs_by_name(stack, INTEGRATION))


def test_a_route_calls_its_function_by_proxy() -> None:
    inputs = simple().one(INTEGRATION, "api-GET/hello-integration").inputs
    assert (inputs["type"], inputs["integrationHttpMethod"], inputs["httpMethod"]) == ("AWS_PROXY", "POST", "GET")
    assert inputs["uri"].endswith(":function:backend/invocations")


def test_shared_prefixes_share_their_resource() -> None:
    def program() -> None:
        handler, authorizer = python_function(), custom_authorizer()
        routes = [
            Route(method, path, handler=handler, authorizer=authorizer)
            for method, path in [
                ("POST", "/admin/keys"),
                ("DELETE", "/admin/keys/{customer_id}"),
                ("POST", "/auth"),
                ("GET", "/"),
            ]
        ]
        authorized_api(routes=routes)

    resources = inputs_by_name(deploy(program), RESOURCE)
    assert {name: (each["pathPart"], each["parentId"]) for name, each in resources.items()} == {
        "api/admin": ("admin", "root123456"),
        "api/admin/keys": ("keys", "id-of-api/admin"),
        "api/admin/keys/{customer_id}": ("{customer_id}", "id-of-api/admin/keys"),
        "api/auth": ("auth", "root123456"),
    }


def test_one_authorizer_that_guards_many_routes_is_registered_once() -> None:
    stack = everything()
    authorizer = stack.one(AUTHORIZER)
    assert authorizer.inputs["name"] == "guard"
    assert authorizer.inputs["authorizerUri"].endswith(":function:guard/invocations")


def test_settings_of_the_authorizer_reach_api_gateway() -> None:
    def program() -> None:
        authorizer = custom_authorizer(ttl_seconds=0, identity_validation_expression="Bearer .+")
        authorized_api(routes=[Route("GET", "/hello", handler=python_function(), authorizer=authorizer)])

    inputs = deploy(program).one(AUTHORIZER).inputs
    assert (inputs["type"], inputs["identitySource"]) == ("TOKEN", "method.request.header.Authorization")
    assert inputs["authorizerResultTtlInSeconds"] == 0
    assert inputs["identityValidationExpression"] == "Bearer .+"


def test_a_request_authorizer_is_registered_as_one() -> None:
    def program() -> None:
        authorizer = custom_authorizer(
            type=AuthorizerType.REQUEST,
            identity_sources=("method.request.header.X-Api-Key", "method.request.querystring.tenant"),
        )
        authorized_api(routes=[Route("GET", "/hello", handler=python_function(), authorizer=authorizer)])

    inputs = deploy(program).one(AUTHORIZER).inputs
    assert inputs["type"] == "REQUEST"
    assert inputs["identitySource"] == "method.request.header.X-Api-Key,method.request.querystring.tenant"


def test_two_apis_can_share_an_authorizer_and_each_has_its_own_registration() -> None:
    def program() -> None:
        handler, authorizer = python_function(), custom_authorizer()
        for name in ("first", "second"):
            authorized_api(name, routes=[Route("GET", "/hello", handler=handler, authorizer=authorizer)])

    stack = deploy(program)
    assert set(inputs_by_name(stack, AUTHORIZER)) == {"first-guard", "second-guard"}
    assert len(stack.of_type("aws:lambda/function:Function")) == 2


def test_two_authorizers_of_one_name_are_refused() -> None:
    def program() -> None:
        handler = python_function()
        first, second = custom_authorizer("first", function_name="guard"), custom_authorizer("guard")
        routes = [
            Route("GET", "/a", handler=handler, authorizer=first),
            Route("GET", "/b", handler=handler, authorizer=second),
        ]
        authorized_api(routes=routes)

    with pytest.raises(ArgumentError, match="another authorizer is called guard already"):
        deploy(program)


def test_api_gateway_may_call_a_function_for_its_stage_method_and_path_only() -> None:
    arns = permission_arns(everything())
    assert arns["backend"] == {f"{EXECUTION}/prod/GET/data/*", f"{EXECUTION}/prod/POST/data"}


def test_api_gateway_may_call_the_authorizer_for_that_authorizer_only() -> None:
    assert permission_arns(simple())["guard"] == {f"{EXECUTION}/authorizers/id-of-api-guard"}


def test_permissions_follow_the_name_of_the_stage() -> None:
    stack = deploy(lambda: authorized_api(stage=StageSettings(stage_name="dev")))
    assert permission_arns(stack)["backend"] == {f"{EXECUTION}/dev/GET/hello"}


def test_logical_names_of_permissions_fit_the_statement_ids_made_of_them() -> None:
    names = [each.name for each in everything().of_type(PERMISSION)]
    assert all(name.replace("-", "").replace("_", "").isalnum() for name in names), names


def test_requests_are_validated() -> None:
    stack = everything()
    validator = stack.one("aws:apigateway/requestValidator:RequestValidator")
    assert validator.inputs["validateRequestParameters"] is validator.inputs["validateRequestBody"] is True
    get, post = (stack.one(METHOD, name).inputs for name in ("api-GET/data/{data_id}", "api-POST/data"))
    assert get["requestValidatorId"] == post["requestValidatorId"] == "id-of-api-validator"
    assert get["requestParameters"] == {"method.request.path.data_id": True}
    model = stack.one("aws:apigateway/model:Model").inputs
    assert post["requestModels"] == {"application/json": model["name"]}
    assert json.loads(model["schema"]) == {"type": "object"}


def test_without_cors_there_is_no_method_without_an_authorizer() -> None:
    stack = simple()
    assert [each.inputs["authorization"] for each in stack.of_type(METHOD)] == ["CUSTOM"]
    assert not [each for each in stack.of_type(RESPONSE) if "Access-Control" in str(each.inputs)]


def test_with_cors_every_path_answers_a_preflight_by_itself() -> None:
    stack = everything()
    options = [each for each in stack.of_type(METHOD) if each.inputs["httpMethod"] == "OPTIONS"]
    assert {each.name for each in options} == {"api-OPTIONS/data", "api-OPTIONS/data/{data_id}"}
    integration = stack.one(INTEGRATION, "api-OPTIONS/data-integration").inputs
    assert (integration["type"], "uri" in integration) == ("MOCK", False)
    assert integration["requestTemplates"] == {"application/json": '{"statusCode": 204}'}
    answer = stack.one("aws:apigateway/integrationResponse:IntegrationResponse", "api-OPTIONS/data-answer").inputs
    assert answer["statusCode"] == "204"
    headers = {name.rpartition(".")[2]: value for name, value in answer["responseParameters"].items()}
    assert headers["Access-Control-Allow-Origin"] == "'https://app.example.com'"
    assert headers["Access-Control-Allow-Methods"] == "'POST'"
    declared = stack.one("aws:apigateway/methodResponse:MethodResponse", "api-OPTIONS/data-response").inputs
    assert set(declared["responseParameters"]) == set(answer["responseParameters"])


def test_with_cors_every_error_lets_the_browser_read_it() -> None:
    responses = inputs_by_name(everything(), RESPONSE)
    assert set(responses) == {"api-UNAUTHORIZED", "api-ACCESS_DENIED", "api-DEFAULT_4XX", "api-DEFAULT_5XX"}
    for inputs in responses.values():
        origin = inputs["responseParameters"]["gatewayresponse.header.Access-Control-Allow-Origin"]
        assert origin == "'https://app.example.com'"


def test_refusals_have_their_status_and_reason() -> None:
    responses = inputs_by_name(simple(), RESPONSE)
    denied = responses["api-ACCESS_DENIED"]
    assert (responses["api-UNAUTHORIZED"]["statusCode"], denied["statusCode"]) == ("401", "403")
    assert '"reason":"$context.authorizer.reason"' in denied["responseTemplates"]["application/json"]
    assert "statusCode" not in responses["api-DEFAULT_4XX"]


def test_the_api_has_the_description_that_the_program_gives_it() -> None:
    stack = deploy(lambda: authorized_api(description="Orders of all shops"))
    assert stack.one(API).inputs["description"] == "Orders of all shops"


def test_the_endpoint_is_regional_unless_said_otherwise() -> None:
    assert simple().one(API).inputs["endpointConfiguration"] == {"types": "REGIONAL"}
    edge = deploy(lambda: authorized_api(endpoint_type=EndpointType.EDGE))
    assert edge.one(API).inputs["endpointConfiguration"] == {"types": "EDGE"}
