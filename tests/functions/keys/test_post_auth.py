"""`POST /auth`, chain and function together: the seed's contract, and keys that are not good."""

from typing import Any

import pytest

from api_keys.key_text import new_key
from tests.functions.keys.world import AUDIENCE, INVALID, ISSUER, SOURCE, World, parts_of
from tests.functions.support import KEY_ID, NOW

DAY = 86_400


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
    world.auth_by_header(key)
    assert world.exchange_store.reads == [(key_id, (f"SOURCE#{SOURCE}", f"KEY#{key_id}"))] * 2
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


def test_a_revoked_key_and_a_revoked_customer_get_no_token(world: World) -> None:
    first, second = world.create(), world.create()
    world.revoke(key_id=first.partition(".")[0])
    assert world.auth(first).body == INVALID
    assert world.auth(second).status == 200
    world.revoke()
    assert world.auth(second).body == INVALID
    assert world.auth_by_header(second).body == INVALID
