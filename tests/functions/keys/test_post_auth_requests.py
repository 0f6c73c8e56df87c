"""`POST /auth`, chain and function together: requests that are not the contract's, and verdicts that are not known."""

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.functions.keys.world import Answer, World, authorization, event
from tests.functions.support import LAMBDA_CONTEXT


@pytest.mark.parametrize("length", [76, 4_000, 100_000])
def test_a_key_of_any_length_is_refused_without_being_looked_up(world: World, length: int) -> None:
    answer = world.auth("k" * length)
    assert answer.status == (401 if length < 4_000 else 401 if length == 4_000 else 413)
    assert all(key_id is None for key_id, _ in world.exchange_store.reads)


def test_a_large_body_is_refused_by_the_function_even_if_its_length_is_not_sent(world: World) -> None:
    sent = event("POST", "/auth", body={"api_key": "k" * 100_000})
    del sent["headers"]["Content-Length"], sent["multiValueHeaders"]["Content-Length"]
    assert world.call(world.exchange_authorizer, world.exchange_function, sent).status == 413


@pytest.mark.parametrize("length", ["4097", "-1", "1e3", "٣", "", "9" * 5_000, " 12"])
def test_a_length_that_is_none_or_too_large_is_refused(world: World, length: str) -> None:
    assert world.auth(world.create(), headers={"Content-Length": length}).status == 413


@pytest.mark.parametrize("content_type", ["text/plain", "application/x-www-form-urlencoded", "", "application/jsonx"])
def test_a_body_of_another_type_is_refused(world: World, content_type: str) -> None:
    assert world.auth(world.create(), headers={"Content-Type": content_type}).status == 415


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "api_key"),
        ({"api_key": 1}, "api_key"),
        ({"api_key": None}, "api_key"),
        ({"api_key": ["k"]}, "api_key"),
        ({"api_key": "k", "customer_id": "acme"}, "customer_id"),
        ('{"api_key": "a", "api_key": "b"}', "api_key"),
        ("[]", "body"),
        ("", "body"),
        ("{", "body"),
        ('{"api_key": "\\ud800"}', "body"),
    ],
)
def test_a_body_that_is_not_the_one_of_the_contract_is_400_with_the_field(
    world: World, body: object, field: str
) -> None:
    answer = world.auth(body=body)
    assert (answer.status, answer.body["field"]) == (400, field)
    assert not world.exchange_store.counts
    assert not world.trail.records


anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda children: st.lists(children, max_size=4) | st.dictionaries(st.text(max_size=12), children, max_size=4),
    max_leaves=10,
)
header_values = st.text(st.characters(min_codepoint=32, max_codepoint=255), max_size=80)


@settings(max_examples=100, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(
    st.fixed_dictionaries({"api_key": anything}) | anything | st.text(max_size=60),
    st.dictionaries(
        st.sampled_from(["X-API-Key", "Content-Type", "content-type", "Content-Length", "X-Forwarded-For"]),
        header_values,
        max_size=4,
    ),
)
def test_any_body_and_any_headers_are_a_4xx(world: World, body: Any, headers: dict[str, str]) -> None:
    answer = world.auth(body=body, headers=headers)
    assert 400 <= answer.status < 500, answer


@settings(max_examples=100, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(anything | st.fixed_dictionaries({"requestContext": anything | st.fixed_dictionaries({"authorizer": anything})}))
def test_an_event_that_is_not_api_gateways_is_refused(world: World, sent: Any) -> None:
    assert world.exchange_function(sent, None)["statusCode"] == 403


VERDICTS: list[dict[str, str]] = [
    {},
    {"exchange": ""},
    {"exchange": "Permitted"},
    {"exchange": "true"},
    {"exchange": "permitted", "customer_id": "acme"},
    {"exchange": "permitted", "customer_id": "acme", "key_id": "k", "key_expires_at": ""},
    {"exchange": "permitted", "customer_id": "a#b", "key_id": "a" * 32, "key_expires_at": ""},
    {"exchange": "permitted", "customer_id": "acme", "key_id": "a" * 32, "key_expires_at": "never"},
    {"exchange": "permitted", "key_id": "a" * 32, "key_expires_at": ""},
]


@pytest.mark.parametrize("verdict", VERDICTS)
def test_a_verdict_that_is_not_wholly_known_lets_nobody_go_on(world: World, verdict: dict[str, str]) -> None:
    sent = event("POST", "/auth", body={"api_key": world.create()})
    sent["requestContext"]["authorizer"] = {"principalId": "key-exchange", **verdict}
    answer = world.exchange_function(sent, LAMBDA_CONTEXT)
    assert answer["statusCode"] == 403


@pytest.mark.parametrize("source", [None, "", "test-invoke-source-ip", "192.0.2.10, 198.51.100.7", 1, ["192.0.2.1"]])
def test_a_request_without_a_callers_address_is_denied(world: World, source: object) -> None:
    key = world.create()
    assert world.auth(key, source=source).denial == "source_unknown"
    assert world.auth_by_header(key, source=source).denial == "source_unknown"


def test_the_guard_of_the_exchange_opens_no_other_route(world: World) -> None:
    for method, resource in (("GET", "/data"), ("POST", "/admin/keys"), ("GET", "/auth")):
        sent = event(method, resource, headers={"X-API-Key": world.create()})
        answer = authorization(world.exchange_authorizer, sent)
        assert isinstance(answer, Answer)
        assert answer.denial == "route_not_permitted"
