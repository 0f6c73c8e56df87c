"""API Gateway beyond the tables: how its resources depend on each other, and what the sandbox refuses to pretend."""

import itertools
import json
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import grpc
import pytest

from sandbox.provider.aws_clients import AwsClients
from sandbox.provider.ledger import outstanding
from sandbox.provider.registry import RESOURCE_TYPES
from sandbox.provider.server import ProviderServer, delete_orphans
from sandbox.provider.values import UNKNOWN
from tests.provider.cases.apigateway import (
    POOL_ARN,
    authorizer,
    model,
    resource,
    rest_api,
    validator,
)
from tests.provider.cases.apigateway_methods import address, integration, method, method_response
from tests.provider.cases.apigateway_stages import stage
from tests.provider.cases.case import World
from tests.provider.driver import ProviderDriver, RefusedError, connect

_COUNTER = itertools.count(1)

REST_API = "aws:apigateway/restApi:RestApi"
METHOD = "aws:apigateway/method:Method"
INTEGRATION = "aws:apigateway/integration:Integration"
AUTHORIZER = "aws:apigateway/authorizer:Authorizer"
DEPLOYMENT = "aws:apigateway/deployment:Deployment"
STAGE = "aws:apigateway/stage:Stage"
METHOD_SETTINGS = "aws:apigateway/methodSettings:MethodSettings"


@pytest.fixture
def world(aws: ProviderDriver, clients: AwsClients, tmp_path: Path) -> Iterator[World]:
    world = World(aws=aws, clients=clients, folder=tmp_path, name=f"gateway-{next(_COUNTER)}")
    yield world
    world.clean()


@pytest.fixture
def gateway(clients: AwsClients) -> Any:
    return clients.client("apigateway")


def _answering_integration(world: World) -> None:
    """A MOCK method that answers 200, so that a stage can be called."""
    integration(world)
    method_response(world)
    inputs = {
        **address(world),
        "statusCode": "200",
        "responseTemplates": {"application/json": '{"greeting": "hello"}'},
    }
    world.need("aws:apigateway/integrationResponse:IntegrationResponse", inputs, name="integration response")


def _message(error: pytest.ExceptionInfo[grpc.RpcError]) -> str:
    return error.value.details() or ""


def _get(url: str) -> tuple[int, Any]:
    with urllib.request.urlopen(url, timeout=30) as answer:
        return answer.status, json.load(answer)


@pytest.mark.parametrize(
    ("token", "property_name", "value"),
    [
        (REST_API, "body", '{"openapi": "3.0.1"}'),
        (REST_API, "parameters", {"basepath": "ignore"}),
        (REST_API, "putRestApiMode", "merge"),
        (REST_API, "endpointAccessMode", "STRICT"),
        (REST_API, "securityPolicy", "TLS_1_2"),
        (INTEGRATION, "connectionId", "abc123"),
        (INTEGRATION, "integrationTarget", "arn:aws:elasticloadbalancing:eu-west-1:111122223333:loadbalancer/net/a/b"),
        (INTEGRATION, "tlsConfig", {"insecureSkipVerification": True}),
        (STAGE, "canarySettings", {"deploymentId": "abc123", "percentTraffic": 10}),
    ],
)
def test_what_the_sandbox_cannot_honour_is_refused_and_never_ignored(
    aws: ProviderDriver, token: str, property_name: str, value: Any
) -> None:
    with pytest.raises(RefusedError, match=f"^{property_name}: the sandbox cannot honour this: "):
        aws.check(token, {**dict.fromkeys(_required(token), "x"), property_name: value})


def _required(token: str) -> list[str]:
    declared = RESOURCE_TYPES[token].inputs
    return [name for name, each in declared.items() if each.required]


def test_a_method_whose_authorizer_is_not_made_yet_passes_a_preview(aws: ProviderDriver) -> None:
    planned = aws.preview(
        METHOD,
        {
            "restApi": UNKNOWN,
            "resourceId": UNKNOWN,
            "httpMethod": "GET",
            "authorization": "CUSTOM",
            "authorizerId": UNKNOWN,
        },
    )
    assert planned["authorizerId"] is UNKNOWN
    assert planned["apiKeyRequired"] is False


def test_an_authorizer_and_an_integration_of_functions_that_are_not_made_yet_pass_a_preview(
    aws: ProviderDriver,
) -> None:
    aws.preview(AUTHORIZER, {"restApi": UNKNOWN, "type": "REQUEST", "authorizerUri": UNKNOWN})
    aws.preview(
        INTEGRATION,
        {
            "restApi": UNKNOWN,
            "resourceId": UNKNOWN,
            "httpMethod": UNKNOWN,
            "type": "AWS_PROXY",
            "integrationHttpMethod": "POST",
            "uri": UNKNOWN,
        },
    )


def test_the_invoke_url_of_a_stage_answers(world: World) -> None:
    _answering_integration(world)
    assert _get(f"{stage(world).state['invokeUrl']}/things") == (200, {"greeting": "hello"})


def test_method_settings_without_throttling_let_calls_through(world: World) -> None:
    _answering_integration(world)
    url = stage(world).state["invokeUrl"]
    made = world.keep(
        world.aws.deploy(
            METHOD_SETTINGS,
            {
                "restApi": rest_api(world).id,
                "stageName": "prod",
                "methodPath": "*/*",
                "settings": {"metricsEnabled": True},
            },
        )
    )
    assert (made.state["settings"]["throttlingBurstLimit"], made.state["settings"]["throttlingRateLimit"]) == (-1, -1)
    assert [_get(f"{url}/things")[0] for _ in range(3)] == [200, 200, 200]


def test_settings_of_a_nested_path_are_found_again(world: World) -> None:
    stage(world)
    inputs = {
        "restApi": rest_api(world).id,
        "stageName": "prod",
        "methodPath": "things~1{id}/GET",
        "settings": {"throttlingBurstLimit": 1, "throttlingRateLimit": 0.5},
    }
    made = world.keep(world.aws.deploy(METHOD_SETTINGS, inputs))
    assert made.id.endswith("-prod-things~1{id}/GET")
    assert world.aws.refresh(made) is not None
    world.aws.delete(made)
    assert world.aws.refresh(made) is None


def test_a_changed_trigger_moves_the_stage_to_a_new_deployment_before_the_old_one_goes(
    world: World, gateway: Any
) -> None:
    integration(world)
    inputs = {"restApi": rest_api(world).id, "triggers": {"definition": "one"}}
    old = world.aws.deploy(DEPLOYMENT, inputs)
    served = world.keep(
        world.aws.deploy(STAGE, {"restApi": rest_api(world).id, "deployment": old.id, "stageName": "prod"})
    )

    checked = world.aws.check(DEPLOYMENT, {**inputs, "triggers": {"definition": "two"}}, old=old.inputs).values
    diff = world.aws.diff(old, checked)
    assert diff.replaces == {"triggers"}
    assert not diff.delete_before_replace

    with pytest.raises(grpc.RpcError) as refused:
        world.aws.delete(old)
    assert "Active stages pointing to this deployment must be moved or deleted" in _message(refused)

    new = world.keep(world.aws.deploy(DEPLOYMENT, {**inputs, "triggers": {"definition": "two"}}))
    moved = world.aws.check(STAGE, {**served.inputs, "deployment": new.id}, old=served.inputs).values
    assert world.aws.diff(served, moved).replaces == frozenset()
    assert world.aws.update(served, moved).state["deployment"] == new.id
    world.aws.delete(old)
    assert [each["id"] for each in gateway.get_deployments(restApiId=rest_api(world).id)["items"]] == [new.id]
    world._deployed.remove(new)  # the stage goes first
    world._deployed.insert(world._deployed.index(served), new)


def test_a_changed_integration_type_deletes_first_because_a_method_has_one_integration(world: World) -> None:
    known = integration(world)
    changed = {**known.inputs, "type": "HTTP", "integrationHttpMethod": "GET", "uri": "https://backend.example.com/"}
    checked = world.aws.check(INTEGRATION, changed, old=known.inputs).values
    diff = world.aws.diff(known, checked)
    assert diff.replaces == {"type", "integrationHttpMethod"}
    assert diff.delete_before_replace


def test_an_authorizer_that_a_method_still_asks_cannot_be_deleted(world: World) -> None:
    asked = authorizer(world)
    method(world, authorization="CUSTOM", authorizerId=asked.id)
    with pytest.raises(grpc.RpcError) as refused:
        world.aws.delete(asked)
    message = _message(refused)
    assert f"deleting {AUTHORIZER} {world.name}-authorizer ({asked.id}): DeleteAuthorizer: ConflictException" in message
    assert "\n" not in message


def test_an_authorizer_becomes_another_lambda_type_in_place_but_a_cognito_one_by_replacement(world: World) -> None:
    known = authorizer(world)
    request = world.aws.check(AUTHORIZER, {**known.inputs, "type": "REQUEST"}, old=known.inputs).values
    assert world.aws.diff(known, request).replaces == frozenset()
    cognito = {**known.inputs, "type": "COGNITO_USER_POOLS", "providerArns": [POOL_ARN]}
    checked = world.aws.check(AUTHORIZER, cognito, old=known.inputs).values
    assert world.aws.diff(known, checked).replaces == {"type"}


def test_a_mock_integration_has_no_http_method_of_its_own(world: World) -> None:
    assert integration(world).state["integrationHttpMethod"] == ""


def test_an_update_leaves_alone_what_only_others_have_changed(world: World, gateway: Any) -> None:
    known = world.keep(world.aws.deploy(REST_API, {"name": world.name, "description": "ours"}))
    others = [{"op": "replace", "path": "/name", "value": "theirs"}]
    gateway.update_rest_api(restApiId=known.id, patchOperations=others)
    checked = world.aws.check(REST_API, {"name": world.name, "description": "still ours"}, old=known.inputs).values
    assert world.aws.diff(known, checked).changed == {"description"}
    state = world.aws.update(known, checked).state
    assert (state["description"], state["name"]) == ("still ours", "theirs")


def test_default_tags_reach_stages_and_their_removal_too(
    world: World, provider: ProviderServer, clients: AwsClients
) -> None:
    made = stage(world)
    tagging = connect(provider.port).configure(region=clients.region, defaultTags={"tags": {"Owner": "us"}})
    assert tagging.diff(made, made.inputs).changed == {"tagsAll"}
    tagged = tagging.update(made, made.inputs)
    tagging.channel.close()
    assert (tagged.state["tagsAll"], tagged.state["tags"]) == ({"Owner": "us"}, {})
    assert world.aws.update(tagged, made.inputs).state["tagsAll"] == {}


def test_deleting_the_account_resource_takes_the_role_away(world: World, gateway: Any, clients: AwsClients) -> None:
    token = "aws:apigateway/account:Account"
    role_arn = f"arn:aws:iam::{clients.account_id}:role/logs"
    known = world.aws.deploy(token, {"cloudwatchRoleArn": role_arn})
    assert known.id == clients.account_id
    assert gateway.get_account()["cloudwatchRoleArn"] == role_arn
    world.aws.delete(known)
    assert "cloudwatchRoleArn" not in gateway.get_account()
    known = world.aws.deploy(token, {})
    assert known.state["cloudwatchRoleArn"] == ""
    world.aws.delete(known)


def test_the_ids_and_arns_are_those_of_the_official_provider(world: World, clients: AwsClients) -> None:
    api, part, region = rest_api(world), resource(world), clients.region
    answer = method_response(world)
    assert api.state["arn"] == f"arn:aws:apigateway:{region}::/restapis/{api.id}"
    assert api.state["executionArn"] == f"arn:aws:execute-api:{region}:{clients.account_id}:{api.id}"
    assert part.state["path"] == "/things"
    assert method(world).id == f"agm-{api.id}-{part.id}-GET"
    assert answer.id == f"agmr-{api.id}-{part.id}-GET-200"
    assert integration(world).id == f"agi-{api.id}-{part.id}-GET"
    served = stage(world)
    assert served.id == f"ags-{api.id}-prod"
    assert served.state["arn"] == f"{api.state['arn']}/stages/prod"
    assert served.state["executionArn"] == f"{api.state['executionArn']}/prod"
    assert served.state["invokeUrl"] == f"{clients.endpoint_url}/_aws/execute-api/{api.id}/prod"
    guard = authorizer(world)
    assert guard.state["arn"] == f"{api.state['arn']}/authorizers/{guard.id}"


@pytest.mark.parametrize(
    ("token", "form"),
    [
        (METHOD, "REST-API-ID/RESOURCE-ID/HTTP-METHOD"),
        (INTEGRATION, "REST-API-ID/RESOURCE-ID/HTTP-METHOD"),
        (STAGE, "REST-API-ID/STAGE-NAME"),
        (METHOD_SETTINGS, "REST-API-ID/STAGE-NAME/METHOD-PATH"),
        (DEPLOYMENT, "REST-API-ID/DEPLOYMENT-ID"),
        ("aws:apigateway/model:Model", "REST-API-ID/NAME"),
        ("aws:apigateway/response:Response", "REST-API-ID/RESPONSE-TYPE"),
        ("aws:apigateway/integrationResponse:IntegrationResponse", "REST-API-ID/RESOURCE-ID/HTTP-METHOD/STATUS-CODE"),
    ],
)
def test_an_import_id_of_another_form_is_told_the_right_one(aws: ProviderDriver, token: str, form: str) -> None:
    with pytest.raises(grpc.RpcError) as refused:
        aws.import_by_id(token, "abc")
    assert _message(refused) == f"importing {token}: 'abc' must be {form}"


def test_importing_what_does_not_exist_finds_nothing(world: World) -> None:
    api = rest_api(world)
    assert world.aws.import_by_id("aws:apigateway/model:Model", f"{api.id}/Nothing") is None
    assert world.aws.import_by_id(STAGE, f"{api.id}/nothing") is None
    assert world.aws.import_by_id(METHOD_SETTINGS, f"{api.id}/nothing/*/*") is None


def test_what_an_interrupted_update_left_behind_can_be_deleted_by_the_ledger_alone(
    world: World, ledger: Path, clients: AwsClients
) -> None:
    _answering_integration(world)
    stage(world)
    authorizer(world)
    validator(world)
    model(world)
    response = {"restApiId": rest_api(world).id, "responseType": "DEFAULT_4XX"}
    world.need("aws:apigateway/response:Response", response, name="gateway response")
    settings = {
        "restApi": rest_api(world).id,
        "stageName": "prod",
        "methodPath": "*/*",
        "settings": {"loggingLevel": "ERROR"},
    }
    world.need(METHOD_SETTINGS, settings, name="settings")
    made = {(known.urn, known.id) for known in world._deployed}
    entries = [entry for entry in reversed(outstanding(ledger)) if (entry.urn, entry.id) in made]
    assert len(entries) == len(made)
    assert delete_orphans(ledger, entries, endpoint_url=clients.endpoint_url) == entries
    assert all(world.aws.refresh(known) is None for known in world._deployed)
    world._deployed.clear()
