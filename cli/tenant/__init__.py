"""`tenant`: create, list, revoke and rotate customers' API keys, and read what customers have used.

    create, list CUSTOMER, revoke, rotate    HTTP, with the admin key: the same checks and the same audit trail as for
                                             every other administrator
    list, usage                              the tables, read with the operator's own credentials: the API has no route
                                             for what concerns all customers

    options ─► cli.target ─► discovery (API, admin key, tables) ─► admin_api │ tables ─► commands

A key is printed once, alone on standard output; everything else goes to standard error, so that
`key=$(python -m cli tenant create acme --name Acme)` works. With `--json`, one document.
"""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from cli.arguments import add_target_options, command_of, whole_number

if TYPE_CHECKING:
    from cli.arguments import Commands

COMMANDS = "cli.tenant.commands"
DEFAULT_API_NAME = "tenant-api"
MAXIMUM_DAYS = 400  # so long is usage kept


def add_command(commands: Commands) -> None:
    """Add `tenant` to the command line."""
    parser = commands.add_parser("tenant", help="customers' API keys, and what customers have used")
    actions = parser.add_subparsers(dest="action", metavar="ACTION", required=True)

    def action(name: str, command: str, about: str) -> argparse.ArgumentParser:
        added = actions.add_parser(name, help=about, description=f"{about[0].upper()}{about[1:]}.")
        added.add_argument("--json", action="store_true", help="print the answer as one JSON document")
        where = added.add_argument_group("the API")
        where.add_argument(
            "--api", metavar="NAME", default=DEFAULT_API_NAME, help=f"its name; {DEFAULT_API_NAME} by default"
        )
        where.add_argument("--stage", metavar="NAME", help="its stage, where it has several")
        where.add_argument("--api-url", metavar="URL", help="where it answers, if it has a domain of its own")
        add_target_options(added)
        added.set_defaults(run=command_of(COMMANDS, command))
        return added

    create = action("create", "create", "make a key for a new or a known customer, and print it")
    _customer(create)
    _new_key(create)
    create.add_argument("--name", metavar="TEXT", help="the customer's name; a new customer needs one")

    listing = action("list", "list_keys", "list a customer's keys, or all customers")
    listing.add_argument("customer_id", metavar="CUSTOMER", nargs="?", help="leave it out for all customers")

    revoke = action("revoke", "revoke", "revoke a customer, or one of its keys; tokens end soon after")
    _customer(revoke)
    revoke.add_argument("--key", metavar="KEY_ID", dest="key_id", help="this key only")

    rotate = action("rotate", "rotate", "make a further key, and say which ones are to be revoked after it")
    _customer(rotate)
    _new_key(rotate)
    rotate.add_argument("--revoke-others", action="store_true", help="revoke the other keys at once")

    usage = action("usage", "usage", "say how many requests a customer has made, day by day (UTC)")
    _customer(usage)
    usage.add_argument(
        "--days",
        metavar="N",
        type=whole_number(1, MAXIMUM_DAYS),
        default=7,
        help="1 to 400, today included; 7 by default",
    )


def _customer(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("customer_id", metavar="CUSTOMER", help="the customer's id")


def _new_key(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--label", metavar="TEXT", help="what the key is for; shown in listings")
    parser.add_argument("--expires-in-days", metavar="N", type=int, help="when the key ends; never by default")
