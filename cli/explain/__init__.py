"""`explain`: what a chain of plugins decides about an event, plugin by plugin, without a credential in the output.

    --chain DIR        event ─► local_run ─► runner (a process of its own) ─┐
    --function NAME    event ─► deployed (invokes the function) ────────────┼─► report ─► rendering
                                                          cli.redaction ────┘

Nothing here decides: the authorizer's own handler does, in the runner or in Lambda. `policy` reads its answer as API
Gateway would.
"""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from cli.arguments import add_target_options, command_of

if TYPE_CHECKING:
    from cli.arguments import Commands

_MAXIMUM_TIMEOUT_SECONDS = 30.0  # API Gateway gives up on an authorizer


def add_command(commands: Commands) -> None:
    """Add `explain` to the command line."""
    parser = commands.add_parser(
        "explain",
        help="what a chain decides about an event, and why",
        description="Shows plugin by plugin what a chain returns for an event, how long it takes, the resulting "
        "policy, and the status that the API answers. Credentials are never printed.",
        epilog="exit code: 0 allowed, 3 denied, 1 not explained (the chain does not load, the event is not JSON, ...)",
    )
    parser.add_argument("--chain", metavar="DIR", help="run the chain of plugins in this folder")
    parser.add_argument("--function", metavar="NAME", help="invoke the deployed authorizer of this name")
    parser.add_argument("--event", metavar="FILE", help="the event, as JSON; - for standard input")
    parser.add_argument("--print-event", choices=("token", "request"), help="write a sample event and end")
    parser.add_argument("--json", action="store_true", help="print the explanation as one JSON document")
    local = parser.add_argument_group("local runs (--chain)")
    local.add_argument(
        "--environment", metavar="NAME=VALUE", action="append", default=[], help="a setting of the chain; repeatable"
    )
    local.add_argument(
        "--environment-of", metavar="FUNCTION", help="the settings of a deployed function, before --environment"
    )
    local.add_argument(
        "--secret",
        metavar="NAME=FILE",
        action="append",
        default=[],
        help="the secret whose ARN is in NAME, from a file that only you may read; repeatable",
    )
    local.add_argument(
        "--timeout", metavar="SECONDS", type=timeout, default=10.0, help="as the function's; 10 by default"
    )
    local.add_argument("--show-output", action="store_true", help="print what the plugins print, redacted by line")
    add_target_options(parser)
    parser.set_defaults(run=command_of("cli.explain.command", "run"))


def timeout(text: str) -> float:
    """Read `--timeout`; raises what argparse turns into a message."""
    seconds = float(text)
    if not 0 < seconds <= _MAXIMUM_TIMEOUT_SECONDS:
        raise argparse.ArgumentTypeError(f"{text} is not between 0 and {_MAXIMUM_TIMEOUT_SECONDS:g} seconds")
    return seconds
