"""`refreshing_key_source`: what is fetched when, counted; floods, failures, recovery and threads."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from jwt_verification.errors import UnknownKey
from jwt_verification.jwk import JwkRules
from jwt_verification.jwk_set import KeySet, key_set_of, parse_jwk_set
from jwt_verification.key_set_errors import KeySetError, KeySetMalformed, KeySetTooSlow, KeySetUnreachable
from jwt_verification.key_set_fetcher import InMemoryKeySets
from jwt_verification.refreshing_key_source import (
    COOL_DOWN_SECONDS,
    GRACE_SECONDS,
    MAXIMUM_AGE_SECONDS,
    RETRY_SECONDS,
    RefreshingKeySource,
    jwks_key_source,
)
from tests.functions.issuer import KEY_ID, URL, jwk_set, private_key, public_jwk
from tests.functions.support import Clock

RULES = JwkRules(algorithms=["ES256"])
FIRST = public_jwk("ES256")
SECOND = public_jwk("ES256", key=private_key("P-256", 1), kid="2026-02")


class Issuer:
    """A key source on a fake issuer and a clock that stands still."""

    def __init__(self, **arguments: Any) -> None:
        self.clock = Clock(0)
        self.fetcher = InMemoryKeySets({URL: jwk_set(FIRST)})
        self.keys = jwks_key_source(URL, rules=RULES, fetcher=self.fetcher, clock=self.clock, **arguments)

    def publishes(self, document: bytes | KeySetError) -> None:
        self.fetcher.documents[URL] = document

    def knows(self, key_id: str) -> bool:
        try:
            return self.keys.key_for(key_id, "ES256").algorithm == "ES256"
        except UnknownKey:
            return False

    @property
    def fetches(self) -> int:
        return len(self.fetcher.requests)


@pytest.fixture
def issuer() -> Issuer:
    return Issuer()


def test_nothing_is_fetched_before_the_first_token_and_once_for_all_that_follow(issuer: Issuer) -> None:
    assert issuer.fetches == 0
    assert all(issuer.knows(KEY_ID) for _ in range(1_000))
    assert issuer.fetches == 1
    assert set(issuer.fetcher.requests) == {URL}


def test_a_thousand_invented_ids_cause_exactly_one_fetch(issuer: Issuer) -> None:
    assert issuer.knows(KEY_ID)
    issuer.clock.now += COOL_DOWN_SECONDS
    assert not any(issuer.knows(f"invented-{number}") for number in range(1_000))
    assert issuer.fetches == 2
    assert issuer.knows(KEY_ID)


def test_a_thousand_invented_ids_before_any_good_one_cause_exactly_one_fetch(issuer: Issuer) -> None:
    assert not any(issuer.knows(f"invented-{number}") for number in range(1_000))
    assert issuer.fetches == 1


def test_a_flood_that_goes_on_causes_one_fetch_per_cool_down(issuer: Issuer) -> None:
    for _ in range(60):
        assert not issuer.knows("invented")
        issuer.clock.now += 1
    assert issuer.fetches == 60 / COOL_DOWN_SECONDS


def test_a_new_key_is_found_at_once_after_the_cool_down_even_under_a_flood(issuer: Issuer) -> None:
    assert issuer.knows(KEY_ID)
    issuer.publishes(jwk_set(FIRST, SECOND))
    issuer.clock.now += COOL_DOWN_SECONDS - 1
    assert not issuer.knows("2026-02"), "within the cool-down"
    issuer.clock.now += 1
    assert not issuer.knows("invented"), "uses the one fetch up, and it brings the new key for everyone"
    assert issuer.knows("2026-02")
    assert issuer.fetches == 2


def test_a_key_that_the_issuer_withdraws_is_good_for_the_maximum_age_and_no_longer(issuer: Issuer) -> None:
    assert issuer.knows(KEY_ID)
    issuer.publishes(jwk_set(SECOND))
    issuer.clock.now += MAXIMUM_AGE_SECONDS - 1
    assert issuer.knows(KEY_ID)
    issuer.clock.now += 1
    assert not issuer.knows(KEY_ID)
    assert issuer.knows("2026-02")


def test_an_issuer_that_says_it_has_no_keys_is_believed(issuer: Issuer) -> None:
    assert issuer.knows(KEY_ID)
    issuer.publishes(jwk_set())
    issuer.clock.now += MAXIMUM_AGE_SECONDS
    assert not issuer.knows(KEY_ID)


@pytest.mark.parametrize("failure", [KeySetUnreachable("down"), KeySetTooSlow("slow"), b"<html>maintenance</html>"])
def test_while_the_issuer_is_down_the_last_good_set_serves_for_a_bounded_time(
    issuer: Issuer, failure: bytes | KeySetError
) -> None:
    assert issuer.knows(KEY_ID)
    issuer.publishes(failure)
    issuer.clock.now += MAXIMUM_AGE_SECONDS
    assert issuer.knows(KEY_ID)
    issuer.clock.now += GRACE_SECONDS - 1
    assert issuer.knows(KEY_ID)
    issuer.clock.now += 1
    expected = type(failure) if isinstance(failure, KeySetError) else KeySetMalformed
    with pytest.raises(expected):
        issuer.knows(KEY_ID)
    issuer.publishes(jwk_set(SECOND))
    issuer.clock.now += RETRY_SECONDS
    assert issuer.knows("2026-02"), "up again: no restart is needed"
    assert not issuer.knows(KEY_ID)


def test_an_issuer_that_is_down_is_asked_once_per_retry_time(issuer: Issuer) -> None:
    issuer.publishes(KeySetUnreachable("down"))
    for _ in range(1_000):
        with pytest.raises(KeySetUnreachable, match="down"):
            issuer.knows(KEY_ID)
    assert issuer.fetches == 1
    issuer.clock.now += RETRY_SECONDS
    issuer.publishes(jwk_set(FIRST))
    assert issuer.knows(KEY_ID)
    assert issuer.fetches == 2


def test_a_stale_set_and_an_unknown_id_together_cause_one_fetch(issuer: Issuer) -> None:
    assert issuer.knows(KEY_ID)
    issuer.publishes(KeySetUnreachable("down"))
    issuer.clock.now += MAXIMUM_AGE_SECONDS
    assert not any(issuer.knows(f"invented-{number}") for number in range(1_000))
    assert issuer.fetches == 2


def test_keys_are_loaded_ahead_of_need_and_a_failure_is_told_and_leaves_what_is_held(issuer: Issuer) -> None:
    assert issuer.keys.seconds_until_stale() == 0
    issuer.keys.refresh()
    assert (issuer.fetches, issuer.keys.seconds_until_stale()) == (1, MAXIMUM_AGE_SECONDS)
    issuer.publishes(jwk_set(SECOND))
    issuer.clock.now += 1
    assert issuer.knows(KEY_ID)
    issuer.keys.refresh()
    assert issuer.knows("2026-02")
    issuer.publishes(KeySetTooSlow("slow"))
    issuer.clock.now += 1
    for _ in range(2):
        with pytest.raises(KeySetTooSlow, match="slow"):
            issuer.keys.refresh()
    assert issuer.knows("2026-02")
    assert issuer.keys.seconds_until_stale() == MAXIMUM_AGE_SECONDS - 1
    assert issuer.fetches == 4, "a refresh is never kept from loading, and tokens cause none beside it"
    assert not issuer.knows("invented"), "within the cool-down of the refresh"
    assert issuer.fetches == 4


def test_an_error_that_the_port_does_not_name_is_not_swallowed_and_not_repeated_at_will() -> None:
    calls: list[None] = []

    def load() -> KeySet:
        calls.append(None)
        raise ZeroDivisionError

    keys = RefreshingKeySource(load, clock=Clock(0))
    with pytest.raises(ZeroDivisionError):
        keys.key_for(KEY_ID, "ES256")
    with pytest.raises(KeySetError, match="no key set has been loaded"):
        keys.key_for(KEY_ID, "ES256")
    assert len(calls) == 1


def test_the_failure_that_is_told_holds_no_frame_of_the_request_that_met_it(issuer: Issuer) -> None:
    issuer.publishes(KeySetUnreachable("down"))
    caught: list[BaseException] = []
    for _ in range(2):
        with pytest.raises(KeySetUnreachable) as information:
            issuer.knows(KEY_ID)
        caught.append(information.value)
    assert caught[0] is not caught[1]
    assert caught[1].__context__ is None


@pytest.mark.parametrize(
    ("hint", "expected"),
    [
        (None, MAXIMUM_AGE_SECONDS),
        (60, 60),
        (0, COOL_DOWN_SECONDS),
        (-5, COOL_DOWN_SECONDS),
        (10**9, MAXIMUM_AGE_SECONDS),
    ],
)
def test_the_issuers_refresh_hint_shortens_the_age_and_never_lengthens_it(hint: float | None, expected: float) -> None:
    clock, calls = Clock(0), list[None]()

    def load() -> KeySet:
        calls.append(None)
        return key_set_of({"keys": [FIRST]}, RULES, refresh_hint_seconds=hint)

    keys = RefreshingKeySource(load, clock=clock)
    for now, loads in ((0, 1), (expected - 1, 1), (expected, 2)):
        clock.now = now
        keys.key_for(KEY_ID, "ES256")
        assert len(calls) == loads


@pytest.mark.parametrize(
    "times",
    [
        {"maximum_age_seconds": 1},
        {"maximum_age_seconds": float("nan")},
        {"retry_seconds": 0},
        {"grace_seconds": -1},
        {"cool_down_seconds": -1},
    ],
)
def test_times_that_make_no_sense_are_refused(times: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="times are positive"):
        RefreshingKeySource(lambda: parse_jwk_set(b"", RULES), **times)


class HeldUp:
    """A `load` that every thread but the test waits for; it counts how many are in it at once."""

    def __init__(self) -> None:
        self.entered = threading.Event()
        self.release = threading.Event()
        self.calls = 0
        self.inside = 0
        self.most_inside = 0
        self.answer: Callable[[], KeySet] = lambda: parse_jwk_set(jwk_set(FIRST), RULES)

    def __call__(self) -> KeySet:
        self.calls += 1
        self.inside += 1
        self.most_inside = max(self.most_inside, self.inside)
        self.entered.set()
        try:
            assert self.release.wait(30)
            return self.answer()
        finally:
            self.inside -= 1


def test_many_threads_at_once_wait_for_one_fetch() -> None:
    load = HeldUp()
    keys = RefreshingKeySource(load, clock=Clock(0))
    with ThreadPoolExecutor(32) as pool:
        found = [pool.submit(keys.key_for, KEY_ID, "ES256") for _ in range(200)]
        assert load.entered.wait(30)
        load.release.set()
        assert len({id(future.result(30)) for future in found}) == 1
    assert (load.calls, load.most_inside) == (1, 1)


def test_many_threads_with_invented_ids_cause_one_fetch() -> None:
    load, clock = HeldUp(), Clock(0)
    keys = RefreshingKeySource(load, clock=clock)
    load.release.set()
    keys.key_for(KEY_ID, "ES256")
    load.release.clear()
    load.entered.clear()
    clock.now += COOL_DOWN_SECONDS

    def refused(number: int) -> bool:
        try:
            keys.key_for(f"invented-{number}", "ES256")
        except UnknownKey:
            return True
        return False

    with ThreadPoolExecutor(32) as pool:
        answers = [pool.submit(refused, number) for number in range(1_000)]
        assert load.entered.wait(30)
        load.release.set()
        assert all(answer.result(30) for answer in answers)
    assert (load.calls, load.most_inside) == (2, 1)


def test_while_one_thread_renews_a_set_the_others_go_on_with_the_one_that_is_held() -> None:
    load, clock = HeldUp(), Clock(0)
    keys = RefreshingKeySource(load, clock=clock)
    load.release.set()
    held = keys.key_for(KEY_ID, "ES256")
    load.release.clear()
    load.entered.clear()
    clock.now += MAXIMUM_AGE_SECONDS
    with ThreadPoolExecutor(1) as pool:
        renewing = pool.submit(keys.key_for, KEY_ID, "ES256")
        assert load.entered.wait(30)
        assert keys.key_for(KEY_ID, "ES256") is held, "returns while the other thread is still in `load`"
        assert not renewing.done()
        load.release.set()
        assert renewing.result(30) is not held
    assert load.calls == 2


def test_threads_that_waited_for_a_fetch_that_failed_fail_with_it_and_do_not_repeat_it() -> None:
    load = HeldUp()
    load.answer = lambda: (_ for _ in ()).throw(KeySetTooSlow("slow"))
    keys = RefreshingKeySource(load, clock=Clock(0))
    with ThreadPoolExecutor(16) as pool:
        answers = [pool.submit(keys.key_for, KEY_ID, "ES256") for _ in range(100)]
        assert load.entered.wait(30)
        load.release.set()
        assert {type(answer.exception(30)) for answer in answers} == {KeySetTooSlow}
    assert load.calls == 1
