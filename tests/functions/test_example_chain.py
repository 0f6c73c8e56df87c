"""The example chain, which an authorizer without plugins of its own has: closed until it is given a secret.

Hostile events with its own secret are played at it in `test_every_chain_under_attack`.
"""

from pathlib import Path
from typing import Any

import pytest

from authorizer.chain import load_chain
from jwt_verification.base64url import encode
from secret_store.in_memory_source import InMemorySecrets
from secret_store.secret_source import SecretVersion
from tests.functions.hostile_tokens import ATTACKS
from tests.functions.support import Authorizer, Clock, make_token, request_event, token_event

CHAIN = Path(__file__).resolve().parents[2] / "functions" / "chains" / "example"
SECRET_ID = "arn:aws:secretsmanager:ap-southeast-3:111122223333:secret:example-AbCdEf"
TOKEN = "an-example-token-of-enough-characters"


class Example(Authorizer):
    def __init__(self, value: str = TOKEN, environment: dict[str, str] | None = None) -> None:
        self.secrets = InMemorySecrets({(SECRET_ID, "AWSCURRENT"): SecretVersion(version_id="v1", value=value)})
        self.cache_clock = Clock(0)
        given = {
            "environment": {"EXAMPLE_TOKEN_SECRET_ARN": SECRET_ID} if environment is None else environment,
            "secret_source": self.secrets,
            "monotonic_clock": self.cache_clock,
        }
        super().__init__(load_chain(str(CHAIN), given))


@pytest.mark.parametrize("environment", [{}, {"EXAMPLE_TOKEN_SECRET_ARN": ""}])
def test_without_a_secret_nobody_is_let_in(environment: dict[str, str]) -> None:
    example = Example(environment=environment)
    assert example.refuses(token_event(TOKEN)) == "example_not_configured"
    assert example.refuses(request_event(TOKEN)) == "example_not_configured"
    assert example.secrets.reads == []


@pytest.mark.parametrize(("event", "kind"), [(token_event(TOKEN), "TOKEN"), (request_event(TOKEN), "REQUEST")])
def test_whoever_sends_the_secret_is_let_in_and_described(event: dict[str, Any], kind: str) -> None:
    answer = Example().allows(event)
    assert answer["principalId"] == "example-caller"
    assert answer["context"] == {"validated_by": "example", "authorizer_type": kind}


OTHERS = {
    "nothing": "",
    "its beginning": TOKEN[:-1],
    "its end": TOKEN[1:],
    "a space before": f" {TOKEN}",
    "a space after": f"{TOKEN} ",
    "a line end after": f"{TOKEN}\n",
    "a NUL after": f"{TOKEN}\x00",
    "a NUL and the rest": f"{TOKEN[:5]}\x00{TOKEN[5:]}",
    "padded": f"{TOKEN}=",
    "quoted": f'"{TOKEN}"',
    "in another case": TOKEN.upper(),
    "twice": TOKEN + TOKEN,
    "in a list": f"{TOKEN}, {TOKEN}",
    "the scheme twice": f"Bearer {TOKEN}",
    "percent-encoded": TOKEN.replace("-", "%2D"),
    "in base64url": encode(TOKEN.encode()).decode(),
    "a letter that is not ASCII after": f"{TOKEN}é",
    "full-width letters, which become its own when they are normalized": TOKEN.replace("a", "\uff41"),
    "half a surrogate pair": "\ud800",
    "half a surrogate pair after": f"{TOKEN}\ud800",
    "a hundred thousand letters": TOKEN + "a" * 100_000,
    "the secret's ARN": SECRET_ID,
    "the placeholder": "{}",
    "one letter": "x",
}


@pytest.mark.parametrize("token", OTHERS.values(), ids=OTHERS)
def test_any_other_token_is_refused(token: str) -> None:
    example = Example()
    assert example.refuses({**token_event(), "authorizationToken": f"Bearer {token}"}) == "wrong_token"
    example.allows(token_event(TOKEN))


@pytest.mark.parametrize("value", ["{}", "", "short", "x" * 31, "é" * 40])
def test_a_secret_that_could_be_guessed_lets_nobody_in(value: str) -> None:
    assert Example(value).refuses(token_event(value or "x")) == "secret_unusable"


def test_a_rotated_secret_is_seen_when_the_cached_one_is_too_old() -> None:
    example = Example()
    example.allows(token_event(TOKEN))
    example.secrets.rotate(SECRET_ID, SecretVersion(version_id="v2", value=f"another-{TOKEN}"))
    example.cache_clock.now = 300
    assert example.refuses(token_event(TOKEN)) == "wrong_token"
    example.allows(token_event(f"another-{TOKEN}"))


def test_a_token_for_another_chain_is_refused_whatever_it_is_worth_there() -> None:
    example = Example()
    for tokens in ({"good": make_token()}, *ATTACKS.values()):
        for what, token in tokens.items():
            event = {**token_event(), "authorizationToken": f"Bearer {token}"}
            assert example.refuses(event) == "wrong_token", what
    example.allows(token_event(TOKEN))
