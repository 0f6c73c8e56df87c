"""`POST /auth`, chain and function together: the seed's contract, hostile keys, lock-outs, and what goes wrong."""

import json
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from api_keys.key_text import new_key
from audit_trail.trail import AuditUnavailable
from jwt_verification.base64url import decode
from secret_store.errors import SecretUnavailable
from tests.functions.keys.world import (
    AUDIENCE,
    DOWN,
    INVALID,
    ISSUER,
    ORIGIN,
    OTHER_SOURCE,
    SOURCE,
    Answer,
    World,
    authorization,
    event,
)
from tests.functions.support import KEY_ID, LAMBDA_CONTEXT, NOW

DAY = 86_400


def parts_of(token: str) -> tuple[dict[str, Any], dict[str, Any]]:
    header, payload, _ = token.encode().split(b".")
    return json.loads(decode(header)), json.loads(decode(payload))


def test_a_good_key_gets_a_token_as_in_the_seed(world: World) -> None:
    key = world.create()
    answer = world.auth(key)
    assert answer.status == 200
    assert answer.body == {"token": answer.body["token"], "expires_in": 3600}
    header, claims = parts_of(answer.body["token"])
    assert header == {"alg": "HS256", "kid": KEY_ID, "typ": "JWT"}
    assert claims == {
        "iss": ISSUER,
        "aud": AUDIENCE,
        "sub": "customer-123",
        "customer_id": "customer-123",
        "key_id": key.partition(".")[0],
        "iat": NOW,
        "exp": NOW + 3600,
        "jti": claims["jti"],
    }
    assert answer.headers["Cache-Control"] == "no-store"


def test_every_token_has_an_id_of_its_own(world: World) -> None:
    key = world.create()
    assert len({parts_of(world.token(key))[1]["jti"] for _ in range(20)}) == 20


def test_the_header_does_as_well_as_the_body(world: World) -> None:
    key = world.create()
    answer = world.auth_by_header(key)
    assert (answer.status, answer.body["expires_in"]) == (200, 3600)
    assert parts_of(answer.body["token"])[1]["key_id"] == key.partition(".")[0]
    assert isinstance(world.data(answer.body["token"]), dict)


def test_the_key_in_the_header_is_the_one_that_counts(world: World) -> None:
    good, other = world.create("acme"), world.create("acme-1")
    answer = world.auth(other, headers={"X-API-Key": good})
    assert parts_of(answer.body["token"])[1]["customer_id"] == "acme"
    assert world.auth(good, headers={"X-API-Key": other[:-1] + "_"}).body == INVALID


def test_a_token_ends_with_its_key_at_the_latest(world: World) -> None:
    key = world.create(expires_in_days=1)
    world.advance(DAY - 100)
    for answer in (world.auth(key), world.auth_by_header(key)):
        assert answer.body["expires_in"] == 100
    world.advance(100)
    assert (world.auth(key).body, world.auth_by_header(key).body) == (INVALID, INVALID)


def test_an_exchange_is_one_read_and_no_write(world: World) -> None:
    key = world.create()
    key_id = key.partition(".")[0]
    world.auth(key)
    assert world.exchange_store.reads == [
        (None, (f"SOURCE#{SOURCE}",)),  # by the chain: the source's count, eventually consistent
        (key_id, (f"KEY#{key_id}",)),
    ]
    world.exchange_store.reads.clear()
    world.auth_by_header(key)
    assert world.exchange_store.reads == [(key_id, (f"SOURCE#{SOURCE}", f"KEY#{key_id}"))]
    assert not world.exchange_store.counts


def wrong_keys(good: str, other: str) -> dict[str, Any]:
    """Keys that are near a good one, or far from any."""
    key_id, _, secret = good.partition(".")
    other_id, _, other_secret = other.partition(".")
    return {
        "the secret of another tenant's key": f"{key_id}.{other_secret}",
        "the id of another tenant's key": f"{other_id}.{secret}",
        "truncated by one": good[:-1],
        "truncated to the id": key_id,
        "without a secret": f"{key_id}.",
        "without an id": f".{secret}",
        "one character longer": good + "A",
        "last character changed": good[:-1] + ("A" if good[-1] != "A" else "B"),
        "unused bits set": good[:-1] + chr(ord(good[-1]) + 1),
        "a second dot": f"{key_id}.{secret[:20]}.{secret[21:]}",
        "dots only": "." * 76,
        "dot moved": good.replace(".", "") + ".",
        "id in upper case": key_id.upper() + good[32:],
        "padded": good + "=",
        "spaces around": f" {good} ",
        "a line end": good + "\n",
        "a null character": good + "\x00",
        "full-width characters": "".join(chr(ord(character) + 0xFEE0) for character in good),
        "a combining mark": good[:-1] + "\u0301",
        "right-to-left": "\u202e" + good[1:],
        "empty": "",
        "another key entirely": new_key().text,
        "json": '{"S": "x"}',
        "sql": "' OR '1'='1" * 6,
        "the digest's hexadecimal": f"{key_id}.{'0' * 43}",
        "a long key": "a" * 3_000,
    }


def keys_without_their_own() -> list[str]:
    return sorted(wrong_keys(new_key().text, new_key().text))


@pytest.mark.parametrize("what", keys_without_their_own())
def test_a_wrong_key_is_answered_like_every_other(world: World, what: str) -> None:
    key = wrong_keys(world.create("acme"), world.create("acme-1"))[what]
    answer = world.auth(key)
    assert (answer.status, answer.body) == (401, INVALID)
    assert set(answer.headers) == set(world.auth(new_key().text).headers)
    if key.isascii() and key.isprintable():
        assert world.auth_by_header(key).body == INVALID


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


def test_a_revoked_key_and_a_revoked_customer_get_no_token(world: World) -> None:
    first, second = world.create(), world.create()
    world.revoke(key_id=first.partition(".")[0])
    assert world.auth(first).body == INVALID
    assert world.auth(second).status == 200
    world.revoke()
    assert world.auth(second).body == INVALID
    assert world.auth_by_header(second).body == INVALID


# Lock-outs: the world locks a source out after 6 failures and a key id after 4, for 300 s.


def test_a_source_is_locked_out_after_repeated_failures_and_let_in_again(world: World) -> None:
    key = world.create()
    for _ in range(6):
        assert world.auth(new_key().text).status == 401
    locked = world.auth(key)
    assert (locked.status, locked.headers["Retry-After"]) == (429, "300")
    assert locked.headers["Access-Control-Allow-Origin"] == ORIGIN
    assert world.auth_by_header(key).status == 429
    assert world.auth(key, source=OTHER_SOURCE).status == 200
    world.advance(299)
    assert world.auth(key).headers["Retry-After"] == "1"
    world.advance(1)
    assert world.auth(key).status == 200


def test_a_key_id_is_locked_out_whatever_the_sources(world: World) -> None:
    key = world.create()
    wrong = key.partition(".")[0] + "." + new_key().text.partition(".")[2]
    for number in range(4):
        assert world.auth(wrong, source=f"203.0.113.{number}").status == 401
    assert world.auth(key).status == 429
    assert world.auth_by_header(key).status == 429
    assert world.auth(world.create()).status == 200
    world.advance(300)
    assert world.auth(key).status == 200


def test_success_takes_nothing_off_a_count(world: World) -> None:
    key = world.create()
    for _ in range(6):
        assert world.auth(new_key().text).status == 401
        world.auth(key)
    assert world.auth(key).status == 429


def test_failures_far_apart_do_not_add_up(world: World) -> None:
    key = world.create()
    for _ in range(20):
        assert world.auth(new_key().text).status == 401
        world.advance(300)
    assert world.auth(key).status == 200


def test_attempts_during_a_lock_out_are_not_looked_at_and_do_not_prolong_it(world: World) -> None:
    for _ in range(6):
        world.auth(new_key().text)
    world.exchange_store.reads.clear()
    world.advance(200)
    for _ in range(10):
        assert world.auth(new_key().text).status == 429
    assert all(key_id is None for key_id, _ in world.exchange_store.reads)
    world.advance(100)
    assert world.auth(world.create()).status == 200


@pytest.mark.parametrize("by_header", [False, True])
def test_no_header_moves_a_caller_out_of_a_lock_out(world: World, by_header: bool) -> None:
    key = world.create()
    for number in range(12):
        claims = {
            "X-Forwarded-For": f"203.0.113.{number}",
            "X-Real-IP": f"203.0.113.{number}",
            "Forwarded": f"for=203.0.113.{number}",
            "CF-Connecting-IP": f"203.0.113.{number}",
        }
        if by_header:
            world.auth(headers={**claims, "X-API-Key": new_key().text})
        else:
            world.auth(new_key().text, headers=claims)
    assert world.auth(key, headers={"X-Forwarded-For": "203.0.113.99"}).status == 429
    sources = [name for name in world.exchange_store.counts if name.startswith("SOURCE#")]
    assert sources == [f"SOURCE#{SOURCE}"]


def test_addresses_of_one_ipv6_network_are_one_source(world: World) -> None:
    key = world.create()
    for number in range(6):
        assert world.auth(new_key().text, source=f"2001:db8:1:2::{number}").status == 401
    assert world.auth(key, source="2001:db8:1:2:ffff:ffff:ffff:ffff").status == 429
    assert world.auth(key, source="2001:db8:1:3::1").status == 200


def test_an_ipv4_address_in_ipv6_form_is_the_same_source(world: World) -> None:
    key = world.create()
    for _ in range(6):
        world.auth(new_key().text, source=f"::ffff:{SOURCE}")
    assert world.auth(key).status == 429
    assert world.auth(key, source=f"::ffff:{OTHER_SOURCE}").status == 200


def test_two_different_keys_in_the_header_are_refused_without_being_tried(world: World) -> None:
    key = world.create()
    sent = event("POST", "/auth", headers={"X-API-Key": key})
    sent["multiValueHeaders"]["X-API-Key"] = [new_key().text, key]
    answer = world.call(world.exchange_authorizer, world.exchange_function, sent)
    assert (answer.status, answer.body) == (401, INVALID)
    assert world.exchange_store.reads[-1] == (None, (f"SOURCE#{SOURCE}",))


# What goes wrong: closed, and 503 with Retry-After.


def test_without_the_counts_of_failures_nobody_may_try(world: World) -> None:
    key = world.create()
    world.exchange_store.failure = DOWN
    for answer in (world.auth(key), world.auth_by_header(key), world.auth(new_key().text)):
        assert (answer.status, answer.headers["Retry-After"]) == (503, "1")
    assert "token" not in repr(answer.body)


def test_a_guess_that_cannot_be_counted_is_not_answered(world: World) -> None:
    key = world.create()
    world.exchange_store.counting_failure = DOWN
    assert world.auth(new_key().text).status == 503
    assert world.auth_by_header(new_key().text).status == 503
    assert world.auth(key).status == 200


def test_without_a_signing_key_there_is_no_token(world: World) -> None:
    key = world.create()
    world.secrets.failure = SecretUnavailable("down")
    answer = world.auth(key)
    assert (answer.status, answer.headers["Retry-After"]) == (503, "1")


def test_a_token_that_cannot_be_recorded_is_not_issued(world: World) -> None:
    key = world.create()
    world.trail.failures = [AuditUnavailable("down")]
    answer = world.auth(key)
    assert (answer.status, "token" in answer.body) == (503, False)
    assert world.metrics("KeyExchanges")[-1]["reason"] == "audit_unavailable"


def test_a_denial_that_cannot_be_recorded_stays_one_and_goes_to_the_log(world: World) -> None:
    world.trail.failures = [AuditUnavailable("down")]
    assert world.auth(new_key().text).status == 401
    assert world.auth(new_key().text).status == 401
    lost = world.metrics("AuditRecordsLost")
    assert [line["record"]["reason"] for line in lost] == ["unknown_api_key"] * 2
    assert not world.trail.records
    world.advance(5)
    world.auth(new_key().text)
    assert world.audited == [("exchange_key", "denied", "unknown_api_key")]


def test_exchanges_and_denials_are_recorded_with_why_and_whose_but_no_secret(world: World) -> None:
    key = world.create()
    key_id, _, secret = key.partition(".")
    wrong_secret = new_key().text.partition(".")[2]
    token = world.token(key)
    world.auth(f"{key_id}.{wrong_secret}")
    world.auth_by_header("nonsense")
    world.revoke(key_id=key_id)
    world.auth(key)
    exchanges = [record for record in world.trail.records if record["action"] == "exchange_key"]
    assert [(record["outcome"], record["reason"]) for record in exchanges] == [
        ("succeeded", ""),
        ("denied", "wrong_api_key_secret"),
        ("denied", "malformed_api_key"),
        ("denied", "revoked_api_key"),
    ]
    assert (exchanges[0]["customer_id"], exchanges[0]["key_id"]) == ("customer-123", key_id)
    assert exchanges[0]["token_id"] == parts_of(token)[1]["jti"]
    assert (exchanges[1]["key_id"], exchanges[1]["claimed_key_id"]) == ("", key_id)
    assert {record["source"] for record in exchanges} == {SOURCE}
    everything = repr((world.trail.records, world.log, world.exchange_authorizer.log))
    assert not any(text in everything for text in (secret, wrong_secret, token, "nonsense"))


def test_exchanges_denials_and_lock_outs_are_counted(world: World) -> None:
    key = world.create()
    world.token(key)
    wrong = key.partition(".")[0] + "." + new_key().text.partition(".")[2]
    for _ in range(7):
        world.auth(wrong)
    counted = [(line["outcome"], line["reason"]) for line in world.metrics("KeyExchanges")]
    assert counted[:5] == [("succeeded", "good_key"), *[("denied", "wrong_api_key_secret")] * 4]
    assert counted[5:] == [("denied", "key_locked_out")] * 3
    assert [line["kind"] for line in world.metrics("LockOuts")] == ["key"]
    [directive] = world.metrics("KeyExchanges")[0]["_aws"]["CloudWatchMetrics"]
    assert directive["Dimensions"] == [[], ["outcome"], ["outcome", "reason"]]


def test_a_defect_is_told_to_nobody_but_the_log(world: World) -> None:
    key = world.create()
    world.exchange_store.failure = RuntimeError("secret detail")
    sent = event("POST", "/auth", body={"api_key": key})
    sent["requestContext"]["authorizer"] = {"principalId": "key-exchange", "exchange": "permitted"}
    answer = world.exchange_function(sent, LAMBDA_CONTEXT)
    assert (answer["statusCode"], json.loads(answer["body"])) == (500, {"error": "Internal server error"})
    assert "secret detail" not in repr(world.log)
