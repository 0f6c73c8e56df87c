"""`client`: partners, their certificates, and what they may do.

    issue CLIENT     register a new client with its first certificate
    renew CLIENT     register a further certificate; the old one stays good until it is revoked or ends
    revoke CLIENT    end all its certificates, or one, from the next request on
    suspend, resume  the client, or one certificate, for a while
    list             clients, or one client's certificates

A certificate comes from one of our authorities (`--ca`), for a request of the client (`--csr`: its key never leaves it)
or for a key made in Secrets Manager (`--new-key`); or from elsewhere, AWS Private CA included (`--certificate`).
Certificates are printed or written, keys never.
"""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from cli.arguments import command_of
from cli.certificates.options import KEY_KINDS, add_workplace_options, days

if TYPE_CHECKING:
    from cli.arguments import Commands

COMMANDS = "cli.client.commands"
DEFAULT_DAYS = 365


def add_command(commands: Commands) -> None:
    """Add `client` to the command line."""
    parser = commands.add_parser("client", help="partners, their certificates, and what they may do")
    actions = parser.add_subparsers(dest="action", metavar="ACTION", required=True)

    def action(name: str, about: str, command: str = "") -> argparse.ArgumentParser:
        added = actions.add_parser(name, help=about, description=f"{about[0].upper()}{about[1:]}.")
        added.add_argument("--json", action="store_true", help="print the answer as one JSON document")
        add_workplace_options(added)
        added.set_defaults(run=command_of(COMMANDS, command or name))
        return added

    issue = action("issue", "register a client with its first certificate")
    _client(issue)
    issue.add_argument("--name", metavar="TEXT", required=True, help="the partner's name")
    issue.add_argument("--scope", metavar="SCOPE", action="append", required=True, help="what it may do; repeatable")
    issue.add_argument("--app-client", metavar="ID", help="its app client at Cognito; found or made by default")
    _certificate(issue)

    renew = action("renew", "register a further certificate of a client")
    _client(renew)
    _certificate(renew)

    for name, about in (
        ("revoke", "revoke a client's certificates, or one of them, for good"),
        ("suspend", "suspend a client, or one certificate, until it is resumed"),
        ("resume", "end a suspension"),
    ):
        added = action(name, about)
        _client(added)
        added.add_argument(
            "--certificate", metavar="FINGERPRINT", dest="fingerprint", help="this one only; 8 digits or more of it"
        )
        added.add_argument("--reason", metavar="TEXT", default="", help="why; kept in the registry")

    listing = action("list", "list clients, or one client's certificates", "list_clients")
    listing.add_argument("client_id", metavar="CLIENT", nargs="?", help="leave it out for all clients")


def _client(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("client_id", metavar="CLIENT", help="the client's id: lower-case letters, digits, hyphens")


def _certificate(parser: argparse.ArgumentParser) -> None:
    source = parser.add_argument_group("the certificate").add_mutually_exclusive_group(required=True)
    source.add_argument("--csr", metavar="FILE", type=Path, help="sign this request")
    source.add_argument("--new-key", choices=KEY_KINDS, help="make a key in Secrets Manager, and sign it")
    source.add_argument("--certificate", metavar="FILE", type=Path, help="register this one, signed elsewhere")
    parser.add_argument("--ca", metavar="NAME", help="the authority that signs, with --csr and --new-key")
    parser.add_argument("--issuer", metavar="FILE", type=Path, help="the truststore bundle, with --certificate")
    parser.add_argument(
        "--days", metavar="N", type=days, default=DEFAULT_DAYS, help=f"how long it lives; {DEFAULT_DAYS} by default"
    )
    parser.add_argument("--out", metavar="FILE", type=Path, help="write the certificate here, and do not print it")
