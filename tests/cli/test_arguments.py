"""A number of days on the command line: what is read, and that all else is refused with the limits."""

from __future__ import annotations

import argparse

import pytest

from cli.arguments import days_up_to


@pytest.mark.parametrize(("text", "days"), [("1", 1), ("007", 7), ("400", 400)])
def test_whole_numbers_up_to_the_maximum_are_read(text: str, days: int) -> None:
    assert days_up_to(400)(text) == days


@pytest.mark.parametrize(
    "text", ["", "0", "401", "-1", "+1", "1.0", "1_0", " 1", "٣", "²", "00000401", "0" * 12 + "9999", "9" * 5_000]
)
def test_anything_else_is_refused_with_what_is_allowed(text: str) -> None:
    with pytest.raises(argparse.ArgumentTypeError, match=r"^a whole number from 1 to 400$"):
        days_up_to(400)(text)
