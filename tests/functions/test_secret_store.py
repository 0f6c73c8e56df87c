"""`secret_store`: the cache, the key ring through a rotation, and what counts as a signing key."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest

from jwt_verification.base64url import decode
from jwt_verification.errors import UnknownKey
from secret_store.cached_value import CachedValue
from secret_store.errors import SecretError, SecretUnavailable, SecretUnusable, SecretVersionMissing
from secret_store.in_memory_source import InMemorySecrets
from secret_store.secret_source import SecretVersion, secret_source
from secret_store.signing_key import PLACEHOLDER, new_signing_key_value, signing_key_in
from secret_store.signing_key_ring import (
    COOL_DOWN_SECONDS,
    GRACE_SECONDS,
    MAXIMUM_AGE_SECONDS,
    RETRY_SECONDS,
    SigningKeyRing,
)
from tests.functions.support import KEY_ID, RAW_KEY, SECRET_ARN, Clock, signing_key_version

NEXT_ID = "7c9e6679-7425-40de-944b-e07fc1f90ae7"
LAST_ID = "16fd2706-8baf-433b-82eb-8c7fada847da"
CURRENT, PREVIOUS = (SECRET_ARN, "AWSCURRENT"), (SECRET_ARN, "AWSPREVIOUS")


class Ring:
    """A key ring on a fake source and a clock that stands still."""

    def __init__(self, version: SecretVersion | None = None) -> None:
        self.secrets = InMemorySecrets({CURRENT: version or signing_key_version()})
        self.clock = Clock(0)
        self.keys = SigningKeyRing(source=self.secrets, secret_id=SECRET_ARN, clock=self.clock)

    def knows(self, key_id: str | None) -> bool:
        try:
            self.keys.key_for(key_id, "HS256")
        except UnknownKey:
            return False
        return True

    def rotate(self, key_id: str) -> None:
        self.secrets.rotate(SECRET_ARN, signing_key_version(key_id, key_id.encode()))


def test_nothing_is_read_before_the_first_token() -> None:
    assert Ring().secrets.reads == []


def test_one_read_serves_every_token_of_the_current_key() -> None:
    ring = Ring()
    assert all(ring.knows(KEY_ID) for _ in range(1_000))
    assert ring.secrets.reads == [CURRENT]


def test_a_rotation_shows_at_the_first_token_of_the_new_key() -> None:
    ring = Ring()
    assert ring.knows(KEY_ID)
    ring.rotate(NEXT_ID)
    assert ring.knows(NEXT_ID)


def test_tokens_of_the_previous_key_verify_until_the_next_rotation() -> None:
    ring = Ring()
    assert ring.knows(KEY_ID)
    ring.rotate(NEXT_ID)
    assert ring.knows(NEXT_ID)
    assert ring.knows(KEY_ID), "at once, not after the cool-down"
    ring.rotate(LAST_ID)
    ring.clock.now += MAXIMUM_AGE_SECONDS
    assert [ring.knows(key_id) for key_id in (LAST_ID, NEXT_ID, KEY_ID)] == [True, True, False]


def test_a_rotation_that_the_age_of_the_key_shows_keeps_the_tokens_of_the_previous_key() -> None:
    ring = Ring()
    assert ring.knows(KEY_ID)
    assert not ring.knows("invented"), "begins the cool-down, and AWSPREVIOUS is known to be absent"
    ring.clock.now += MAXIMUM_AGE_SECONDS - 1
    assert not ring.knows("invented"), "begins the cool-down again"
    ring.rotate(NEXT_ID)
    ring.clock.now += 1
    ring.keys._current.outdate()
    assert ring.knows(NEXT_ID)
    assert ring.knows(KEY_ID)


def test_a_previous_version_that_cannot_be_read_does_not_hide_a_new_current_one() -> None:
    class CurrentOnly(InMemorySecrets):
        def read(self, secret_id: str, version_stage: str) -> SecretVersion:
            if version_stage == "AWSPREVIOUS":
                raise SecretUnavailable("throttled")
            return super().read(secret_id, version_stage)

    secrets = CurrentOnly({CURRENT: signing_key_version()})
    keys = SigningKeyRing(source=secrets, secret_id=SECRET_ARN, clock=Clock(0))
    assert keys.key_for(KEY_ID, "HS256")
    secrets.rotate(SECRET_ARN, signing_key_version(NEXT_ID))
    assert keys.key_for(NEXT_ID, "HS256")


def test_a_cold_ring_knows_the_previous_key() -> None:
    ring = Ring()
    ring.rotate(NEXT_ID)
    assert ring.knows(KEY_ID)


def test_the_current_key_signs_and_a_ring_that_keeps_nothing_sees_every_rotation() -> None:
    secrets = InMemorySecrets({CURRENT: signing_key_version()})
    keys = SigningKeyRing(source=secrets, secret_id=SECRET_ARN, clock=Clock(0), maximum_age_seconds=0)
    assert keys.signing_key()[0] == KEY_ID
    secrets.rotate(SECRET_ARN, signing_key_version(NEXT_ID))
    assert keys.signing_key()[0] == NEXT_ID


def test_a_thousand_invented_key_ids_cost_one_refresh_per_cool_down() -> None:
    ring = Ring()
    assert ring.knows(KEY_ID)
    ring.secrets.reads.clear()
    assert not any(ring.knows(f"invented-{number}") for number in range(1_000))
    assert ring.secrets.reads == [CURRENT, PREVIOUS]
    ring.clock.now += COOL_DOWN_SECONDS
    assert not any(ring.knows(f"invented-{number}") for number in range(1_000))
    assert ring.secrets.reads == [CURRENT, PREVIOUS] * 2


def test_a_flood_of_invented_key_ids_delays_a_rotation_by_the_cool_down_at_most() -> None:
    ring = Ring()
    assert not ring.knows("invented")
    ring.rotate(NEXT_ID)
    assert not ring.knows(NEXT_ID)
    ring.clock.now += COOL_DOWN_SECONDS
    assert not ring.knows("invented")
    assert ring.knows(NEXT_ID)


def test_a_token_without_a_key_id_costs_no_read() -> None:
    ring = Ring()
    assert not ring.knows(None)
    assert ring.secrets.reads == []


def test_the_key_id_of_a_token_is_never_sent_to_the_source() -> None:
    ring = Ring()
    assert not ring.knows("arn:aws:secretsmanager:attacker")
    assert {secret_id for secret_id, _stage in ring.secrets.reads} == {SECRET_ARN}


def test_the_key_is_read_again_when_it_is_too_old() -> None:
    ring = Ring()
    assert ring.knows(KEY_ID)
    ring.clock.now += MAXIMUM_AGE_SECONDS
    assert ring.knows(KEY_ID)
    assert ring.secrets.reads == [CURRENT, CURRENT]


def test_the_last_good_key_serves_for_a_bounded_time_while_the_source_is_down() -> None:
    ring = Ring()
    assert ring.knows(KEY_ID)
    ring.secrets.failure = SecretUnavailable("down")
    ring.clock.now = MAXIMUM_AGE_SECONDS + GRACE_SECONDS - 1
    assert ring.knows(KEY_ID)
    ring.clock.now += 1
    with pytest.raises(SecretUnavailable):
        ring.knows(KEY_ID)


def test_a_source_that_is_down_is_tried_once_a_second() -> None:
    ring = Ring()
    ring.secrets.failure = SecretUnavailable("down")
    for _ in range(1_000):
        with pytest.raises(SecretUnavailable, match="down"):
            ring.knows(KEY_ID)
    assert ring.secrets.reads == [CURRENT]
    ring.secrets.failure = None
    ring.clock.now += RETRY_SECONDS
    assert ring.knows(KEY_ID)


def test_the_placeholder_verifies_and_signs_nothing_until_the_first_rotation() -> None:
    ring = Ring(SecretVersion(version_id=KEY_ID, value=PLACEHOLDER))
    with pytest.raises(SecretUnusable, match="rotate the secret"):
        ring.knows(KEY_ID)
    with pytest.raises(SecretUnusable):
        ring.keys.signing_key()
    ring.rotate(NEXT_ID)
    ring.clock.now += RETRY_SECONDS
    assert ring.knows(NEXT_ID)
    assert not ring.knows(KEY_ID), "the placeholder is AWSPREVIOUS now and must not verify"


def test_a_previous_version_that_cannot_be_read_leaves_the_current_key_in_use() -> None:
    ring = Ring()
    assert ring.knows(KEY_ID)
    ring.secrets.failure = SecretUnavailable("down")
    with pytest.raises(SecretUnavailable):
        ring.knows(NEXT_ID)
    assert ring.knows(KEY_ID)


def test_a_ring_without_a_secret_is_refused() -> None:
    with pytest.raises(ValueError, match="ARN of the signing key secret"):
        SigningKeyRing(source=InMemorySecrets(), secret_id="")


@pytest.mark.parametrize(
    "value",
    [
        pytest.param(PLACEHOLDER, id="the placeholder"),
        pytest.param("", id="empty"),
        pytest.param("mysecret", id="a bare password"),
        pytest.param("[]", id="an array"),
        pytest.param(json.dumps({"algorithm": "HS256"}), id="no key"),
        pytest.param(json.dumps({"algorithm": "HS256", "key": "c2hvcnQ"}), id="a short key"),
        pytest.param(json.dumps({"algorithm": "HS256", "key": 5}), id="a key that is a number"),
        pytest.param(json.dumps({"algorithm": "HS256", "key": "é" * 43}), id="a key that is not base64url"),
        pytest.param(json.dumps({"algorithm": "none", "key": "A" * 43}), id="another algorithm"),
        pytest.param(json.dumps({"algorithm": "HS256", "key": "A" * 43, "kid": "x"}), id="more than a key"),
        pytest.param(f'{{"algorithm":"HS256","key":"{"A" * 43}","key":"x"}}'.replace("x", "A" * 43), id="two keys"),
    ],
)
def test_anything_but_a_signing_key_is_unusable_and_not_repeated(value: str) -> None:
    with pytest.raises(SecretUnusable) as caught:
        signing_key_in(SecretVersion(version_id=KEY_ID, value=value))
    assert KEY_ID in str(caught.value)
    assert not value or value == PLACEHOLDER or value not in str(caught.value)
    assert caught.value.__cause__ is None


def test_a_new_value_is_a_key_of_32_random_bytes() -> None:
    first, second = (json.loads(new_signing_key_value()) for _ in range(2))
    assert first.keys() == {"algorithm", "key"}
    assert first["algorithm"] == "HS256"
    assert len(decode(first["key"].encode())) == 32
    assert first["key"] != second["key"]


def test_neither_a_version_nor_a_key_shows_its_value() -> None:
    version = signing_key_version()
    assert version.value not in repr(version)
    assert repr(version) == f"<SecretVersion {KEY_ID}>"
    assert RAW_KEY.hex() not in repr(signing_key_in(version).key)


def test_the_extension_is_used_where_its_port_is_set_and_boto3_elsewhere() -> None:
    assert type(secret_source({})).__name__ == "Boto3Secrets"
    assert type(secret_source({"PARAMETERS_SECRETS_EXTENSION_HTTP_PORT": ""})).__name__ == "Boto3Secrets"
    extension = secret_source({"PARAMETERS_SECRETS_EXTENSION_HTTP_PORT": "2773"})
    assert type(extension).__name__ == "ExtensionSecrets"


@pytest.mark.parametrize("port", ["0", "65536", "-1", "http", "2773/x", "٢٧٧٣"])
def test_a_port_of_the_extension_that_is_none_is_refused(port: str) -> None:
    with pytest.raises(ValueError, match="not a port number"):
        secret_source({"PARAMETERS_SECRETS_EXTENSION_HTTP_PORT": port})


def cache(load: Callable[[], str], clock: Clock) -> CachedValue[str]:
    return CachedValue(
        load,
        error_type=SecretError,
        clock=clock,
        maximum_age_seconds=10,
        grace_seconds=20,
        retry_seconds=5,
    )


def test_a_failure_is_raised_with_its_own_class_and_message_and_without_the_frames_of_the_first_time() -> None:
    def fail() -> str:
        raise SecretVersionMissing("no such version")

    values = cache(fail, Clock(0))
    for _ in range(3):
        with pytest.raises(SecretVersionMissing, match="no such version") as caught:
            values.get()
        assert "fail" not in [entry.name for entry in caught.traceback]


def test_an_error_of_another_kind_is_not_taken_for_a_source_that_is_down() -> None:
    def fail() -> str:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        cache(fail, Clock(0)).get()


def test_a_value_that_comes_back_ends_the_failure() -> None:
    clock, answers = Clock(0), iter(["first", SecretUnavailable("down"), "second"])

    def load() -> str:
        answer = next(answers)
        if isinstance(answer, SecretError):
            raise answer
        return answer

    values = cache(load, clock)
    assert values.get() == "first"
    clock.now = 10
    assert values.get() == "first"
    clock.now = 15
    assert values.get() == "second"
