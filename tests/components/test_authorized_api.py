"""`AuthorizedApi`: every method guarded, every permission narrow, every change deployed."""

import functools
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from components.api_stage import StageSettings
from components.authorized_api import EndpointType
from components.cors import Cors
from components.custom_authorizer import AuthorizerType
from components.errors import ArgumentError
from components.gateway_responses import DEFAULT_GATEWAY_RESPONSES, GatewayResponse
from components.routes import Route
from tests.components.samples import (
    api_gateway_account,
    api_with_everything,
    authorized_api,
    custom_authorizer,
    python_function,
)
from tests.support.mocks import UNKNOWN, Registration, Stack, deploy

API = "aws:apigateway/restApi:RestApi"
AUTHORIZER = "aws:apigateway/authorizer:Authorizer"
DEPLOYMENT = "aws:apigateway/deployment:Deployment"
INTEGRATION = "aws:apigateway/integration:Integration"
METHOD = "aws:apigateway/method:Method"
PERMISSION = "aws:lambda/permission:Permission"
RESOURCE = "aws:apigateway/resource:Resource"
RESPONSE = "aws:apigateway/response:Response"
STAGE = "aws:apigateway/stage:Stage"
EXECUTION = "arn:aws:execute-api:ap-southeast-3:111122223333:abc123defg"


@functools.cache
def everything() -> Stack:
    """The API with every kind of child."""
    return deploy(api_with_everything)


@functools.cache
def simple() -> Stack:
    """The API with one route."""
    return deploy(authorized_api)


def inputs_by_name(stack: Stack, type_: str) -> dict[str, Any]:
    return {each.name: each.inputs for each in stack.of_type(type_)}


def permission_arns(stack: Stack) -> dict[str, set[str]]:
    """The source ARNs that may call each function."""
    arns: dict[str, set[str]] = {}
    for each in stack.of_type(PERMISSION):
        arns.setdefault(each.inputs["function"], set()).add(each.inputs["sourceArn"])
    return arns


def is_guarded(method: Registration, stack: Stack) -> bool:
    """CUSTOM with an authorizer of the same API, or a preflight that reaches no function."""
    if method.inputs["authorization"] == "CUSTOM":
        authorizers = [
            each for each in stack.of_type(AUTHORIZER) if method.inputs["authorizerId"] == f"id-of-{each.name}"
        ]
        return [each.inputs["restApi"] for each in authorizers] == [method.inputs["restApi"]]
    integrations = [each.inputs for each in stack.of_type(INTEGRATION) if each.name == f"{method.name}-integration"]
    return method.inputs["httpMethod"] == "OPTIONS" and [each["type"] for each in integrations] == ["MOCK"]


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


def test_the_endpoint_is_regional_unless_said_otherwise() -> None:
    assert simple().one(API).inputs["endpointConfiguration"] == {"types": "REGIONAL"}
    edge = deploy(lambda: authorized_api(endpoint_type=EndpointType.EDGE))
    assert edge.one(API).inputs["endpointConfiguration"] == {"types": "EDGE"}


# The deployment: API Gateway serves a snapshot, so it must be made after everything and anew with every change.


def digest(build: Callable[[], object], *, preview: bool = False) -> str:
    return deploy(build, preview=preview).one(DEPLOYMENT).inputs["triggers"]["definition"]


@functools.cache
def unchanged_digest() -> str:
    return digest(api())


def api(**changes: Any) -> Callable[[], object]:
    """An API with one thing changed: of its route, its authorizer, its function, or itself."""

    def program() -> None:
        of_route = {name: changes.pop(name) for name in ("body_schema", "required_parameters") if name in changes}
        authorizer = custom_authorizer(**changes.pop("authorizer", {}))
        handler = python_function(changes.pop("function", "backend"), tags=changes.pop("function_tags", {}))
        method, path = changes.pop("route", ("GET", "/hello"))
        routes = [Route(method, path, handler=handler, authorizer=authorizer, **of_route)]
        if changes.pop("second", False):
            routes.append(Route("GET", "/second", handler=handler, authorizer=authorizer))
        authorized_api(routes=routes, **changes)

    return program


ANOTHER_RESPONSE = [*DEFAULT_GATEWAY_RESPONSES[1:], GatewayResponse(type="UNAUTHORIZED", status=403)]

CHANGES: dict[str, dict[str, Any]] = {
    "another path": {"route": ("GET", "/goodbye")},
    "another method": {"route": ("POST", "/hello")},
    "another route": {"second": True},
    "another function": {"function": "other"},
    "another authorizer": {"authorizer": {"name": "watch"}},
    "another TTL": {"authorizer": {"ttl_seconds": 60}},
    "another identity source": {"authorizer": {"identity_sources": ("method.request.header.X-Token",)}},
    "a validation expression": {"authorizer": {"identity_validation_expression": "Bearer .+"}},
    "a body's schema": {"body_schema": {"type": "object"}},
    "a required parameter": {"required_parameters": ["method.request.querystring.limit"]},
    "CORS": {"cors": Cors(allow_origin="*")},
    "another gateway response": {"gateway_responses": ANOTHER_RESPONSE},
    "another endpoint type": {"endpoint_type": EndpointType.EDGE},
}


@pytest.mark.parametrize("changes", CHANGES.values(), ids=CHANGES.keys())
def test_a_change_of_the_api_is_a_new_deployment(changes: dict[str, Any]) -> None:
    assert digest(api(**dict(changes))) != unchanged_digest()


@pytest.mark.parametrize(
    "changes",
    [{}, {"tags": {"team": "search"}}, {"function_tags": {"team": "search"}}, {"stage": StageSettings(metrics=False)}],
    ids=["nothing", "tags of the API", "tags of the function", "settings of the stage"],
)
def test_what_the_snapshot_does_not_hold_is_no_new_deployment(changes: dict[str, Any]) -> None:
    assert digest(api(**dict(changes))) == unchanged_digest()


def test_a_body_schema_with_its_members_in_another_order_is_the_same_schema() -> None:
    one = {"type": "object", "required": ["a"]}
    assert digest(api(body_schema=one)) == digest(api(body_schema=dict(reversed(one.items()))))


def test_the_order_of_routes_does_not_matter_to_the_deployment() -> None:
    def program(reverse: bool) -> Callable[[], object]:
        def build() -> None:
            handler, authorizer = python_function(), custom_authorizer()
            routes = [Route("GET", path, handler=handler, authorizer=authorizer) for path in ("/a", "/b")]
            authorized_api(routes=routes[::-1] if reverse else routes)

        return build

    assert digest(program(reverse=True)) == digest(program(reverse=False))


def test_the_trigger_is_unknown_in_a_preview_while_ids_are_and_the_preview_goes_on() -> None:
    assert digest(api(), preview=True) == UNKNOWN


def test_the_snapshot_is_taken_when_all_parts_and_permissions_are_there() -> None:
    stack = everything()
    parts = {
        each.urn
        for each in stack.registrations
        if each.type.startswith("aws:apigateway/") and each.type not in {DEPLOYMENT, STAGE, SETTINGS}
    }
    permissions = {each.urn for each in stack.of_type(PERMISSION)}
    assert parts | permissions <= stack.one(DEPLOYMENT).depends_on


SETTINGS = "aws:apigateway/methodSettings:MethodSettings"


def test_a_new_plugin_changes_the_function_and_nothing_of_the_api(tmp_path: Path) -> None:
    chain = tmp_path / "chain"
    chain.mkdir()
    (chain / "01_check.py").write_text("def validate(c):\n    return True\n")

    def build() -> None:
        authorizer = custom_authorizer(plugins_directory=chain)
        authorized_api(routes=[Route("GET", "/hello", handler=python_function(), authorizer=authorizer)])

    def without_code(stack: Stack) -> dict[str, dict[str, Any]]:
        return {
            each.urn: {name: value for name, value in each.inputs.items() if name != "code"}
            for each in stack.registrations
        }

    before = deploy(build)
    (chain / "02_more.py").write_text("def validate(c):\n    return True\n")
    after = deploy(build)
    assert without_code(before) == without_code(after)
    code = [stack.one("aws:lambda/function:Function", "guard").inputs["code"] for stack in (before, after)]
    assert set(code[1].assets) - set(code[0].assets) == {"plugins/02_more.py"}


# The stage.


def test_access_logs_are_json_and_have_what_an_investigation_needs() -> None:
    stack = simple()
    settings = stack.one(STAGE).inputs["accessLogSettings"]
    fields = json.loads(settings["format"])
    wanted = {"request_id", "source_ip", "status", "latency_ms", "principal", "reason", "error", "method", "route"}
    assert wanted <= set(fields)
    assert all(value.startswith("$context.") for value in fields.values())
    assert settings["destinationArn"].endswith(":log-group:/aws/apigateway/api/prod")


def test_access_logs_hold_nothing_that_a_caller_could_fill_with_a_credential_or_a_quote() -> None:
    text = simple().one(STAGE).inputs["accessLogSettings"]["format"]
    for variable in ("$context.path", "$context.identity.userAgent", "authorizer.claims", "$input", "apiKey"):
        assert f'"{variable}"' not in text


def test_tracing_metrics_and_throttling_are_on_and_execution_logs_off() -> None:
    stack = simple()
    assert stack.one(STAGE).inputs["xrayTracingEnabled"] is True
    settings = stack.one(SETTINGS).inputs
    assert settings["methodPath"] == "*/*"
    assert settings["settings"] == {
        "metricsEnabled": True,
        "throttlingRateLimit": 50,
        "throttlingBurstLimit": 100,
        "loggingLevel": "OFF",
        "dataTraceEnabled": False,
    }


def test_the_stage_waits_for_the_accounts_role_where_the_program_makes_it() -> None:
    stack = deploy(lambda: authorized_api(account=api_gateway_account()))
    assert stack.one("aws:apigateway/account:Account").urn in stack.one(STAGE).depends_on


def test_stage_variables_are_plain_settings() -> None:
    stack = deploy(lambda: authorized_api(stage=StageSettings(variables={"environment": "prod"})))
    assert stack.one(STAGE).inputs["variables"] == {"environment": "prod"}
    with pytest.raises(ArgumentError, match="stage prod: variables: apiKey looks like a secret"):
        StageSettings(variables={"apiKey": "k-1"})


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"stage_name": "a/b"}, "stage_name: 'a/b' is not 1 to 128"),
        ({"variables": {"with-hyphen": "x"}}, "stage variable 'with-hyphen'"),
        ({"throttling_rate_limit": 0}, "set both above 0"),
        ({"throttling_burst_limit": 0}, "set both above 0"),
        ({"log_retention_days": 2}, "log_retention_days: 2 is not offered"),
    ],
)
def test_a_bad_stage_setting_is_refused(changes: dict[str, Any], says: str) -> None:
    with pytest.raises(ArgumentError) as refused:
        StageSettings(**changes)
    assert says in str(refused.value)
