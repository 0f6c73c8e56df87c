"""What the command lines of `ca` and `client` share. Imports no `cryptography`, which not every Python has."""

from __future__ import annotations

import argparse

from cli.arguments import add_target_options, whole_number

DEFAULT_API_NAME = "partner-api"
KEY_KINDS = ("ec-p256", "ec-p384", "rsa-3072", "rsa-4096")
days = whole_number(1, 36_500)


def add_workplace_options(parser: argparse.ArgumentParser) -> None:
    """Give a command the options that `workplace` reads."""
    where = parser.add_argument_group("the API")
    where.add_argument(
        "--api", metavar="NAME", default=DEFAULT_API_NAME, help=f"its name; {DEFAULT_API_NAME} by default"
    )
    add_target_options(parser)
