"""Which SPIFFE IDs may call which routes, with a verifier that believes every token: the rules alone decide."""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from authorizer.chain import load_chain
from authorizer.routes import METHODS
from jwt_verification.errors import MissingToken
from spiffe_verifier.jwt_svid import JwtSvid
from spiffe_verifier.spiffe_id import SpiffeId
from tests.functions.support import NOW, STAGE_ARN, Authorizer, Clock

CHAIN = Path(__file__).resolve().parents[3] / "functions" / "chains" / "spiffe"
API = "spiffe://company.internal/ns/prod/sa/api"
RULES = [
    {"route": "GET /whoami", "spiffe_ids": [API], "prefixes": ["spiffe://company.internal/ns/dev"]},
    {"route": "* /orders/*", "prefixes": ["spiffe://company.internal/ns/prod", "spiffe://partner.example"]},
    {"route": "GET /orders", "spiffe_ids": [API]},
]
SEGMENT = st.text("abz09._-", min_size=1, max_size=3).filter(lambda text: text not in (".", ".."))
PATHS = st.lists(SEGMENT, max_size=5).map(lambda segments: "".join(f"/{segment}" for segment in segments))


class Believer:
    """Takes the token itself for the verified SPIFFE ID."""

    def verify(self, token: str) -> JwtSvid:
        if not token:
            raise MissingToken("send a token")
        return JwtSvid(spiffe_id=SpiffeId.parse(token), audience=("api://poc",), expires_at=NOW + 300, claims={})


def authorizer(rules: Any = RULES) -> Authorizer:
    """The chain with these rules; a text is the setting itself."""
    text = rules if isinstance(rules, str) else json.dumps(rules)
    given = {"environment": {"SPIFFE_ROUTE_RULES": text}, "svid_verifier": Believer()}
    return Authorizer(load_chain(str(CHAIN), given), Clock())


def event(spiffe_id: str, route: str = "GET /whoami") -> dict[str, Any]:
    """API Gateway's REQUEST event for a call with this identity."""
    method, _, path = route.partition(" ")
    return {
        "type": "REQUEST",
        "methodArn": f"{STAGE_ARN}/{method}{path}",
        "headers": {"authorization": f"Bearer {spiffe_id}"},
        "multiValueHeaders": {"authorization": [f"Bearer {spiffe_id}"]},
        "requestContext": {"requestId": "r"},
    }


def is_permitted(guard: Authorizer, spiffe_id: str, route: str = "GET /whoami") -> bool:
    """Whether the call passes; a refusal must be that of a known caller (403)."""
    answer = guard.handle(event(spiffe_id, route), None)
    permitted = guard.last_record["reason"] == "allowed"
    assert permitted or (guard.last_record["reason"], answer["context"]["reason"]) == ("route_not_permitted",) * 2
    return permitted


def test_the_backend_gets_the_identity_and_its_end() -> None:
    answer = authorizer().allows(event(API))
    assert answer["principalId"] == API
    assert answer["context"] == {
        "spiffe_id": API,
        "trust_domain": "company.internal",
        "expires_at": str(NOW + 300),
    }


def test_the_policy_names_every_route_of_the_workload_so_that_it_stays_right_while_it_is_kept() -> None:
    resources = authorizer().allows(event(API))["policyDocument"]["Statement"][0]["Resource"]
    orders = [f"{STAGE_ARN}/{method}/orders/*" for method in METHODS]
    assert sorted(resources) == sorted([f"{STAGE_ARN}/GET/whoami", f"{STAGE_ARN}/GET/orders", *orders])


@pytest.mark.parametrize(
    "spiffe_id",
    [
        API,
        "spiffe://company.internal/ns/dev",
        "spiffe://company.internal/ns/dev/sa/api",
        "spiffe://company.internal/ns/dev/a/b/c/d",
    ],
)
def test_who_is_named_or_below_a_prefix_may_call(spiffe_id: str) -> None:
    assert is_permitted(authorizer(), spiffe_id)


@pytest.mark.parametrize(
    "spiffe_id",
    [
        "spiffe://company.internal",
        "spiffe://company.internal/ns",
        "spiffe://company.internal/ns/development",
        "spiffe://company.internal/ns/dev-2/sa/api",
        "spiffe://company.internal/ns/dev.sa/api",
        "spiffe://company.internal/ns/Dev/sa/api",
        "spiffe://company.internal/ns/prod/sa/api/admin",
        "spiffe://company.internal/ns/prod/sa/api2",
        "spiffe://company.internal/ns/prod/sa",
        "spiffe://company.internal/ns/prod/sa/API",
        "spiffe://company.internal.evil/ns/dev/sa/api",
        "spiffe://evil-company.internal/ns/dev/sa/api",
        "spiffe://partner.example/ns/dev/sa/api",
        "spiffe://evil/company.internal/ns/dev",
    ],
)
def test_who_only_looks_like_it_is_answered_403(spiffe_id: str) -> None:
    assert not is_permitted(authorizer(), spiffe_id)


def test_a_trust_domain_as_a_prefix_covers_all_of_its_workloads_and_no_other_domain() -> None:
    guard = authorizer()
    for spiffe_id in ("spiffe://partner.example", "spiffe://partner.example/any", API):
        assert is_permitted(guard, spiffe_id, "DELETE /orders/7")
    for spiffe_id in ("spiffe://partner.example.org/any", "spiffe://a.partner.example/any"):
        assert not is_permitted(guard, spiffe_id, "DELETE /orders/7")


def test_a_route_that_no_rule_names_is_open_to_nobody() -> None:
    for route in ("POST /whoami", "GET /whoami/more", "GET /", "GET /whoam", "GET /ORDERS/1"):
        assert not is_permitted(authorizer(), API, route)


def test_a_caller_without_any_rule_is_known_and_may_call_nothing() -> None:
    guard = authorizer()
    answer = guard.handle(event("spiffe://company.internal/ns/other"), None)
    [statement] = answer["policyDocument"]["Statement"]
    assert statement["Effect"] == "Deny"
    assert guard.last_record["reason"] == "route_not_permitted"


@given(path=PATHS, prefix=PATHS)
def test_a_prefix_covers_exactly_the_ids_that_continue_it_with_whole_segments(path: str, prefix: str) -> None:
    guard = authorizer([{"route": "GET /whoami", "prefixes": [f"spiffe://company.internal{prefix}"]}])
    expected = path.split("/")[: len(prefix.split("/"))] == prefix.split("/")
    assert is_permitted(guard, f"spiffe://company.internal{path}") == expected


@given(path=PATHS, other=PATHS)
def test_an_exact_id_covers_itself_alone(path: str, other: str) -> None:
    guard = authorizer([{"route": "GET /whoami", "spiffe_ids": [f"spiffe://company.internal{path}"]}])
    assert is_permitted(guard, f"spiffe://company.internal{other}") == (path == other)


BROKEN: dict[str, Any] = {
    "not JSON": "GET /whoami",
    "empty": "",
    "no list": {"route": "GET /whoami"},
    "no rule": [],
    "two documents": '[{"route": "GET /whoami", "prefixes": ["spiffe://a"]}], "more": []',
    "a rule that is a text": ["GET /whoami"],
    "no route": [{"prefixes": ["spiffe://company.internal"]}],
    "a route without a method": [{"route": "/whoami", "prefixes": ["spiffe://company.internal"]}],
    "a method in lower case": [{"route": "get /whoami", "prefixes": ["spiffe://company.internal"]}],
    "nobody": [{"route": "GET /whoami"}],
    "nobody in lists": [{"route": "GET /whoami", "spiffe_ids": [], "prefixes": []}],
    "a slip in a name": [{"route": "GET /whoami", "spiffe_id": [API]}],
    "a text for a list": [{"route": "GET /whoami", "spiffe_ids": API}],
    "no SPIFFE ID": [{"route": "GET /whoami", "spiffe_ids": ["company.internal/api"]}],
    "a slash at the end": [{"route": "GET /whoami", "prefixes": ["spiffe://company.internal/ns/"]}],
    "a wildcard": [{"route": "GET /whoami", "prefixes": ["spiffe://company.internal/ns/*"]}],
    "dots": [{"route": "GET /whoami", "prefixes": ["spiffe://company.internal/ns/.."]}],
    "a number": [{"route": "GET /whoami", "spiffe_ids": [7]}],
    "a member twice": '[{"route": "GET /whoami", "prefixes": ["spiffe://a"], "prefixes": ["spiffe://b"]}]',
    "one good and one bad": [*RULES, {"route": "GET /more"}],
}


@pytest.mark.parametrize("rules", BROKEN.values(), ids=BROKEN)
def test_rules_that_cannot_be_read_let_nobody_in(rules: Any) -> None:
    guard = authorizer(rules)
    assert guard.refuses(event(API)) == "provider_failed"
    assert "SettingsError" in guard.log[0]
    assert "spiffe://" not in guard.log[0]


def test_without_the_setting_nobody_is_let_in() -> None:
    given = {"environment": {}, "svid_verifier": Believer()}
    guard = Authorizer(load_chain(str(CHAIN), given))
    assert guard.refuses(event(API)) == "provider_failed"


def test_a_request_without_a_token_is_not_authenticated() -> None:
    guard = authorizer()
    assert guard.refuses({**event(API), "headers": {}, "multiValueHeaders": {}}) == "missing_token"
    assert guard.refuses(event("")) == "missing_token"


def test_two_tokens_are_none() -> None:
    sent = event(API)
    sent["multiValueHeaders"]["authorization"] = [f"Bearer {API}", "Bearer spiffe://company.internal/ns/dev"]
    assert authorizer().refuses(sent) == "ambiguous_header"


def test_the_chain_works_behind_a_token_authorizer_too() -> None:
    sent = {"type": "TOKEN", "authorizationToken": f"Bearer {API}", "methodArn": f"{STAGE_ARN}/GET/whoami"}
    assert authorizer().allows(sent)["principalId"] == API
