"""Lock-outs of `POST /auth`: the world locks a source out after 6 failures and a key id after 4, for 300 seconds."""

import pytest

from api_keys.key_text import new_key
from api_keys.recent_attempts import RecentAttempts
from tests.functions.keys.world import INVALID, ORIGIN, OTHER_SOURCE, SOURCE, World, event
from tests.functions.support import LAMBDA_CONTEXT, NOW


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


def new_worker(world: World) -> None:
    """What Lambda does at any time: the next guard has seen no attempt."""
    world.exchange_authorizer = world.authorizer("key_exchange")


def test_the_guard_reads_before_the_key_from_the_attempt_that_could_be_locked_out(world: World) -> None:
    key = world.create()
    key_id = key.partition(".")[0]
    together, apart = (key_id, (f"SOURCE#{SOURCE}", f"KEY#{key_id}")), (key_id, (f"KEY#{key_id}",))
    for _ in range(8):
        assert world.auth(key).status == 200
    assert world.exchange_store.reads == [*[together] * 6, *[(None, (f"SOURCE#{SOURCE}",)), apart] * 2]
    world.exchange_store.reads.clear()
    world.auth(key, source=OTHER_SOURCE)
    world.advance(300)
    world.auth(key)
    assert len(world.exchange_store.reads) == 2


def test_a_worker_that_has_seen_nothing_lets_nobody_out_of_a_lock_out(world: World) -> None:
    key = world.create()
    for _ in range(6):
        world.auth(new_key().text)
        new_worker(world)
    assert world.auth(key).status == 429
    new_worker(world)
    assert world.auth_by_header(key).status == 429
    new_worker(world)
    assert world.auth("malformed").status == 429
    assert world.auth(key, source=OTHER_SOURCE).status == 200


@pytest.mark.parametrize("claimed", [None, "", "True", "false", "1", "yes"])
def test_a_source_counts_as_read_only_where_the_guard_says_so(world: World, claimed: str | None) -> None:
    key = world.create()
    for _ in range(6):
        world.auth(new_key().text)
    sent = event("POST", "/auth", body={"api_key": key})
    context = {} if claimed is None else {"source_is_open": claimed}
    sent["requestContext"]["authorizer"] = {"principalId": "key-exchange", "exchange": "permitted", **context}
    assert world.exchange_function(sent, LAMBDA_CONTEXT)["statusCode"] == 429


def test_sources_that_are_remembered_are_bounded_and_the_last_ones_stay() -> None:
    attempts = RecentAttempts(window_seconds=300, maximum_sources=3)
    for number in range(10):
        assert attempts.before(f"SOURCE#192.0.2.{number}", now=NOW) == 0
    assert len(attempts) == 3
    assert attempts.before("SOURCE#192.0.2.9", now=NOW + 299) == 1
    assert attempts.before("SOURCE#192.0.2.9", now=NOW + 299 + 300) == 0
