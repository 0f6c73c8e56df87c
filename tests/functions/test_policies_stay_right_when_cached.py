"""`authorizer.policy_document` and `authorizer.routes`, judged as API Gateway does: one answer for all methods."""

from fnmatch import fnmatchcase
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from authorizer.routes import METHODS, covers, is_route, narrowed, resources
from tests.functions.support import LAMBDA_CONTEXT, STAGE_ARN, Authorizer, chain_of, token_event

CALLER = {"principal_id": "caller"}


def answer_for(*results: Any, route: str = "GET/hello") -> dict[str, Any]:
    event = {**token_event(), "methodArn": f"{STAGE_ARN}/{route}"}
    return Authorizer(chain_of(*results)).handle(event, LAMBDA_CONTEXT)


def permits(answer: dict[str, Any], route: str) -> bool:
    """Evaluate the policy for another method, as API Gateway does with a cached answer: `*` spans slashes."""
    effects = {
        statement["Effect"]
        for statement in answer["policyDocument"]["Statement"]
        for resource in statement["Resource"]
        if statement["Action"] == "execute-api:Invoke" and fnmatchcase(f"{STAGE_ARN}/{route}", resource)
    }
    return effects == {"Allow"}


def test_an_allow_names_every_method_of_the_stage_whichever_is_called_first() -> None:
    for first in ("GET/hello", "POST/orders/42", "GET/"):
        answer = answer_for(CALLER, route=first)
        assert all(permits(answer, route) for route in ("GET/hello", "GET/", "DELETE/a/b/c", "POST/orders"))


def test_an_allow_is_for_one_stage_of_one_api_only() -> None:
    [statement] = answer_for(CALLER)["policyDocument"]["Statement"]
    assert statement["Resource"] == [f"{STAGE_ARN}/*/*"]


def test_nothing_that_the_caller_chose_gets_into_a_policy() -> None:
    answer = answer_for(CALLER, route="GET/*/?/${aws:username}/" + "x" * 1_000)
    assert answer["policyDocument"]["Statement"][0]["Resource"] == [f"{STAGE_ARN}/*/*"]


def test_an_answer_has_the_form_that_api_gateway_documents() -> None:
    assert answer_for({"principal_id": "caller", "context": {"tenant": "acme", "level": 3}}) == {
        "principalId": "caller",
        "policyDocument": {
            "Version": "2012-10-17",
            "Statement": [{"Action": "execute-api:Invoke", "Effect": "Allow", "Resource": [f"{STAGE_ARN}/*/*"]}],
        },
        "context": {"tenant": "acme", "level": 3},
    }


READER = {"principal_id": "caller", "routes": ["GET /orders", "GET /orders/*"]}


def test_routes_of_the_chain_are_all_that_a_cached_allow_permits() -> None:
    answer = answer_for(READER, route="GET/orders")
    assert [
        route for route in ("GET/orders", "GET/orders/1", "POST/orders", "GET/hello") if permits(answer, route)
    ] == [
        "GET/orders",
        "GET/orders/1",
    ]


def test_a_route_that_is_not_the_principals_is_denied_and_the_others_stay_permitted_in_the_cache() -> None:
    answer = answer_for(READER, route="POST/orders")
    assert not permits(answer, "POST/orders")
    assert permits(answer, "GET/orders")
    assert answer["principalId"] == "caller"
    assert answer["context"] == {"reason": "route_not_permitted", "message": "Route not permitted"}


def test_the_backends_of_the_routes_that_stay_permitted_get_what_the_chain_found_out() -> None:
    found = {"tenant": "acme", "tier": "gold", "reason": "a plugin's own"}
    answer = answer_for({**READER, "context": found}, route="POST/orders")
    assert permits(answer, "GET/orders")
    assert answer["context"] == {**found, "reason": "route_not_permitted", "message": "Route not permitted"}


def test_a_denial_everywhere_hands_nothing_of_the_chain_on() -> None:
    answer = answer_for({"principal_id": "caller", "routes": [], "context": {"tenant": "acme"}})
    assert set(answer["context"]) == {"reason", "message"}


def test_a_principal_without_any_route_is_denied_everywhere() -> None:
    answer = answer_for({"principal_id": "caller", "routes": []})
    assert not any(permits(answer, route) for route in ("GET/hello", "GET/orders"))
    assert answer["policyDocument"]["Statement"][0]["Effect"] == "Deny"


def test_later_plugins_can_only_narrow_the_routes() -> None:
    answer = answer_for(
        READER, {"routes": ["* /*"]}, {"routes": ["GET /orders/*", "POST /orders"]}, route="GET/orders/1"
    )
    assert answer["policyDocument"]["Statement"][0]["Resource"] == [f"{STAGE_ARN}/GET/orders/*"]


@pytest.mark.parametrize(
    ("earlier", "later", "both"),
    [
        (("GET /a",), ("GET /a",), ("GET /a",)),
        (("GET /*",), ("GET /a", "POST /a"), ("GET /a",)),
        (("GET /a", "GET /b"), ("GET /*",), ("GET /a", "GET /b")),
        (("* /a",), ("GET /*",), ()),
        (("GET /a*",), ("GET /*b",), ()),
        (("GET /a",), (), ()),
    ],
)
def test_what_two_plugins_both_allow_is_never_more_than_either(
    earlier: tuple[str, ...], later: tuple[str, ...], both: tuple[str, ...]
) -> None:
    assert narrowed(earlier, later) == both


def test_any_method_becomes_each_method_so_that_a_policy_means_what_the_route_says() -> None:
    answer = answer_for({"principal_id": "caller", "routes": ["* /health"]}, route="GET/health")
    assert permits(answer, "GET/health")
    assert permits(answer, "DELETE/health")
    assert not permits(answer, "GET/orders/health")


paths = st.text(alphabet="ab/*", max_size=6).map(lambda text: f"/{text}")
patterns = st.builds("{} {}".format, st.sampled_from(["GET", "POST", "*"]), paths)
concrete = st.builds(
    "{} {}".format, st.sampled_from(METHODS), st.text(alphabet="ab/", max_size=8).map(lambda t: f"/{t}")
)


@given(patterns, concrete)
def test_a_route_covers_exactly_what_its_resources_permit(pattern: str, route: str) -> None:
    assert is_route(pattern)
    method, path = route.split(" ")
    permitted = any(fnmatchcase(f"{STAGE_ARN}/{method}{path}", resource) for resource in resources(STAGE_ARN, pattern))
    assert covers(pattern, route) == permitted


@given(patterns, patterns, concrete)
def test_a_pattern_that_covers_another_covers_all_that_the_other_does(wide: str, narrow: str, route: str) -> None:
    if covers(wide, narrow) and covers(narrow, route):
        assert covers(wide, route)


@given(st.lists(patterns, max_size=3), st.lists(patterns, max_size=3), concrete)
def test_narrowing_never_permits_what_one_side_refuses(earlier: list[str], later: list[str], route: str) -> None:
    both = narrowed(tuple(earlier), tuple(later))
    if any(covers(pattern, route) for pattern in both):
        assert any(covers(pattern, route) for pattern in earlier)
        assert any(covers(pattern, route) for pattern in later)
