"""What the groups' command lines share.

Here and in the groups' `__init__`, which make the parsers of every command, nothing is imported but argparse: the
parts of a command are loaded when it runs, and no command waits for those of another.
"""

from __future__ import annotations

import argparse
import importlib
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    # argparse has no public name for what `add_subparsers` returns.
    Commands = argparse._SubParsersAction[argparse.ArgumentParser]  # noqa: SLF001  # pyright: ignore[reportPrivateUsage]

MOST_DIGITS = 6
"""Of a whole number: more are none that anybody means, and thousands are an error of Python's own."""


def add_target_options(parser: argparse.ArgumentParser) -> None:
    """Give a command the options that name its target, for `cli.target.find_target`."""
    group = parser.add_argument_group("target", "the sandbox of this checkout, unless AWS is named")
    group.add_argument("--target", choices=("sandbox", "aws"), help="the sandbox of this checkout, or AWS")
    group.add_argument("--program", metavar="FOLDER", type=Path, help="the sandbox of the program in this folder")
    group.add_argument("--profile", metavar="NAME", help="AWS, with the credentials of this profile")
    group.add_argument("--region", metavar="NAME", help="the region, where the target does not say it")
    group.add_argument("--endpoint-url", metavar="URL", help="another emulator")


def command_of(module: str, name: str) -> Callable[[argparse.Namespace], int]:
    """Return a command that is imported when it runs."""

    def run(options: argparse.Namespace) -> int:
        command: Callable[[argparse.Namespace], int] = getattr(importlib.import_module(module), name)
        return command(options)

    return run


def whole_number(least: int, most: int, *, what: str = "a whole number") -> Callable[[str], int]:
    """Return what reads a number from `least` to `most`; for argparse, with a message of its own for all else."""

    def read(text: str) -> int:
        if not text.isascii() or not text.isdigit() or len(text) > MOST_DIGITS or not least <= int(text) <= most:
            raise argparse.ArgumentTypeError(f"{what} from {least} to {most}")
        return int(text)

    return read
