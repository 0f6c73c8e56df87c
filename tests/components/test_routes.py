"""Routes: none without an authorizer, and paths that become API Gateway's tree of resources."""

import functools
from collections.abc import Callable
from typing import Any, cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from components.custom_authorizer import CustomAuthorizer
from components.errors import ArgumentError
from components.python_function import PythonFunction
from components.routes import Route, check_path, check_routes, parent_path, resource_paths
from tests.components.samples import custom_authorizer, python_function
from tests.support.mocks import deploy


@functools.cache
def parts() -> tuple[PythonFunction, CustomAuthorizer]:
    """A handler and an authorizer as a program makes them: routes only refer to them."""
    return deploy(lambda: (python_function(), custom_authorizer())).result


def with_parts(use: Callable[..., object]) -> Any:
    """Calls `use(handler, authorizer)` and returns what it returns."""
    return use(*parts())


def route(method: str, path: str, **changes: Any) -> Route:
    """A route with real parts."""
    return with_parts(
        lambda handler, authorizer: Route(method, path, handler=handler, authorizer=authorizer, **changes)
    )


def test_a_route_without_an_authorizer_is_a_type_error() -> None:
    make = cast("Any", Route)
    with pytest.raises(TypeError, match="authorizer"):
        with_parts(lambda handler, _: make("GET", "/hello", handler=handler))


@pytest.mark.parametrize("authorizer", [None, "guard", False, object()])
def test_nothing_but_a_custom_authorizer_will_do(authorizer: object) -> None:
    make = cast("Any", Route)
    with pytest.raises(TypeError, match="GET /hello: authorizer must be a CustomAuthorizer"):
        with_parts(lambda handler, _: make("GET", "/hello", handler=handler, authorizer=authorizer))


def test_the_authorizer_cannot_be_given_by_position() -> None:
    make = cast("Any", Route)
    with pytest.raises(TypeError):
        with_parts(lambda handler, authorizer: make("GET", "/hello", handler, authorizer))


def test_a_route_without_a_function_is_a_type_error() -> None:
    make = cast("Any", Route)
    with pytest.raises(TypeError, match="handler must be a PythonFunction"):
        with_parts(lambda _, authorizer: make("GET", "/hello", handler="backend", authorizer=authorizer))


def test_a_route_cannot_lose_its_authorizer_later() -> None:
    with pytest.raises(AttributeError):
        cast("Any", route("GET", "/hello")).authorizer = None


@pytest.mark.parametrize("method", ["get", "FETCH", "", "CONNECT"])
def test_a_method_that_api_gateway_has_not_is_refused(method: str) -> None:
    with pytest.raises(ArgumentError, match="is not one of GET, POST"):
        route(method, "/hello")


@pytest.mark.parametrize(
    ("path", "says"),
    [
        ("hello", "must start with / and not end with it"),
        ("/hello/", "must start with / and not end with it"),
        ("", "must start with / and not end with it"),
        ("/a//b", "'' is no segment"),
        ("/a b", "'a b' is no segment"),
        ("/{id", "'{id' is no segment"),
        ("/v{id}", "'v{id}' is no segment"),
        ("/{path+}/more", "must be the last segment"),
        ("/hello?x=1", "is no segment"),
        ("/../admin%2f", "is no segment"),
    ],
)
def test_a_path_that_api_gateway_cannot_have_is_refused(path: str, says: str) -> None:
    with pytest.raises(ArgumentError) as refused:
        check_path(path)
    assert says in str(refused.value)


@pytest.mark.parametrize("path", ["/", "/hello", "/admin/keys/{customer_id}", "/files/{path+}", "/v1.0/a_b-c:d"])
def test_paths_of_the_seeds_are_good(path: str) -> None:
    check_path(path)


def test_shared_prefixes_become_one_resource_and_parents_come_first() -> None:
    paths = ["/admin/keys", "/admin/keys/{customer_id}", "/auth", "/"]
    assert resource_paths(paths) == ["/admin", "/admin/keys", "/admin/keys/{customer_id}", "/auth"]


@given(st.lists(st.lists(st.sampled_from(["a", "b", "{c}"]), max_size=4)))
def test_every_resource_is_there_once_and_after_its_parent(segments: list[list[str]]) -> None:
    paths = ["/" + "/".join(each) for each in segments]
    made = resource_paths(paths)
    assert len(set(made)) == len(made)
    assert {path for path in paths if path != "/"} <= set(made)
    for index, path in enumerate(made):
        assert parent_path(path) in {"/", *made[:index]}


def test_parameters_of_the_path_are_required_by_themselves() -> None:
    made = route("GET", "/data/{data_id}", required_parameters=["method.request.querystring.limit"])
    assert made.request_parameters == {"method.request.path.data_id": True, "method.request.querystring.limit": True}


@pytest.mark.parametrize("parameter", ["limit", "method.request.path.id", "method.request.body.id", "context.identity"])
def test_a_required_parameter_is_a_header_or_a_query_parameter(parameter: str) -> None:
    with pytest.raises(ArgumentError, match=r"must start with method\.request\.header\."):
        route("GET", "/hello", required_parameters=[parameter])


@pytest.mark.parametrize(
    ("method", "path", "expected"),
    [
        ("GET", "/hello", "GET/hello"),
        ("GET", "/", "GET/"),
        ("DELETE", "/admin/keys/{customer_id}", "DELETE/admin/keys/*"),
        ("GET", "/files/{path+}", "GET/files/*"),
        ("ANY", "/hello", "*/hello"),
    ],
)
def test_a_permission_names_one_method_and_path(method: str, path: str, expected: str) -> None:
    assert route(method, path).permission_path == expected


def test_names_made_of_a_route_fit_aws_and_tell_routes_apart() -> None:
    def program(handler: Any, authorizer: Any) -> list[Route]:
        paths = ["/a/b", "/a-b", "/a/{b}", "/a.b", "/a:b", "/" + "x" * 200]
        return [Route("GET", path, handler=handler, authorizer=authorizer) for path in paths]

    routes: list[Route] = with_parts(program)
    slugs, models = [each.slug for each in routes], [each.model_name for each in routes]
    assert len(set(slugs)) == len(set(models)) == len(routes)
    assert all(len(slug) <= 50 and slug.replace("-", "").isalnum() for slug in slugs)
    assert all(model.isalnum() for model in models)


def routes(*declared: tuple[str, str]) -> list[Route]:
    return with_parts(
        lambda handler, authorizer: [
            Route(method, path, handler=handler, authorizer=authorizer) for method, path in declared
        ]
    )


def test_a_route_declared_twice_is_refused() -> None:
    with pytest.raises(ArgumentError, match="GET /hello: declared twice"):
        check_routes(routes(("GET", "/hello"), ("POST", "/hello"), ("GET", "/hello")), preflight=False)


def test_two_names_for_the_parameter_at_one_place_are_refused() -> None:
    with pytest.raises(ArgumentError, match=r"there is \{customer\} already"):
        check_routes(routes(("GET", "/keys/{customer}"), ("GET", "/keys/{id}/usage")), preflight=False)


def test_options_beside_a_preflight_is_refused() -> None:
    declared = routes(("OPTIONS", "/hello"))
    check_routes(declared, preflight=False)
    with pytest.raises(ArgumentError, match="cors answers OPTIONS already"):
        check_routes(declared, preflight=True)
