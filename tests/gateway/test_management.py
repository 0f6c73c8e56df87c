"""`gateway.*_management` and `gateway.deletions`: what AWS refuses to set up, and what goes with what is deleted."""

from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError  # pyright: ignore[reportMissingTypeStubs] -- botocore ships no types

from tests.gateway.rest_api import Api, ApiWorkshop, allow
from tests.support.sandbox import ACCOUNT_ID, REGION

BAD = "BadRequestException"
CONFLICT = "ConflictException"


@pytest.fixture
def api(sandbox: ApiWorkshop) -> Api:
    return sandbox.api()


def refusal(call: Callable[..., Any], **parameters: Any) -> tuple[str, str]:
    """The error code and the message with which a call is refused."""
    with pytest.raises(ClientError) as refused:
        call(**parameters)
    error: Any = refused.value
    return error.response["Error"]["Code"], error.response["Error"]["Message"]


def authorizer_settings(api: Api, **changes: Any) -> dict[str, Any]:
    settings = {
        "restApiId": api.api_id,
        "name": "guard",
        "type": "TOKEN",
        "authorizerUri": api.workshop.invocation_uri("authorizer"),
        "identitySource": "method.request.header.Authorization",
        **changes,
    }
    return {name: value for name, value in settings.items() if value is not None}


def test_the_emulator_alone_stores_what_aws_refuses(emulator: ApiWorkshop) -> None:
    api = emulator.api()
    authorizer = api.gateway.create_authorizer(
        **authorizer_settings(api, authorizerUri=None, authorizerResultTtlInSeconds=99999)
    )["id"]
    resource = api.resource("hello")
    place = {"restApiId": api.api_id, "resourceId": resource, "httpMethod": "GET"}
    api.gateway.put_method(**place, authorizationType="CUSTOM", authorizerId="nobody")
    api.gateway.put_integration(**place, type="MOCK")
    assert api.gateway.get_integration(**place)["httpMethod"] == "POST"
    api.deploy()
    assert api.gateway.get_stage(restApiId=api.api_id, stageName="prod")["accessLogSettings"] == {}
    api.gateway.delete_authorizer(restApiId=api.api_id, authorizerId=authorizer)


@pytest.mark.parametrize(
    ("changes", "named"),
    [
        ({"authorizerUri": None}, "Invalid Authorizer URI"),
        ({"authorizerUri": "arn:aws:lambda:eu-west-1:111122223333:function:guard"}, "Invalid Authorizer URI"),
        ({"authorizerResultTtlInSeconds": 3601}, "between 0 and 3600"),
        ({"authorizerResultTtlInSeconds": -1}, "between 0 and 3600"),
        ({"identitySource": None}, "Identity source"),
        ({"identitySource": "method.request.querystring.token"}, "Identity source"),
        ({"identitySource": "method.request.header.A,method.request.header.B"}, "Identity source"),
        ({"type": "REQUEST", "identitySource": None}, "Identity source"),
        ({"identityValidationExpression": "(unclosed"}, "validation expression"),
    ],
)
def test_an_authorizer_that_cannot_work_is_refused(api: Api, changes: dict[str, Any], named: str) -> None:
    code, message = refusal(api.gateway.create_authorizer, **authorizer_settings(api, **changes))
    assert code == BAD
    assert named in message


def test_an_authorizers_name_is_unique_in_its_api(api: Api) -> None:
    api.gateway.create_authorizer(**authorizer_settings(api))
    assert refusal(api.gateway.create_authorizer, **authorizer_settings(api)) == (
        CONFLICT,
        "Authorizer name must be unique",
    )


def test_a_request_authorizer_without_cache_needs_no_identity_source(api: Api) -> None:
    settings = authorizer_settings(api, type="REQUEST", identitySource=None, authorizerResultTtlInSeconds=0)
    created = api.gateway.create_authorizer(**settings)
    assert "identitySource" not in created
    assert "identitySource" not in api.gateway.get_authorizer(restApiId=api.api_id, authorizerId=created["id"])


def test_an_update_that_spoils_an_authorizer_changes_nothing(api: Api) -> None:
    authorizer = api.authorizer(ttl=60)
    place = {"restApiId": api.api_id, "authorizerId": authorizer}
    patch = [{"op": "replace", "path": "/authorizerResultTtlInSeconds", "value": "5000"}]
    assert refusal(api.gateway.update_authorizer, **place, patchOperations=patch)[0] == BAD
    assert api.gateway.get_authorizer(**place)["authorizerResultTtlInSeconds"] == 60
    patch[0]["value"] = "120"
    api.gateway.update_authorizer(**place, patchOperations=patch)
    assert api.gateway.get_authorizer(**place)["authorizerResultTtlInSeconds"] == 120


def test_an_authorizer_in_use_is_not_deleted(api: Api) -> None:
    authorizer = api.authorizer()
    resource = api.route("/hello", authorizer=authorizer)
    place = {"restApiId": api.api_id, "authorizerId": authorizer}
    code, message = refusal(api.gateway.delete_authorizer, **place)
    assert (code, "/hello/GET" in message) == (CONFLICT, True)
    api.gateway.delete_method(restApiId=api.api_id, resourceId=resource, httpMethod="GET")
    api.gateway.delete_authorizer(**place)


def test_flushing_a_stages_authorizer_cache_asks_the_authorizer_again(api: Api) -> None:
    api.workshop.function(
        "counting",
        "count = 0\n"
        "def handle(event, context):\n"
        "    global count\n"
        "    count += 1\n"
        "    statement = {'Effect': 'Allow', 'Action': 'execute-api:Invoke', 'Resource': '*'}\n"
        "    document = {'Version': '2012-10-17', 'Statement': [statement]}\n"
        "    return {'principalId': str(count), 'policyDocument': document}\n",
    )
    api.route("/hello", authorizer=api.authorizer("counting", ttl=300))
    api.deploy()

    def principal() -> str:
        return api.call("/hello", token="same").json["requestContext"]["authorizer"]["principalId"]

    assert [principal(), principal()] == ["1", "1"]
    api.gateway.flush_stage_authorizers_cache(restApiId=api.api_id, stageName="prod")
    assert principal() == "2"
    code, _ = refusal(api.gateway.flush_stage_authorizers_cache, restApiId=api.api_id, stageName="nowhere")
    assert code == "NotFoundException"


def test_a_custom_method_needs_an_authorizer_of_its_api(api: Api, sandbox: ApiWorkshop) -> None:
    place = {"restApiId": api.api_id, "resourceId": api.root_id, "httpMethod": "GET"}
    for authorizer in ({}, {"authorizerId": "nobody"}, {"authorizerId": sandbox.api().authorizer()}):
        code, message = refusal(api.gateway.put_method, **place, authorizationType="CUSTOM", **authorizer)
        assert (code, "requires a valid authorizer" in message) == (BAD, True)
    api.gateway.put_method(**place, authorizationType="NONE")
    patch = [{"op": "replace", "path": "/authorizationType", "value": "CUSTOM"}]
    assert refusal(api.gateway.update_method, **place, patchOperations=patch)[0] == BAD
    assert api.gateway.get_method(**place)["authorizationType"] == "NONE"
    assert refusal(api.gateway.put_method, **place, authorizationType="NONE")[0] == CONFLICT


@pytest.mark.parametrize(
    ("changes", "named"),
    [
        ({"integrationHttpMethod": None}, "HttpMethod must be non-empty"),
        ({"uri": None}, "Invalid ARN"),
        ({"type": "HTTP_PROXY", "uri": None}, "Invalid HTTP endpoint"),
        ({"timeoutInMillis": 49}, "Timeout"),
        ({"timeoutInMillis": 29001}, "Timeout"),
    ],
)
def test_an_integration_that_cannot_work_is_refused(api: Api, changes: dict[str, Any], named: str) -> None:
    place = {"restApiId": api.api_id, "resourceId": api.root_id, "httpMethod": "GET"}
    api.gateway.put_method(**place, authorizationType="NONE")
    uri = api.workshop.invocation_uri("echo")
    settings = {**place, "type": "AWS_PROXY", "integrationHttpMethod": "POST", "uri": uri, **changes}
    given = {name: value for name, value in settings.items() if value is not None}
    code, message = refusal(api.gateway.put_integration, **given)
    assert (code, named in message) == (BAD, True)


def test_a_mock_integration_has_no_http_method(api: Api) -> None:
    place = {"restApiId": api.api_id, "resourceId": api.root_id, "httpMethod": "OPTIONS"}
    api.gateway.put_method(**place, authorizationType="NONE")
    assert "httpMethod" not in api.gateway.put_integration(**place, type="MOCK")
    assert "httpMethod" not in api.gateway.get_integration(**place)


def test_a_stage_is_new_and_has_a_deployment(api: Api) -> None:
    api.route("/hello")
    deployment = api.deploy()
    stage = {"restApiId": api.api_id, "stageName": "prod"}
    assert refusal(api.gateway.create_stage, **stage, deploymentId=deployment)[0] == CONFLICT
    missing = {"restApiId": api.api_id, "stageName": "test", "deploymentId": "nothing"}
    assert refusal(api.gateway.create_stage, **missing) == (BAD, "Deployment id does not exist")
    assert "accessLogSettings" not in api.gateway.get_stage(**stage)
    patch = [{"op": "replace", "path": "/deploymentId", "value": "nothing"}]
    assert refusal(api.gateway.update_stage, **stage, patchOperations=patch)[0] == BAD
    assert api.gateway.get_stage(**stage)["deploymentId"] == deployment


def test_an_empty_or_unfinished_api_is_not_deployed(api: Api) -> None:
    deploy = {"restApiId": api.api_id}
    assert refusal(api.gateway.create_deployment, **deploy) == (BAD, "The REST API doesn't contain any methods")
    place = {"restApiId": api.api_id, "resourceId": api.root_id, "httpMethod": "GET"}
    api.gateway.put_method(**place, authorizationType="NONE")
    assert refusal(api.gateway.create_deployment, **deploy) == (BAD, "No integration defined for method")


def test_a_deployment_in_use_is_not_deleted(api: Api) -> None:
    api.route("/hello")
    place = {"restApiId": api.api_id, "deploymentId": api.deploy()}
    code, message = refusal(api.gateway.delete_deployment, **place)
    assert (code, "Active stages" in message) == (BAD, True)
    api.deploy()
    api.gateway.delete_deployment(**place)


def test_access_logs_need_an_account_role_and_a_request_id(api: Api, sandbox: ApiWorkshop) -> None:
    api.route("/hello")
    api.deploy()
    stage = {"restApiId": api.api_id, "stageName": "prod"}

    def log_with(log_format: str) -> list[dict[str, str]]:
        destination = f"arn:aws:logs:{REGION}:{ACCOUNT_ID}:log-group:access"
        values = {"destinationArn": destination, "format": log_format}
        return [{"op": "replace", "path": f"/accessLogSettings/{name}", "value": values[name]} for name in values]

    def set_role(value: str) -> None:
        patch = [{"op": "replace", "path": "/cloudwatchRoleArn", "value": value}]
        sandbox.gateway.update_account(patchOperations=patch)

    set_role("")
    code, message = refusal(api.gateway.update_stage, **stage, patchOperations=log_with("$context.requestId"))
    assert (code, message) == (BAD, "CloudWatch Logs role ARN must be set in account settings to enable logging")
    set_role(sandbox.role)
    assert refusal(api.gateway.update_stage, **stage, patchOperations=log_with("$context.status"))[0] == BAD
    assert "accessLogSettings" not in api.gateway.get_stage(**stage)
    settings = api.gateway.update_stage(**stage, patchOperations=log_with("$context.requestId"))["accessLogSettings"]
    assert settings["format"] == "$context.requestId"
    removal = [{"op": "remove", "path": "/accessLogSettings"}]
    assert "accessLogSettings" not in api.gateway.update_stage(**stage, patchOperations=removal)


def test_a_resource_goes_with_its_children(api: Api) -> None:
    api.resource("a", "b", "c")
    kept = api.resource("kept")
    api.gateway.delete_resource(restApiId=api.api_id, resourceId=api.resource("a"))
    left = api.gateway.get_resources(restApiId=api.api_id)["items"]
    assert {item["id"] for item in left} == {api.root_id, kept}
    assert refusal(api.gateway.delete_resource, restApiId=api.api_id, resourceId=api.root_id)[0] == BAD


def test_an_api_goes_with_all_it_has_unless_a_domain_maps_to_it(api: Api, sandbox: ApiWorkshop) -> None:
    api.route("/hello", authorizer=api.authorizer())
    api.gateway.create_request_validator(restApiId=api.api_id, name="all", validateRequestBody=True)
    api.deploy()
    assert api.call("/hello", token=allow()).status == 200
    domain = "mapped.example.test"
    sandbox.gateway.create_domain_name(
        domainName=domain,
        regionalCertificateArn=sandbox.certificate(domain),
        endpointConfiguration={"types": ["REGIONAL"]},
    )
    sandbox.gateway.create_base_path_mapping(domainName=domain, basePath="v1", restApiId=api.api_id, stage="prod")
    code, message = refusal(api.gateway.delete_rest_api, restApiId=api.api_id)
    assert (code, "base path mappings" in message) == (BAD, True)
    sandbox.gateway.delete_base_path_mapping(domainName=domain, basePath="v1")
    api.gateway.delete_rest_api(restApiId=api.api_id)
    assert api.call("/hello", token=allow()).status == 403
    for gone in (api.gateway.get_stages, api.gateway.get_authorizers, api.gateway.get_request_validators):
        assert refusal(gone, restApiId=api.api_id)[0] == "NotFoundException"
