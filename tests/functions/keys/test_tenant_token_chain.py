"""The chain of `/data`: tokens of `POST /auth` and of nobody else, while their keys are in use."""

import json
from typing import Any

import pytest

from jwt_verification.base64url import decode, encode
from jwt_verification.hmac_key import HmacKey
from tests.functions.hostile_tokens import GoodToken, attacks, texts
from tests.functions.keys.world import DOWN, REQUEST_ID, SOURCE, Answer, World, event
from tests.functions.support import KEY, KEY_ID, NOW, OTHER_KEY, RAW_KEY, STAGE_ARN, make_token, without

NEXT_KEY_ID = "7c9e6679-7425-40de-944b-e07fc1f90002"


def claims_of(token: str) -> dict[str, Any]:
    return json.loads(decode(token.encode().split(b".")[1]))


def test_a_token_of_the_exchange_makes_its_customer_the_principal(world: World) -> None:
    key = world.create("acme")
    token = world.token(key)
    assert world.data(token) == {
        "principalId": "acme",
        "customer_id": "acme",
        "key_id": key.partition(".")[0],
        "token_id": claims_of(token)["jti"],
        "expires_at": str(claims_of(token)["exp"]),
    }


def test_the_policy_opens_the_data_routes_and_no_other(world: World) -> None:
    token = world.token(world.create())
    for method in ("GET", "PUT", "DELETE"):
        assert isinstance(world.data(token, method, "/data/some-row"), dict)
    assert isinstance(world.data(token, "POST"), dict)
    for method, resource in (("POST", "/admin/keys"), ("POST", "/auth"), ("GET", "/database"), ("PATCH", "/data")):
        answer = world.data(token, method, resource)
        assert isinstance(answer, Answer)
        assert answer.denial == "route_not_permitted"


def test_an_expired_token_is_answered_as_in_the_seed(world: World) -> None:
    token = world.token(world.create())
    world.advance(3_600)
    answer = world.data(token)
    assert isinstance(answer, Answer)
    assert (answer.status, answer.body) == (401, {"message": "Unauthorized: Token expired"})


def test_a_token_verifies_behind_a_token_authorizer_too(world: World) -> None:
    token = world.token(world.create("acme"))
    sent = {
        "type": "TOKEN",
        "authorizationToken": f"Bearer {token}",
        "methodArn": f"{STAGE_ARN}/GET/data",
    }
    assert world.data_authorizer.allows(sent)["principalId"] == "acme"


@pytest.fixture
def good(world: World) -> dict[str, Any]:
    """The claims of a good token of `acme`, whose key is in use; `acme-1` has one, too."""
    world.create("acme-1")
    return claims_of(world.token(world.create("acme")))


def signed(claims: dict[str, Any], *, key: HmacKey = KEY, **header: Any) -> str:
    return make_token({"alg": "HS256", "kid": KEY_ID, "typ": "JWT", **header}, claims, key=key)


@pytest.mark.parametrize(
    ("members", "reason"),
    [
        ({"customer_id": "acme-1"}, "malformed_claim"),
        ({"sub": "acme-1"}, "malformed_claim"),
        ({"sub": "acme-1", "customer_id": "acme-1"}, "token_revoked"),  # with the key of acme
        ({"customer_id": ["acme"]}, "malformed_claim"),
        ({"customer_id": "acme#1", "sub": "acme#1"}, "malformed_claim"),
        ({"customer_id": "", "sub": ""}, "malformed_claim"),
        ({"customer_id": "acm\u0435", "sub": "acm\u0435"}, "malformed_claim"),
        ({"key_id": "../../etc"}, "malformed_claim"),
        ({"key_id": None}, "malformed_claim"),
        ({"key_id": "a" * 32}, "token_revoked"),
        ({"jti": ""}, "malformed_claim"),
        ({"jti": 7}, "malformed_claim"),
        ({"jti": "a\nb"}, "malformed_claim"),
        ({"iss": "apigw-invoker"}, "wrong_issuer"),
        ({"aud": "hello-api"}, "wrong_audience"),
        ({"iat": NOW + 3_000}, "issued_in_the_future"),
        ({"exp": "never"}, "malformed_claim"),
    ],
)
def test_even_a_signed_token_must_be_of_the_form_in_which_we_issue_them(
    world: World, good: dict[str, Any], members: dict[str, Any], reason: str
) -> None:
    assert world.refused(signed({**good, **members})) == reason


@pytest.mark.parametrize("name", ["customer_id", "key_id", "jti", "iat", "sub", "exp", "iss", "aud"])
def test_every_claim_that_we_issue_is_required(world: World, good: dict[str, Any], name: str) -> None:
    assert isinstance(world.data(signed(good)), dict)
    assert world.refused(signed(without(good, name))) == "missing_claim"


def test_a_forged_customer_needs_the_signing_key(world: World, good: dict[str, Any]) -> None:
    token = signed(good)
    header, _, signature = token.split(".")
    forged = encode(json.dumps({**good, "customer_id": "acme-1", "sub": "acme-1"}).encode()).decode()
    assert world.refused(f"{header}.{forged}.{signature}") == "invalid_signature"
    assert world.refused(signed(good, key=OTHER_KEY)) == "invalid_signature"
    assert world.refused(signed(good, key=OTHER_KEY, kid="another-secret-s-version")) == "unknown_key"
    none = encode(json.dumps({"alg": "none", "kid": KEY_ID}).encode()).decode()
    assert world.refused(f"{none}.{forged}.") == "unsupported_algorithm"


def test_a_hostile_token_that_is_good_but_for_what_it_says_is_refused_and_recorded_for_its_reason(
    world: World, good: dict[str, Any]
) -> None:
    token = GoodToken(header={"alg": "HS256", "kid": KEY_ID, "typ": "JWT"}, claims=good, raw_key=RAW_KEY)
    assert isinstance(world.data(token.signed()), dict)
    for code, tokens in attacks(token).items():
        for what, hostile in texts(tokens).items():
            world.trail.records.clear()
            assert world.refused(hostile) == code, what
            assert [reason for _, _, reason in world.audited] == [code], what


def test_a_token_of_the_hello_system_is_none_of_this_one(world: World) -> None:
    assert world.refused(make_token()) in ("missing_claim", "wrong_issuer", "wrong_audience")


# Revocation: 30 s of cache in the world, and the clock stands still.


@pytest.mark.parametrize("whole_customer", [False, True])
def test_a_revocation_ends_tokens_within_the_age_of_the_cache(world: World, whole_customer: bool) -> None:
    key = world.create()
    token = world.token(key)
    world.data(token)
    world.revoke(key_id=None if whole_customer else key.partition(".")[0])
    world.advance(29.9)
    assert isinstance(world.data(token), dict)
    world.advance(0.1)
    assert world.refused(token) == "token_revoked"


def test_a_worker_that_has_not_seen_the_customer_refuses_at_once(world: World) -> None:
    key = world.create()
    token = world.token(key)
    world.revoke()
    assert world.refused(token) == "token_revoked"


def test_revoking_one_key_leaves_the_tokens_of_the_others(world: World) -> None:
    first, second = world.create(), world.create()
    tokens = world.token(first), world.token(second)
    world.revoke(key_id=first.partition(".")[0])
    world.advance(30)
    assert world.refused(tokens[0]) == "token_revoked"
    assert isinstance(world.data(tokens[1]), dict)


def test_a_token_issued_while_the_revocation_ran_ends_with_it(world: World) -> None:
    # The exchange has read the key as good; the revocation is written before the token is signed.
    key = world.create()
    write = world.trail.write

    def revoke_in_between(record: Any) -> None:
        write(record)
        if record["action"] == "exchange_key":
            world.trail.write = write
            world.revoke()

    world.trail.write = revoke_in_between
    token = world.token(key)
    world.advance(30)
    assert world.refused(token) == "token_revoked"


def test_the_first_token_of_a_new_key_is_let_in_by_a_worker_that_knows_the_customer_from_before(world: World) -> None:
    world.data(world.token(world.create()))
    world.advance(5)
    token = world.token(world.create())
    assert isinstance(world.data(token), dict)
    assert world.customer_reads == ["customer-123"] * 2


def test_keys_are_rotated_without_an_outage(world: World) -> None:
    old = world.create()
    old_token = world.token(old)
    new = world.create()
    for _ in range(50):
        world.advance(1)
        assert isinstance(world.data(old_token), dict)
        assert isinstance(world.data(world.token(new)), dict)
    world.revoke(key_id=old.partition(".")[0])
    for _ in range(50):
        world.advance(1)
        assert isinstance(world.data(world.token(new)), dict)
    assert world.refused(old_token) == "token_revoked"


def test_the_warm_path_reads_a_customer_once_in_thirty_seconds(world: World) -> None:
    token = world.token(world.create())
    for _ in range(100):
        world.data(token)
    assert world.customer_reads == ["customer-123"]
    world.advance(30)
    world.data(token)
    assert world.customer_reads == ["customer-123"] * 2


def test_an_old_token_of_a_revoked_key_does_not_cost_a_read_each(world: World) -> None:
    first, second = world.create(), world.create()
    token = world.token(first)
    world.revoke(key_id=first.partition(".")[0])
    world.advance(100)
    world.data(world.token(second))
    world.customer_reads.clear()
    for _ in range(100):
        assert world.refused(token) == "token_revoked"
    assert world.customer_reads == []


def test_where_nobody_knows_nobody_is_let_in_and_the_answer_is_not_kept(world: World) -> None:
    token = world.token(world.create())
    world.data(token)
    world.advance(30)
    world.customers_failure = DOWN
    answer = world.data(token)
    assert isinstance(answer, Answer)
    # Raised, not a policy: API Gateway would keep a policy until the TTL ends.
    assert (answer.denial, answer.body) == ("revocation_unknown", {"message": "Unauthorized"})
    world.customers_failure = None
    world.advance(1)
    assert isinstance(world.data(token), dict)


def test_a_dead_table_is_asked_once_in_a_second(world: World) -> None:
    token = world.token(world.create())
    world.customers_failure = DOWN
    for _ in range(100):
        assert world.refused(token) == "revocation_unknown"
    assert len(world.customer_reads) == 1


def test_what_is_known_stays_known_while_the_table_is_away(world: World) -> None:
    known, unknown = world.token(world.create("acme")), world.token(world.create("acme-1"))
    world.data(known)
    world.customers_failure = DOWN
    assert world.refused(unknown) == "revocation_unknown"
    assert isinstance(world.data(known), dict)


def test_denials_are_recorded_with_their_reason_and_without_the_token(world: World) -> None:
    token = world.token(world.create())
    world.advance(3_600)
    world.trail.records.clear()
    assert world.refused(token) == "token_expired"
    [record] = world.trail.records
    assert (record["action"], record["outcome"], record["reason"]) == ("use_token", "denied", "token_expired")
    assert (record["source"], record["request_id"]) == (SOURCE, REQUEST_ID)
    assert token not in repr((record, world.data_authorizer.log))


def test_an_allowed_request_is_not_recorded(world: World) -> None:
    token = world.token(world.create())
    world.trail.records.clear()
    world.data(token)
    assert not world.trail.records


@pytest.mark.parametrize("headers", [{}, {"Authorization": ""}, {"Authorization": "Basic YTpi"}])
def test_a_request_without_a_bearer_token_is_denied(world: World, headers: dict[str, str]) -> None:
    from tests.functions.keys.world import authorization

    answer = authorization(world.data_authorizer, event("GET", "/data", headers=headers))
    assert isinstance(answer, Answer)
    assert answer.status == 401


# Rotation of the signing key and of the admin key while both are in use.


def test_rotating_the_signing_key_under_load_refuses_no_token_and_the_old_ones_end(world: World) -> None:
    key = world.create()
    tokens = [world.token(key)]
    for rotation in (2, 3):
        world.rotate_signing_key(rotation)
        for _ in range(90):
            world.advance(1)
            tokens.append(world.token(key))
            assert isinstance(world.data(tokens[-1]), dict)
        if rotation == 2:
            assert all(isinstance(world.data(token), dict) for token in tokens)
    assert len({json.loads(decode(token.encode().split(b".")[0]))["kid"] for token in tokens}) == 3
    world.advance(300)
    assert world.refused(tokens[0]) == "unknown_key"
    assert isinstance(world.data(tokens[-1]), dict)


def test_the_newest_key_signs_within_a_minute_of_a_rotation(world: World) -> None:
    key = world.create()
    world.token(key)
    world.rotate_signing_key(2)
    world.advance(60)
    header = json.loads(decode(world.token(key).encode().split(b".")[0]))
    assert header["kid"] == NEXT_KEY_ID
