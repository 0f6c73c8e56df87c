"""`gateway.patch_operations` and `gateway.response_updates`: Update calls."""

from typing import Any

import pytest
from botocore.exceptions import ClientError  # pyright: ignore[reportMissingTypeStubs] -- botocore ships no types

from tests.gateway.rest_api import Api, ApiWorkshop


@pytest.fixture
def api(sandbox: ApiWorkshop) -> Api:
    return sandbox.api()


def patches(*operations: tuple[str, str, str | None]) -> list[dict[str, str]]:
    return [{"op": op, "path": path} | ({} if value is None else {"value": value}) for op, path, value in operations]


def mock(api: Api) -> dict[str, Any]:
    """The place of a method with a MOCK integration and both responses."""
    place = {"restApiId": api.api_id, "resourceId": api.root_id, "httpMethod": "OPTIONS"}
    api.gateway.put_method(**place, authorizationType="NONE")
    api.gateway.put_integration(**place, type="MOCK", requestTemplates={"application/json": '{"statusCode": 200}'})
    api.gateway.put_method_response(**place, statusCode="200", responseParameters={"method.response.header.A": True})
    api.gateway.put_integration_response(
        **place, statusCode="200", responseParameters={"method.response.header.A": "'a'"}
    )
    return place


def test_the_emulator_alone_patches_beside_the_template_that_counts(emulator: ApiWorkshop) -> None:
    api = emulator.api()
    change = patches(("replace", "/requestTemplates/application~1json", "{}"))
    templates = api.gateway.update_integration(**mock(api), patchOperations=change)["requestTemplates"]
    assert set(templates) == {"application/json", "application~1json"}


def test_names_in_paths_are_decoded(api: Api) -> None:
    place = mock(api)
    change = patches(
        ("replace", "/requestTemplates/application~1json", '{"statusCode": 201}'),
        ("add", "/requestTemplates/text~1a~0b", "x"),
    )
    templates = api.gateway.update_integration(**place, patchOperations=change)["requestTemplates"]
    assert templates == {"application/json": '{"statusCode": 201}', "text/a~b": "x"}
    removal = patches(("remove", "/requestTemplates/text~1a~0b", None))
    assert set(api.gateway.update_integration(**place, patchOperations=removal)["requestTemplates"]) == {
        "application/json"
    }


def test_values_get_the_type_of_their_member(api: Api) -> None:
    place = mock(api)
    method = api.gateway.update_method(
        **place,
        patchOperations=patches(
            ("replace", "/apiKeyRequired", "true"), ("add", "/requestParameters/method.request.header.B", "false")
        ),
    )
    assert (method["apiKeyRequired"], method["requestParameters"]) == (True, {"method.request.header.B": False})
    integration = api.gateway.update_integration(
        **place, patchOperations=patches(("replace", "/timeoutInMillis", "5000"))
    )
    assert integration["timeoutInMillis"] == 5000
    changed = api.gateway.update_rest_api(
        restApiId=api.api_id,
        patchOperations=patches(
            ("replace", "/disableExecuteApiEndpoint", "true"),
            ("replace", "/minimumCompressionSize", "1024"),
            ("replace", "/description", "5"),
        ),
    )
    assert (changed["disableExecuteApiEndpoint"], changed["minimumCompressionSize"]) == (True, 1024)
    assert changed["description"] == "5"
    api.deploy()
    tracing = patches(("replace", "/tracingEnabled", "true"))
    assert api.gateway.update_stage(restApiId=api.api_id, stageName="prod", patchOperations=tracing)["tracingEnabled"]


def test_members_of_sets_are_added_and_removed(api: Api) -> None:
    def update(*operations: tuple[str, str, str | None]) -> Any:
        return api.gateway.update_rest_api(restApiId=api.api_id, patchOperations=patches(*operations))

    added = update(("add", "/binaryMediaTypes/image~1png", None), ("add", "/binaryMediaTypes/a~1b", None))
    assert added["binaryMediaTypes"] == ["image/png", "a/b"]
    assert update(("remove", "/binaryMediaTypes/image~1png", None))["binaryMediaTypes"] == ["a/b"]
    replaced = update(("replace", "/endpointConfiguration/types/0", "EDGE"))
    assert replaced["endpointConfiguration"]["types"] == ["EDGE"]
    assert update(("replace", "/endpointConfiguration/types/EDGE", "REGIONAL"))["endpointConfiguration"]["types"] == [
        "REGIONAL"
    ]
    scopes = api.gateway.update_method(
        **mock(api),
        patchOperations=patches(
            *(("add", "/authorizationScopes", scope) for scope in ("a/read", "b/read")),
            ("remove", "/authorizationScopes", "a/read"),
        ),
    )["authorizationScopes"]
    assert scopes == ["b/read"]


def test_responses_are_updated(api: Api) -> None:
    place = {**mock(api), "statusCode": "200"}
    method_response = api.gateway.update_method_response(
        **place, patchOperations=patches(("add", "/responseParameters/method.response.header.B", "true"))
    )
    both = {"method.response.header.A": True, "method.response.header.B": True}
    assert method_response["responseParameters"] == both
    api.gateway.update_integration_response(
        **place, patchOperations=patches(("replace", "/responseParameters/method.response.header.A", "'b'"))
    )
    parameters = api.gateway.get_integration_response(**place)["responseParameters"]
    assert parameters == {"method.response.header.A": "'b'"}
    place["statusCode"] = "404"
    for update in (api.gateway.update_method_response, api.gateway.update_integration_response):
        with pytest.raises(ClientError, match="NotFoundException"):
            update(**place, patchOperations=[])


def test_updating_a_default_gateway_response_customises_it(api: Api) -> None:
    kind = {"restApiId": api.api_id, "responseType": "UNAUTHORIZED"}
    assert api.gateway.get_gateway_response(**kind)["defaultResponse"] is True
    updated = api.gateway.update_gateway_response(
        **kind,
        patchOperations=patches(
            ("replace", "/statusCode", "418"),
            ("add", "/responseTemplates/application~1json", '{"no":"tea"}'),
            ("add", "/responseParameters/gatewayresponse.header.X", "'y'"),
        ),
    )
    assert updated["defaultResponse"] is False
    api.route("/hello", authorizer=api.authorizer())
    api.deploy()
    answer = api.call("/hello")
    assert (answer.status, answer.json, answer.headers["x"]) == (418, {"no": "tea"}, "y")
    with pytest.raises(ClientError, match="Invalid gateway response type"):
        api.gateway.update_gateway_response(restApiId=api.api_id, responseType="WAF_NONSENSE", patchOperations=[])
