"""`plugin new`: a plugin to start from, with its test. `templates` has the texts, `scaffold` writes them."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from cli.arguments import command_of

if TYPE_CHECKING:
    from cli.arguments import Commands


def add_command(commands: Commands) -> None:
    """Add `plugin` to the command line."""
    parser = commands.add_parser("plugin", help="write plugins for the authorizer")
    actions = parser.add_subparsers(dest="action", metavar="ACTION", required=True)
    new = actions.add_parser(
        "new",
        help="write a plugin with its test",
        description="Writes NN_NAME.py with the next free number, and a test that runs it through the authorizer's own "
        "chain. The new plugin denies everybody until its check is written.",
    )
    new.add_argument("name", metavar="NAME", help="lower-case letters, digits and underscores: check_scope")
    new.add_argument(
        "--chain", metavar="DIR", type=Path, default=Path("plugins"), help="its folder; plugins by default"
    )
    new.add_argument(
        "--type", choices=("token", "request"), default="token", help="of the authorizer; token by default"
    )
    new.set_defaults(run=command_of("cli.plugin.commands", "new"))
