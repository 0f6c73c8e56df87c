"""`guardrails.properties`: four answers, no exception, and never a value in a representation."""

import pytest

from guardrails.properties import (
    UNKNOWN_SENTINELS,
    Known,
    Malformed,
    Missing,
    SecretMark,
    Unknown,
    children,
    known_text,
    read,
)
from tests.policy.judging import UNKNOWN


def test_a_known_value_is_read() -> None:
    assert read({"a": {"b": "text"}}, "a", "b") == Known("text")


@pytest.mark.parametrize("sentinel", sorted(UNKNOWN_SENTINELS))
def test_every_kind_of_unknown_value_is_unknown_and_does_not_raise(sentinel: str) -> None:
    assert read({"a": sentinel}, "a") == Unknown()


def test_what_is_below_an_unknown_value_is_unknown() -> None:
    assert read({"a": UNKNOWN}, "a", "b", "c") == Unknown()


@pytest.mark.parametrize("properties", [{}, {"a": None}, {"a": {}}, {"a": {"b": None}}])
def test_absent_and_null_are_missing(properties: dict[str, object]) -> None:
    assert read(properties, "a", "b") == Missing()


@pytest.mark.parametrize("parent", ["text", 1.0, True, ["x"]])
def test_a_parent_that_is_no_object_is_malformed_and_named(parent: object) -> None:
    assert read({"a": {"b": parent}}, "a", "b", "c") == Malformed(at="a.b")


def test_unknown_entries_do_not_hide_their_known_neighbours() -> None:
    reading = read({"a": {"x": UNKNOWN, "y": "1", "z": [UNKNOWN, "2"]}}, "a")
    assert isinstance(reading, Known)
    entries = dict(children(reading))
    assert entries["x"] == Unknown()
    assert entries["y"] == Known("1")
    assert isinstance(entries["z"], Known)
    assert dict(children(entries["z"])) == {"0": Unknown(), "1": Known("2")}


def test_a_secret_mark_reaches_everything_below_it() -> None:
    reading = read({"a": SecretMark({"x": "1", "y": UNKNOWN})}, "a")
    assert isinstance(reading, Known)
    assert dict(children(reading)) == {"x": Known("1", secret=True), "y": Unknown(secret=True)}
    assert read({"a": SecretMark({"x": "1"})}, "a", "x") == Known("1", secret=True)


def test_a_representation_never_shows_the_value() -> None:
    assert "hunter2" not in repr(Known("hunter2"))
    assert "hunter2" not in repr(SecretMark("hunter2"))


@pytest.mark.parametrize("reading", [Known(""), Known(1.0), Known(None), Unknown(), Missing(), Malformed(at="a")])
def test_only_a_known_non_empty_text_is_a_text(reading: Known | Unknown | Missing | Malformed) -> None:
    assert known_text(reading) is None
    assert known_text(Known("x", secret=True)) == "x"
