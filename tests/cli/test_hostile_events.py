"""The authorizer's attack table and generated events, explained with a chain that gives away all it sees: always an
explanation, and never a credential in it."""

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cli.explain import runner
from cli.explain.event import credentials_in
from cli.explain.rendering import rendered
from cli.explain.report import Explanation, Observed, explain
from cli.output import printable
from cli.redaction import MINIMUM_PART_LENGTH, Redactor
from tests.cli.support import request_event, token_event, write_chain
from tests.functions.hostile_events import HOSTILE_EVENTS

GIVES_ALL_AWAY = """
import json

def validate(auth_context):
    seen = {}
    for name, value in auth_context.items():
        if isinstance(value, str):
            seen[name] = value
        elif name != "context":
            try:
                members = {key: value[key] for key in list(value or {})[:20]}
            except Exception:
                members = {}
            seen.update((f"{name}.{key}", each) for key, each in members.items() if isinstance(each, str))
    print(seen)
    context = {name: value for name, value in seen.items() if value.isprintable()}
    return {"principal_id": next(iter(context.values()), "nobody")[:2048], "context": context}
"""


@pytest.fixture(scope="module")
def chain(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    path, modules = list(sys.path), set(sys.modules)
    yield write_chain(tmp_path_factory.mktemp("chain") / "plugins", p01_leak=GIVES_ALL_AWAY)
    sys.path[:] = path
    for name in set(sys.modules) - modules:
        if name.startswith("plugins."):
            del sys.modules[name]


def explained(chain: Path, event: Any) -> tuple[Explanation, str]:
    """The explanation and everything that would be printed of it."""
    document = json.loads(json.dumps(runner.run(event, str(chain))))
    explanation = explain(
        Observed(
            source={"chain": "chain", "loading_ms": document["loading_ms"], "python": document["python"]},
            event=event,
            answer=document["answer"],
            unauthorized=document["unauthorized"],
            log=document["log"],
            names=document["names"],
            plugins=document["plugins"],
            fault=document["fault"],
        ),
        Redactor(credentials_in(event)),
    )
    text = "\n".join(printable(line) for line in rendered(explanation))
    return explanation, text + json.dumps(explanation.document(), ensure_ascii=False)


@pytest.fixture(scope="module")
def own_words(chain: Path) -> str:
    """What is printed whatever the credential: the explanation's own words are not the event's, and a credential may
    be called "context", or "resour"."""
    elsewhere = {"methodArn": "arn:aws:execute-api:eu-west-1:000000000000:zzzzzzzzzz/test/PUT/nowhere"}
    without_any = (token_event("", **elsewhere), {**request_event({}, {}), **elsewhere}, {"type": "TOKEN"})
    return "\n".join(explained(chain, event)[1] for event in without_any) + "redacted characters"


def assert_safe(event: Any, explanation: Explanation, printed: str, own_words: str) -> None:
    assert explanation.fault is None
    assert explanation.decision in ("Allow", "Deny")
    for credential in set(credentials_in(event)):
        if len(credential) >= MINIMUM_PART_LENGTH and credential not in own_words:
            assert credential not in printed


def test_every_event_of_the_attack_table_is_explained(chain: Path, own_words: str, subtests: pytest.Subtests) -> None:
    for what, hostile in HOSTILE_EVENTS.items():
        with subtests.test(what):
            explanation, printed = explained(chain, hostile.event)
            assert_safe(hostile.event, explanation, printed, own_words)


CREDENTIALS = st.text(st.characters(min_codepoint=33, max_codepoint=0x2FF), min_size=MINIMUM_PART_LENGTH)
NAMES = st.sampled_from(["Authorization", "x-api-key", "Cookie", "X-Amz-Security-Token", "session_id", "password"])
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)


@settings(max_examples=60)
@given(
    event=st.builds(
        token_event, st.sampled_from(["", "Bearer ", "Basic "]).flatmap(lambda s: CREDENTIALS.map(s.__add__))
    )
    | st.builds(request_event, st.dictionaries(NAMES, CREDENTIALS), st.dictionaries(NAMES, CREDENTIALS))
    | st.dictionaries(
        st.sampled_from(["type", "methodArn", "authorizationToken", "headers", "multiValueHeaders", "requestContext"]),
        st.sampled_from(["TOKEN", "REQUEST", token_event()["methodArn"]]) | JSON,
    )
)
def test_generated_events_are_explained_without_their_credentials(chain: Path, own_words: str, event: Any) -> None:
    explanation, printed = explained(chain, event)
    if event.get("type") in ("TOKEN", "REQUEST") and "methodArn" in event:
        assert_safe(event, explanation, printed, own_words)
