"""`workload`: which processes SPIRE gives which SPIFFE ID: register, list and remove SPIRE's registration entries.

    options ─► server (whose SPIRE, and how it is asked) ─► entries (what is asked, what comes back) ─► commands

SPIRE's own `spire-server` does the work, over its administration socket: of the sandbox after `make spire`, of a host
with Docker Compose (`spire/`), or of a server on this machine. Deliberately no keys and no tokens: a workload gets its
JWT-SVID from its agent and from nobody else.
"""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from cli.arguments import command_of, whole_number

if TYPE_CHECKING:
    from cli.arguments import Commands

COMMANDS = "cli.workload.commands"
SHORTEST_TTL, LONGEST_TTL = 10, 86_400


def add_command(commands: Commands) -> None:
    """Add `workload` to the command line."""
    parser = commands.add_parser("workload", help="which processes SPIRE gives which SPIFFE ID")
    actions = parser.add_subparsers(dest="action", metavar="ACTION", required=True)

    def action(name: str, command: str, about: str) -> argparse.ArgumentParser:
        added = actions.add_parser(name, help=about, description=f"{about[0].upper()}{about[1:]}.")
        added.add_argument("--json", action="store_true", help="print the answer as one JSON document")
        where = added.add_argument_group("the SPIRE server", "that of this checkout's sandbox, unless one is named")
        where.add_argument(
            "--compose", metavar="FOLDER", type=Path, help="the host that Docker Compose runs from this folder (spire)"
        )
        where.add_argument("--socket", metavar="PATH", type=Path, help="the server behind this socket on this machine")
        where.add_argument(
            "--spire-server", metavar="PROGRAM", help="with --socket: the program, where it is not on PATH"
        )
        added.set_defaults(run=command_of(COMMANDS, command))
        return added

    register = action("register", "register", "have SPIRE give a workload its SPIFFE ID")
    register.add_argument("spiffe_id", metavar="SPIFFE_ID", help="such as spiffe://company.internal/ns/prod/sa/api")
    register.add_argument(
        "--selector",
        metavar="TYPE:VALUE",
        dest="selectors",
        action="append",
        required=True,
        help="what its agent must find of the process, such as unix:uid:1000; several must all be found",
    )
    register.add_argument(
        "--parent", metavar="SPIFFE_ID", help="its agent; in the sandbox the sandbox's own by default"
    )
    register.add_argument(
        "--jwt-ttl",
        metavar="SECONDS",
        type=whole_number(SHORTEST_TTL, LONGEST_TTL, what="a whole number of seconds"),
        help="how long its JWT-SVIDs live; the server's default if not",
    )

    listing = action("list", "list_entries", "list who is registered")
    listing.add_argument("spiffe_id", metavar="SPIFFE_ID", nargs="?", help="leave it out for all")

    remove = action("remove", "remove", "take a workload's registration away; its tokens end when they expire")
    remove.add_argument("name", metavar="SPIFFE_ID_OR_ENTRY", help="a SPIFFE ID, or the id of one entry")
    remove.add_argument("--all", action="store_true", help="all entries, where the SPIFFE ID has several")
