"""Every chain, answering in both ways, under every event of the attack table and under generated ones: an exact
`Unauthorized` or a well-formed Deny for the right reason, one line in the log, and never an Allow.
"""

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.functions.attacked import Attacked
from tests.functions.attacked_chains import ANSWERS, CHAINS, NAMES, ORDERS, attacked
from tests.functions.generated_events import any_event, anything

EXAMPLES = settings(max_examples=100, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])


@pytest.fixture
def every_chain() -> list[Attacked]:
    """All chains, in both ways of answering."""
    return [attacked(name, answer) for name in NAMES for answer in ANSWERS]


def test_no_chain_is_left_out() -> None:
    folders = [path for root in (CHAINS, ORDERS) for path in root.iterdir() if list(path.glob("[0-9]*.py"))]
    assert sorted(NAMES) == sorted(path.name for path in folders)


@pytest.mark.parametrize("answer", ANSWERS)
@pytest.mark.parametrize("name", NAMES)
def test_a_hostile_event_is_refused_for_its_reason_and_leaves_nothing_behind(name: str, answer: str) -> None:
    chain = attacked(name, answer)
    # First of all, so that a refusal means that something is wrong with the event.
    good = {kind: chain.allowed(kind) for kind in chain.good.types}
    table = chain.table()
    refused: dict[str, str] = {}
    for what, (event, _) in table.items():
        refused[what] = chain.outcome(event)[0] or "let in"
        if answer == "deny":  # once is enough: how a refusal is answered has nothing to do with what it leaves behind
            continue
        for kind, answered in good.items():
            assert chain.allowed(kind) == answered, f"after {what}"
    assert refused == {what: reason for what, (_, reason) in table.items()}
    assert {kind: chain.allowed(kind) for kind in good} == good
    assert len(table) > 100


@EXAMPLES
@given(anything | any_event)
def test_any_event_is_refused(every_chain: list[Attacked], event: object) -> None:
    for chain in every_chain:
        chain.refusal(event)


REMOVED = object()


def places(document: Any) -> list[tuple[str | int, ...]]:
    """The paths to every value in a JSON document but the whole."""
    members = document.items() if isinstance(document, dict) else enumerate(document)
    found: list[tuple[str | int, ...]] = []
    for name, value in members:
        found.append((name,))
        if isinstance(value, dict | list):
            found += [(name, *rest) for rest in places(value)]
    return found


def replaced(document: Any, place: tuple[str | int, ...], value: object) -> Any:
    """The document with another value there, or with none."""
    first, *rest = place
    copy = document.copy()
    if rest:
        copy[first] = replaced(document[first], tuple(rest), value)
    elif value is REMOVED:
        del copy[first]
    else:
        copy[first] = value
    return copy


class GoodEvent:
    """An event that a chain lets in, what can be replaced in it, and the answer."""

    def __init__(self, chain: Attacked, kind: str) -> None:
        self.chain = chain
        self.event = chain.good.of_type(kind)
        self.places = places(self.event)
        self.answer = chain.allowed(kind)


@pytest.fixture
def good_events(every_chain: list[Attacked]) -> list[GoodEvent]:
    """All of them, for every chain."""
    return [GoodEvent(chain, kind) for chain in every_chain for kind in chain.good.types]


@EXAMPLES
@given(st.integers(0, 10_000), st.just(REMOVED) | anything)
def test_a_good_event_with_one_part_replaced_is_let_in_as_before_or_refused(
    good_events: list[GoodEvent], number: int, value: object
) -> None:
    for good in good_events:
        place = good.places[number % len(good.places)]
        reason, answer = good.chain.outcome(replaced(good.event, place, value))
        assert reason or answer == good.answer, place


def is_pem(text: str) -> bool:
    return text.startswith("-----BEGIN")


@pytest.mark.parametrize("name", NAMES)
def test_a_credential_with_one_bit_changed_is_refused(name: str) -> None:
    chain = attacked(name, "deny")
    good = [chain.allowed(kind) for kind in chain.good.types]
    for text, event_with in chain.credentials():
        for position in range(0, len(text), 1 + len(text) // 100):  # of longer ones, some hundred
            changed = chr(ord(text[position]) ^ 1 << position % 7)
            reason, answer = chain.outcome(event_with(text[:position] + changed + text[position + 1 :]))
            # The last character of base64 may have bits that say nothing: then it is the same certificate still.
            assert reason or (is_pem(text) and answer in good), position
