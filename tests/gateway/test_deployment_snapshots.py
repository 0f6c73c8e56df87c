"""`gateway.deployment_snapshots`: a change of an API counts when it is deployed."""

from pathlib import Path
from typing import Any

import pytest

from tests.gateway.rest_api import Api, ApiWorkshop, allow
from tests.support.sandbox import running_sandbox


def patch(path: str, value: str) -> list[dict[str, str]]:
    return [{"op": "replace", "path": path, "value": value}]


def guarded(workshop: ApiWorkshop) -> tuple[Api, dict[str, Any], str]:
    """A deployed API with `GET /hello` behind an authorizer, the method's place, and the authorizer's id."""
    api = workshop.api()
    authorizer = api.authorizer()
    resource = api.route("/hello", authorizer=authorizer)
    api.deploy()
    return api, {"restApiId": api.api_id, "resourceId": resource, "httpMethod": "GET"}, authorizer


def test_the_emulator_alone_serves_what_was_never_deployed(emulator: ApiWorkshop) -> None:
    api, _, _ = guarded(emulator)
    api.route("/new")
    assert api.call("/new").status == 200


def test_a_new_route_is_served_when_it_is_deployed(sandbox: ApiWorkshop) -> None:
    api, _, _ = guarded(sandbox)
    api.route("/new")
    assert api.call("/new").status == 403
    api.deploy()
    assert api.call("/new").status == 200


def test_an_undeployed_change_of_authorization_does_not_count(sandbox: ApiWorkshop) -> None:
    api, place, _ = guarded(sandbox)
    api.gateway.update_method(**place, patchOperations=patch("/authorizationType", "NONE"))
    assert api.call("/hello").status == 401
    api.deploy()
    assert api.call("/hello").status == 200


def test_an_undeployed_change_to_signed_requests_does_not_count(sandbox: ApiWorkshop) -> None:
    api, place, _ = guarded(sandbox)
    api.gateway.update_method(**place, patchOperations=patch("/authorizationType", "AWS_IAM"))
    assert api.call("/hello", token=allow()).status == 200
    api.deploy()
    assert api.call("/hello", token=allow()).status == 403


@pytest.mark.parametrize("change", ["integration", "authorizer", "deleted method", "deleted resource", "endpoint"])
def test_other_changes_wait_for_the_next_deployment_too(sandbox: ApiWorkshop, change: str) -> None:
    api, place, authorizer = guarded(sandbox)
    other = sandbox.function("other", "def handle(event, context):\n    return {'statusCode': 202}\n")
    sandbox.permit("other", f"{api.api_id}/*")
    api.route("/kept")
    resource = {"restApiId": api.api_id, "resourceId": place["resourceId"]}
    if change == "integration":
        uri = sandbox.invocation_uri("other")
        assert other in uri
        api.gateway.update_integration(**place, patchOperations=patch("/uri", uri))
    elif change == "authorizer":
        identity_source = patch("/identitySource", "method.request.header.Another")
        api.gateway.update_authorizer(restApiId=api.api_id, authorizerId=authorizer, patchOperations=identity_source)
    elif change == "deleted method":
        api.gateway.delete_method(**place)
    elif change == "deleted resource":
        api.gateway.delete_resource(**resource)
    else:
        disabled = patch("/disableExecuteApiEndpoint", "true")
        api.gateway.update_rest_api(restApiId=api.api_id, patchOperations=disabled)
    assert api.call("/hello", token=allow()).status == 200
    api.deploy()
    deployed = {"integration": 202, "authorizer": 401, "deleted method": 403, "deleted resource": 403, "endpoint": 403}
    assert api.call("/hello", token=allow()).status == deployed[change]


def test_a_stage_can_go_back_to_an_earlier_deployment(sandbox: ApiWorkshop) -> None:
    api, _, _ = guarded(sandbox)
    first = api.gateway.get_stage(restApiId=api.api_id, stageName="prod")["deploymentId"]
    api.route("/new")
    api.deploy()
    assert api.call("/new").status == 200
    api.gateway.update_stage(restApiId=api.api_id, stageName="prod", patchOperations=patch("/deploymentId", first))
    assert api.call("/new").status == 403
    assert api.call("/hello", token=allow()).status == 200


def test_two_stages_serve_their_own_deployments(sandbox: ApiWorkshop) -> None:
    api, _, _ = guarded(sandbox)
    api.route("/new")
    api.deploy("test")
    assert api.call("/new", stage="test").status == 200
    assert api.call("/new", stage="prod").status == 403


def test_stage_variables_are_live(sandbox: ApiWorkshop) -> None:
    api, _, _ = guarded(sandbox)
    api.gateway.update_stage(restApiId=api.api_id, stageName="prod", patchOperations=patch("/variables/a", "b"))
    assert api.call("/hello", token=allow()).json["stageVariables"] == {"a": "b"}


def test_snapshots_outlive_the_process(tmp_path: Path) -> None:
    with running_sandbox(tmp_path) as running:
        workshop = ApiWorkshop(running)
        api, _, _ = guarded(workshop)
        api.route("/new")
    with running_sandbox(tmp_path) as running:
        again = Api(workshop=ApiWorkshop(running), api_id=api.api_id, root_id=api.root_id)
        assert again.call("/hello", token=allow()).status == 200
        assert again.call("/new").status == 403
        again.deploy()
        assert again.call("/new").status == 200
