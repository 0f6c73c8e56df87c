"""`AuthorizedApi.deploy`: methods that a program adds itself are deployed, redeployed when changed, and guarded."""

import functools
from collections.abc import Callable
from typing import Any

import pulumi
import pulumi_aws as aws
import pytest

from components.authorized_api import AuthorizedApi
from components.errors import ArgumentError
from components.routes import Route
from tests.components.rest_api import AUTHORIZER, DEPLOYMENT, METHOD, PERMISSION, STAGE
from tests.components.samples import authorized_api, custom_authorizer, deployed_later, python_function
from tests.support.mocks import UNKNOWN, Stack, deploy

URI = (
    "arn:aws:apigateway:ap-southeast-3:lambda:path/2015-03-31/functions/arn:aws:lambda:x:1:function:orders/invocations"
)


def orders(api: AuthorizedApi, **changes: Any) -> list[pulumi.Resource]:
    """`GET /orders` as a program adds it; `changes` are of the method, or of its integration as `integration`."""
    of_integration = changes.pop("integration", {})
    path = aws.apigateway.Resource(
        "orders", rest_api=api.rest_api_id, parent_id=api.root_resource_id, path_part=changes.pop("path", "orders")
    )
    of_method: dict[str, Any] = {
        "rest_api": api.rest_api_id,
        "resource_id": path.id,
        "http_method": "GET",
        "authorization": "CUSTOM",
        "authorizer_id": api.authorizer_ids["guard"],
        **changes,
    }
    method = aws.apigateway.Method("orders", **of_method)
    of_proxy: dict[str, Any] = {
        "rest_api": api.rest_api_id,
        "resource_id": path.id,
        "http_method": method.http_method,
        "type": "AWS_PROXY",
        "integration_http_method": "POST",
        "uri": URI,
        **of_integration,
    }
    integration = aws.apigateway.Integration("orders", **of_proxy)
    return [path, method, integration]


def program(**changes: Any) -> Callable[[], object]:
    def build() -> None:
        api = deployed_later()
        api.deploy(after=orders(api, **dict(changes)))

    return build


@functools.cache
def unchanged() -> Stack:
    return deploy(program())


def digest(stack: Stack) -> str:
    return stack.one(DEPLOYMENT).inputs["triggers"]["definition"]


def test_the_deployment_waits_for_what_was_added_and_for_the_apis_own_parts() -> None:
    stack = unchanged()
    added = {each.urn for each in stack.registrations if each.name == "orders"}
    assert len(added) == 3
    own = {stack.one(AUTHORIZER).urn, stack.one(PERMISSION).urn}
    assert added | own <= stack.one(DEPLOYMENT).depends_on


def test_no_replaced_part_takes_the_deployment_along_while_the_stage_serves_it() -> None:
    properties = unchanged().one(DEPLOYMENT).options["propertyDependencies"]
    assert "triggers" not in {name for name, of in properties.items() if of.get("urns")}
    assert properties["restApi"]["urns"]


def test_an_api_may_have_authorizers_and_no_routes_of_its_own() -> None:
    stack = unchanged()
    assert [each.name for each in stack.of_type(AUTHORIZER)] == ["api-guard"]
    assert stack.one(METHOD).inputs["authorizerId"] == "id-of-api-guard"


CHANGES: dict[str, dict[str, Any]] = {
    "the path": {"path": "purchases"},
    "the verb": {"http_method": "POST"},
    "a required parameter": {"request_parameters": {"method.request.querystring.limit": True}},
    "the function": {"integration": {"uri": URI.replace("function:orders", "function:other")}},
    "the timeout": {"integration": {"timeout_milliseconds": 5000}},
}


@pytest.mark.parametrize("changes", CHANGES.values(), ids=CHANGES.keys())
def test_a_change_of_what_was_added_is_a_new_deployment(changes: dict[str, Any]) -> None:
    assert digest(deploy(program(**changes))) != digest(unchanged())


def test_the_same_program_is_no_new_deployment_whatever_the_order() -> None:
    def reversed_order() -> None:
        api = deployed_later()
        api.deploy(after=orders(api)[::-1])

    assert digest(deploy(program())) == digest(unchanged()) == digest(deploy(reversed_order))


def test_one_more_method_is_a_new_deployment() -> None:
    def build() -> None:
        api = deployed_later()
        added = orders(api)
        post = aws.apigateway.Method(
            "post",
            rest_api=api.rest_api_id,
            resource_id=api.root_resource_id,
            http_method="POST",
            authorization="CUSTOM",
            authorizer_id=api.authorizer_ids["guard"],
        )
        api.deploy(after=[*added, post])

    assert digest(deploy(build)) != digest(unchanged())


def test_in_a_preview_the_trigger_is_unknown_while_ids_are_and_the_preview_goes_on() -> None:
    stack = deploy(program(), preview=True)
    assert stack.one(DEPLOYMENT).inputs["triggers"] == {"definition": UNKNOWN}
    assert stack.one(STAGE).inputs["stageName"] == "prod"


def test_added_methods_and_routes_share_one_deployment() -> None:
    def build() -> None:
        guard = custom_authorizer()
        route = Route("GET", "/hello", handler=python_function(), authorizer=guard)
        api = authorized_api(routes=[route], create_deployment=False)
        api.deploy(after=orders(api))

    stack = deploy(build)
    assert {each.urn for each in stack.of_type(METHOD)} <= stack.one(DEPLOYMENT).depends_on
    assert len(stack.of_type(METHOD)) == 2


def test_without_a_deployment_there_is_no_stage_and_asking_for_it_says_what_to_do() -> None:
    stack = deploy(deployed_later)
    assert not stack.of_type(DEPLOYMENT)
    assert not stack.of_type(STAGE)
    api: AuthorizedApi = stack.result
    for name in ("stage", "stage_name", "invoke_url", "deployment_id"):
        with pytest.raises(ArgumentError, match=r"API api: it has no stage yet.*call deploy\(after="):
            getattr(api, name)


def test_after_deploy_the_api_tells_its_url() -> None:
    urls: list[str] = []

    def build() -> None:
        api = deployed_later()
        stage = api.deploy(after=orders(api))
        pulumi.Output.all(api.invoke_url, stage.invoke_url).apply(urls.extend)

    deploy(build)
    assert urls == ["https://abc123defg.execute-api.ap-southeast-3.amazonaws.com/prod"] * 2


@pytest.mark.parametrize("preview", [False, True], ids=["update", "preview"])
@pytest.mark.parametrize(
    "changes",
    [{"authorization": "NONE"}, {"authorization": "AWS_IAM"}, {"authorization": "NONE", "http_method": "OPTIONS"}],
    ids=["open", "IAM", "OPTIONS that reaches a function"],
)
def test_a_method_that_asks_no_authorizer_is_refused_in_preview_already(changes: dict[str, Any], preview: bool) -> None:
    with pytest.raises(ArgumentError, match=r"after: method 'orders' has authorization .* set authorization='CUSTOM'"):
        deploy(program(**{"authorizer_id": None, **changes}), preview=preview)


@pytest.mark.parametrize("authorizer_id", [None, "abc123"], ids=["no authorizer", "a stranger's"])
def test_a_method_that_names_no_authorizer_of_this_api_is_refused(authorizer_id: str | None) -> None:
    with pytest.raises(ArgumentError, match=r"names an authorizer that this API did not make; set .*<one of guard>"):
        deploy(program(authorizer_id=authorizer_id))


def test_a_preflight_of_ones_own_is_accepted_while_its_integration_is_a_mock() -> None:
    stack = deploy(
        program(authorization="NONE", authorizer_id=None, http_method="OPTIONS", integration={"type": "MOCK"})
    )
    assert stack.of_type(STAGE)


def test_a_preflight_whose_integration_is_not_there_is_refused() -> None:
    def build() -> None:
        api = deployed_later()
        path, method, _ = orders(api, authorization="NONE", http_method="OPTIONS", integration={"type": "MOCK"})
        api.deploy(after=[path, method])

    with pytest.raises(ArgumentError, match="with a MOCK integration, which stands in after too"):
        deploy(build)


def test_what_cannot_be_described_is_refused() -> None:
    def component() -> None:
        api = deployed_later()
        api.deploy(after=[*orders(api), python_function()])

    def twice() -> None:
        api = deployed_later()
        added = orders(api)
        api.deploy(after=[*added, added[0]])

    with pytest.raises(ArgumentError, match=r"after: 'backend' is a component \(gatehouse:index:PythonFunction\)"):
        deploy(component)
    with pytest.raises(ArgumentError, match=r"after: 'orders' \(aws:apigateway/resource:Resource\) is there twice"):
        deploy(twice)


def test_nothing_is_deployed_twice_and_nothing_empty_is_deployed() -> None:
    def twice() -> None:
        api = deployed_later()
        api.deploy(after=orders(api))
        api.deploy()

    with pytest.raises(ArgumentError, match="it is deployed already; set create_deployment=False"):
        deploy(lambda: authorized_api().deploy())
    with pytest.raises(ArgumentError, match="it is deployed already"):
        deploy(twice)
    with pytest.raises(ArgumentError, match="after has no method and there are no routes"):
        deploy(lambda: deployed_later().deploy())


def test_an_api_without_a_method_cannot_be_deployed_at_once() -> None:
    with pytest.raises(ArgumentError, match=r"routes: an API without a method cannot be deployed; .* deploy\(after="):
        deploy(lambda: authorized_api(routes=[], authorizers=[custom_authorizer()]))


def test_an_api_that_nothing_can_guard_is_refused() -> None:
    with pytest.raises(ArgumentError, match="authorizers: an API without routes needs at least one"):
        deploy(lambda: authorized_api(routes=[], create_deployment=False))


def test_an_authorizer_of_routes_and_of_methods_to_come_is_registered_once() -> None:
    def build() -> None:
        guard = custom_authorizer()
        route = Route("GET", "/hello", handler=python_function(), authorizer=guard)
        authorized_api(routes=[route], authorizers=[guard, custom_authorizer("watch")])

    assert {each.name for each in deploy(build).of_type(AUTHORIZER)} == {"api-guard", "api-watch"}


def test_two_authorizers_of_one_name_are_refused_here_too() -> None:
    def build() -> None:
        deployed_later(authorizers=[custom_authorizer("one", function_name="guard"), custom_authorizer("guard")])

    with pytest.raises(ArgumentError, match="authorizers: another authorizer is called guard already"):
        deploy(build)
