"""The example chain, which an authorizer without plugins of its own has: closed until it is given a secret."""

from pathlib import Path
from typing import Any

import pytest

from authorizer.chain import load_chain
from secret_store.in_memory_source import InMemorySecrets
from secret_store.secret_source import SecretVersion
from tests.functions.hostile_events import HOSTILE_EVENTS
from tests.functions.hostile_tokens import ATTACKS
from tests.functions.support import Authorizer, Clock, request_event, token_event

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


@pytest.mark.parametrize("token", [TOKEN[:-1], f"{TOKEN} ", TOKEN.upper(), "x", "{}", f"{TOKEN}é", "\ud800"])
def test_any_other_token_is_refused(token: str) -> None:
    assert Example().refuses(token_event(token)) == "wrong_token"


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


def test_every_hostile_event_and_token_is_refused() -> None:
    example = Example()
    for event in HOSTILE_EVENTS.values():
        example.refuses(event)
    for tokens in ATTACKS.values():
        for token in tokens.values():
            example.refuses({**token_event(), "authorizationToken": f"Bearer {token}"})
