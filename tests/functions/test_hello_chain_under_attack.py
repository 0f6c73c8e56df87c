"""The hello authorizer as an attacker would use it: generated tokens, rotation, a source that is down.

The tables of hostile events and tokens are played at it, and at every other chain, in `test_every_chain_under_attack`.
"""

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from secret_store.errors import SecretUnavailable
from secret_store.secret_source import SecretVersion
from secret_store.signing_key_ring import COOL_DOWN_SECONDS, GRACE_SECONDS, MAXIMUM_AGE_SECONDS
from tests.functions.generated_events import anything
from tests.functions.support import (
    ISSUER,
    NOW,
    OTHER_KEY,
    SECRET_ARN,
    STAGE_ARN,
    Hello,
    claims,
    header,
    make_token,
    request_event,
    signing_key_version,
    token_event,
    without,
)

NEXT_ID = "7c9e6679-7425-40de-944b-e07fc1f90ae7"


@pytest.mark.parametrize("event", [token_event(), request_event()], ids=["TOKEN", "REQUEST"])
def test_a_good_token_is_allowed(hello: Hello, event: dict[str, Any]) -> None:
    assert hello.allows(event) == {
        "principalId": "apigw-invoker",
        "policyDocument": {
            "Version": "2012-10-17",
            "Statement": [{"Action": "execute-api:Invoke", "Effect": "Allow", "Resource": [f"{STAGE_ARN}/*/*"]}],
        },
        "context": {"issuer": ISSUER, "expires_at": NOW + 60},
    }


@settings(max_examples=100, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(
    st.dictionaries(st.sampled_from(["alg", "kid", "typ", "crit", "jwk", "jku", "b64"]), anything, min_size=1)
    | st.dictionaries(st.sampled_from(["exp", "nbf", "iat", "iss", "aud", "sub"]), anything, min_size=1)
)
def test_a_signed_token_with_any_members_is_allowed_for_who_it_names_or_refused(
    hello: Hello, members: dict[str, Any]
) -> None:
    in_header = {
        name: value for name, value in members.items() if name in ("alg", "kid", "typ", "crit", "jwk", "jku", "b64")
    }
    token = make_token(header(**in_header), claims(**without_names(members, in_header)))
    answer = hello.answers(token_event(token))
    if answer is not None:
        assert answer["principalId"] == members.get("sub", "apigw-invoker")


def without_names(members: dict[str, Any], names: dict[str, Any]) -> dict[str, Any]:
    for name in names:
        members = without(members, name)
    return members


def test_tokens_of_two_keys_verify_through_a_rotation_and_those_of_a_third_never(hello: Hello) -> None:
    next_token = make_token(header(kid=NEXT_ID), key=OTHER_KEY)
    hello.allows(token_event())
    hello.secrets.rotate(SECRET_ARN, signing_key_version(NEXT_ID, bytes(range(100, 132))))
    hello.allows(token_event(next_token))
    hello.allows(token_event())
    hello.secrets.rotate(SECRET_ARN, signing_key_version("16fd2706-8baf-433b-82eb-8c7fada847da", b"k" * 32))
    hello.cache_clock.now += MAXIMUM_AGE_SECONDS
    hello.allows(token_event(next_token))
    assert hello.refuses(token_event()) == "unknown_key"


def test_a_flood_of_unknown_keys_is_refused_at_the_cost_of_one_refresh(hello: Hello) -> None:
    hello.allows(token_event())
    hello.secrets.reads.clear()
    for number in range(1_000):
        assert hello.refuses(token_event(make_token(header(kid=f"invented-{number}")))) == "unknown_key"
    assert hello.secrets.reads == [(SECRET_ARN, "AWSCURRENT"), (SECRET_ARN, "AWSPREVIOUS")]


def test_the_warm_path_reads_no_secret(hello: Hello) -> None:
    hello.allows(token_event())
    hello.secrets.reads.clear()
    for _ in range(100):
        hello.allows(token_event())
        hello.allows(request_event())
    assert hello.secrets.reads == []


def test_nobody_is_let_in_before_the_secret_has_a_value(hello: Hello) -> None:
    hello.secrets.versions[SECRET_ARN, "AWSCURRENT"] = SecretVersion(version_id="first", value="{}")
    assert hello.refuses(token_event()) == "secret_unusable"
    del hello.secrets.versions[SECRET_ARN, "AWSCURRENT"]
    hello.cache_clock.now += COOL_DOWN_SECONDS
    assert hello.refuses(token_event()) == "secret_unavailable"


def test_while_the_secret_cannot_be_read_known_keys_serve_for_a_while_and_then_nobody_is_let_in(hello: Hello) -> None:
    hello.allows(token_event())
    hello.secrets.failure = SecretUnavailable("down")
    hello.cache_clock.now = MAXIMUM_AGE_SECONDS + GRACE_SECONDS - 1
    hello.allows(token_event())
    hello.cache_clock.now += COOL_DOWN_SECONDS
    assert hello.refuses(token_event()) == "secret_unavailable"


def test_a_token_is_refused_from_the_second_it_expires(hello: Hello) -> None:
    hello.clock.now = NOW + 59.9
    hello.allows(token_event())
    hello.clock.now = NOW + 60
    assert hello.refuses(token_event()) == "token_expired"


@pytest.mark.parametrize("name", ["SIGNING_KEY_SECRET_ARN", "TOKEN_ISSUER", "TOKEN_AUDIENCE"])
@pytest.mark.parametrize("value", [None, ""])
def test_a_chain_without_one_of_its_settings_cannot_load(
    hello_settings: None, monkeypatch: pytest.MonkeyPatch, name: str, value: str | None
) -> None:
    from authorizer.chain import load_chain
    from tests.functions.support import HELLO_CHAIN, Authorizer

    if value is None:
        monkeypatch.delenv(name)
    else:
        monkeypatch.setenv(name, value)
    authorizer = Authorizer(load_chain(str(HELLO_CHAIN)))
    assert value is not None or f"the setting {name} is missing" in authorizer.log[0]
    assert authorizer.refuses(token_event()) == "provider_failed"
