"""A whole number on the command line: what is read, and that all else is refused with the limits."""

from __future__ import annotations

import argparse

import pytest

from cli.arguments import whole_number


@pytest.mark.parametrize(("text", "number"), [("1", 1), ("007", 7), ("400", 400)])
def test_whole_numbers_up_to_the_maximum_are_read(text: str, number: int) -> None:
    assert whole_number(1, 400)(text) == number


@pytest.mark.parametrize(
    "text", ["", "0", "401", "-1", "+1", "1.0", "1_0", " 1", "٣", "²", "00000401", "0" * 12 + "9999", "9" * 5_000]
)
def test_anything_else_is_refused_with_what_is_allowed(text: str) -> None:
    with pytest.raises(argparse.ArgumentTypeError, match=r"^a whole number from 1 to 400$"):
        whole_number(1, 400)(text)


@pytest.mark.parametrize("text", ["9", "86401", "0000099999"])
def test_the_least_is_held_to_as_well_and_what_is_meant_is_said(text: str) -> None:
    with pytest.raises(argparse.ArgumentTypeError, match=r"^a whole number of seconds from 10 to 86400$"):
        whole_number(10, 86_400, what="a whole number of seconds")(text)
