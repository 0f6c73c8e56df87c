"""What the `workload` commands do, from the parsed options to the exit code."""

from __future__ import annotations

import argparse
import re
from pathlib import Path

from cli.errors import DONE, CliError
from cli.output import aligned, say, say_json, tell
from cli.workload import entries
from cli.workload.server import SpireServer, find_server
from spiffe_verifier.spiffe_id import SpiffeId

CHECKOUT = Path(__file__).resolve().parents[2]
TOKENS_END = "what it has of tokens goes on until they expire"
_SELECTOR = re.compile(r"[a-z0-9_]+:\S(.*\S)?")


def register(options: argparse.Namespace) -> int:
    """Register a workload and print its entry's id."""
    spiffe_id = _workload(options.spiffe_id)
    selectors = sorted({_selector(selector) for selector in options.selectors})
    server = _connect(options)
    given: str | None = options.parent or server.agent_id
    if given is None:
        raise CliError(
            "name the workload's agent with --parent SPIFFE_ID; `spire-server agent list` on that host shows the agents"
        )
    parent_id = _workload(given)
    if parent_id.trust_domain != spiffe_id.trust_domain:
        raise CliError(f"{spiffe_id} and its agent {parent_id} are of two trust domains: correct one of them")
    entry = entries.create(
        server,
        spiffe_id=str(spiffe_id),
        parent_id=str(parent_id),
        selectors=selectors,
        jwt_ttl_seconds=options.jwt_ttl,
    )
    if entry is None:
        entry = _same(entries.find(server, str(spiffe_id)), str(parent_id), selectors)
        tell("registered already, nothing was changed:")
    if options.json:
        say_json(entry.document)
    else:
        say(entry.entry_id)
    return DONE


def list_entries(options: argparse.Namespace) -> int:
    """List entries."""
    chosen = None if options.spiffe_id is None else str(_workload(options.spiffe_id))
    found = entries.find(_connect(options), chosen)
    if options.json:
        say_json({"entries": [entry.document for entry in found], "count": len(found)})
        return DONE
    table = [("SPIFFE ID", "SELECTORS", "AGENT", "JWT TTL", "ENTRY")]
    table += [
        (
            entry.spiffe_id,
            " ".join(entry.selectors),
            entry.parent_id,
            "-" if entry.jwt_ttl_seconds is None else f"{entry.jwt_ttl_seconds}s",
            entry.entry_id,
        )
        for entry in found
    ]
    for line in aligned(table):
        say(line)
    return DONE


def remove(options: argparse.Namespace) -> int:
    """Delete the entries of a SPIFFE ID, or one entry by its id."""
    name: str = options.name
    by_spiffe_id = name.startswith("spiffe://")
    wanted = str(_workload(name)) if by_spiffe_id else name
    server = _connect(options)
    if by_spiffe_id:
        found = [entry.entry_id for entry in entries.find(server, wanted)]
        if not found:
            raise CliError(f"{wanted} is not registered on {server.name}: `python -m cli workload list` shows who is")
        if len(found) > 1 and not options.all:
            raise CliError(f"{wanted} has {len(found)} entries ({', '.join(found)}): name one of them, or add --all")
    else:
        found = [name]
    for entry_id in found:
        entries.delete(server, entry_id)
    if options.json:
        say_json({"removed": found})
    else:
        for entry_id in found:
            say(f"removed {entry_id}")
        tell(TOKENS_END)
    return DONE


def _connect(options: argparse.Namespace) -> SpireServer:
    server = find_server(options, checkout=CHECKOUT)
    tell(f"on {server.name}")
    return server


def _workload(text: str) -> SpiffeId:
    try:
        spiffe_id = SpiffeId.parse(text)
    except ValueError as error:
        raise CliError(
            f"{text!r} is no SPIFFE ID: {error}; write it like spiffe://company.internal/ns/prod/sa/api"
        ) from None
    if not spiffe_id.path:
        raise CliError(f"{text} is a trust domain, not a workload: add a path, such as {text}/ns/prod/sa/api")
    return spiffe_id


def _selector(text: str) -> str:
    if not text.isprintable() or not _SELECTOR.fullmatch(text):
        raise CliError(f"{text!r} is no selector: write TYPE:VALUE, such as unix:uid:1000 or k8s:sa:api")
    return text


def _same(found: list[entries.Entry], parent_id: str, selectors: list[str]) -> entries.Entry:
    for entry in found:
        if entry.parent_id == parent_id and sorted(entry.selectors) == selectors:
            return entry
    raise CliError("SPIRE has such an entry and does not show it: try again, it may just have been removed")
