"""`ca`: authorities that sign clients' certificates, the truststore bundle, and revocation lists.

    create NAME      a new authority: key in Secrets Manager, certificate in SSM, bundle in a file
    rotate NAME      its next generation, beside the old one: deploy the bundle, then renew the clients
    retire NAME N    an old generation leaves the bundle, once no client needs it
    bundle, check    what becomes the truststore, and whether API Gateway will take it
    status           what the deployed domain trusts, and which of it API Gateway warns of
    crl              a revocation list of an authority's own, checked and loaded into the registry
    list             authorities, generations, and when they end

A private key goes from this process to Secrets Manager and into no file and no output.
"""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from cli.arguments import command_of
from cli.certificates.options import KEY_KINDS, add_workplace_options, days

if TYPE_CHECKING:
    from cli.arguments import Commands

COMMANDS = "cli.ca.commands"
DEFAULT_DAYS = 3_650


def add_command(commands: Commands) -> None:
    """Add `ca` to the command line."""
    parser = commands.add_parser("ca", help="authorities that sign clients' certificates, and the truststore")
    actions = parser.add_subparsers(dest="action", metavar="ACTION", required=True)

    def action(name: str, about: str, command: str = "") -> argparse.ArgumentParser:
        added = actions.add_parser(name, help=about, description=f"{about[0].upper()}{about[1:]}.")
        add_workplace_options(added)
        added.set_defaults(run=command_of(COMMANDS, command or name))
        return added

    create = action("create", "make an authority, and the bundle with it")
    _authority(create)
    _new_generation(create)
    _bundle(create)

    rotate = action("rotate", "make an authority's next generation, and the bundle with old and new")
    _authority(rotate)
    _new_generation(rotate)
    _bundle(rotate)

    retire = action("retire", "take an old generation out of the bundle")
    _authority(retire)
    retire.add_argument("generation", metavar="N", type=int, help="its number, as `ca list` shows it")
    retire.add_argument("--force", action="store_true", help="even if clients still have certificates of it")
    _bundle(retire)

    bundle = action("bundle", "write the bundle of authorities")
    bundle.add_argument("names", metavar="NAME", nargs="*", help="authorities; all by default")
    _bundle(bundle)

    check = actions.add_parser("check", help="say whether API Gateway would take a bundle")
    check.add_argument("file", metavar="FILE", type=Path, help="a truststore in PEM")
    check.set_defaults(run=command_of(COMMANDS, "check"))

    status = action("status", "say what the deployed domain trusts, and what API Gateway warns of")
    status.add_argument("--json", action="store_true", help="print the answer as one JSON document")

    crl = action("crl", "load a revocation list into the registry")
    crl.add_argument("file", metavar="FILE", type=Path, help="the list, PEM or DER")
    issuer = crl.add_mutually_exclusive_group(required=True)
    issuer.add_argument("--issuer", metavar="FILE", type=Path, help="the certificate of the authority that signed it")
    issuer.add_argument("--ca", metavar="NAME", help="an authority of ours; the generation that signed it is found")

    listing = action("list", "list authorities and their generations", "list_authorities")
    listing.add_argument("--json", action="store_true", help="print the answer as one JSON document")


def _authority(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("name", metavar="NAME", help="the authority's name: lower-case letters, digits, hyphens")


def _new_generation(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--common-name", metavar="TEXT", help="its name in certificates; the generation is added")
    parser.add_argument("--key", choices=KEY_KINDS, default=KEY_KINDS[0], help=f"{KEY_KINDS[0]} by default")
    parser.add_argument(
        "--days", metavar="N", type=days, default=DEFAULT_DAYS, help=f"how long it lives; {DEFAULT_DAYS} by default"
    )


def _bundle(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--bundle", metavar="FILE", type=Path, required=True, help="the truststore; replaced as a whole"
    )
    parser.add_argument(
        "--with", metavar="FILE", dest="others", type=Path, action="append", default=[],
        help="authorities from elsewhere that belong into it as well; may be repeated",
    )  # fmt: skip
