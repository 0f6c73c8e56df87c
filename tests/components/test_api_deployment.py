"""The deployment: API Gateway serves a snapshot, so it is made after everything, and anew with every change."""

import functools
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from components.api_stage import StageSettings
from components.cors import Cors
from components.endpoints import EndpointType
from components.gateway_responses import DEFAULT_GATEWAY_RESPONSES, GatewayResponse
from components.routes import Route
from tests.components.rest_api import (
    DEPLOYMENT,
    PERMISSION,
    SETTINGS,
    STAGE,
    everything,
)
from tests.components.samples import (
    authorized_api,
    custom_authorizer,
    python_function,
)
from tests.support.mocks import UNKNOWN, Stack, deploy


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
