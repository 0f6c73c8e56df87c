"""SPIRE's registration entries: made, found and deleted through `spire-server entry`.

SPIRE answers each entry with a status of gRPC's (`google.rpc.Code`) inside of a document, and exit code 0 even where
nothing was done: the status is what counts.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, cast

from cli.errors import CliError
from cli.workload.server import SpireServer

OK = 0
ALREADY_EXISTS = 6


@dataclass(frozen=True, kw_only=True)
class Entry:
    """An entry. `jwt_ttl_seconds` is None where the server's default holds."""

    entry_id: str
    spiffe_id: str
    parent_id: str
    selectors: tuple[str, ...]
    jwt_ttl_seconds: int | None

    @property
    def document(self) -> dict[str, Any]:
        """As JSON."""
        return {
            "entry_id": self.entry_id,
            "spiffe_id": self.spiffe_id,
            "parent_id": self.parent_id,
            "selectors": list(self.selectors),
            "jwt_ttl_seconds": self.jwt_ttl_seconds,
        }


def create(
    server: SpireServer, *, spiffe_id: str, parent_id: str, selectors: Sequence[str], jwt_ttl_seconds: int | None
) -> Entry | None:
    """Register a workload; None where it is registered already. Raises `CliError` where SPIRE does not do it."""
    doing = f"register {spiffe_id}"
    arguments = ["entry", "create", "-spiffeID", spiffe_id, "-parentID", parent_id]
    arguments += [word for selector in selectors for word in ("-selector", selector)]
    if jwt_ttl_seconds is not None:
        arguments += ["-jwtSVIDTTL", str(jwt_ttl_seconds)]
    result = _result(server, doing, server.ask(doing, *arguments))
    if result["status"]["code"] == ALREADY_EXISTS:
        return None
    _check(server, doing, result)
    return _entry(server, doing, result.get("entry"))


def find(server: SpireServer, spiffe_id: str | None = None) -> list[Entry]:
    """Return the entries of a SPIFFE ID, or all, by SPIFFE ID. Raises `CliError`."""
    doing = "list the entries"
    chosen = () if spiffe_id is None else ("-spiffeID", spiffe_id)
    answer = server.ask(doing, "entry", "show", *chosen)
    found: object = cast("dict[str, Any]", answer).get("entries") if isinstance(answer, dict) else None
    if not isinstance(found, list):
        raise _strange(server, doing)
    entries = [_entry(server, doing, each) for each in cast("list[Any]", found)]
    return sorted(entries, key=lambda entry: (entry.spiffe_id, entry.entry_id))


def delete(server: SpireServer, entry_id: str) -> None:
    """Delete an entry. Raises `CliError`, also where there is none of this id."""
    doing = f"remove the entry {entry_id}"
    _check(server, doing, _result(server, doing, server.ask(doing, "entry", "delete", "-entryID", entry_id)))


def _result(server: SpireServer, doing: str, answer: Any) -> dict[str, Any]:
    """The one result that an answer holds, with its status."""
    try:
        (result,) = answer["results"]
        int(result["status"]["code"])
    except (KeyError, TypeError, ValueError):
        raise _strange(server, doing) from None
    return cast("dict[str, Any]", result)


def _check(server: SpireServer, doing: str, result: dict[str, Any]) -> None:
    if result["status"]["code"] != OK:
        message = " ".join(str(result["status"].get("message", "")).split()) or f"code {result['status']['code']}"
        raise CliError(f"cannot {doing} on {server.name}: {message}")


def _entry(server: SpireServer, doing: str, found: Any) -> Entry:
    try:
        return Entry(
            entry_id=str(found["id"]),
            spiffe_id=_id(found["spiffe_id"]),
            parent_id=_id(found["parent_id"]),
            selectors=tuple(f"{selector['type']}:{selector['value']}" for selector in found["selectors"]),
            jwt_ttl_seconds=int(found["jwt_svid_ttl"]) or None,
        )
    except (KeyError, TypeError, ValueError):
        raise _strange(server, doing) from None


def _id(members: Any) -> str:
    return f"spiffe://{members['trust_domain']}{members['path']}"


def _strange(server: SpireServer, doing: str) -> CliError:
    return CliError(f"cannot {doing} on {server.name}: it answered with something else; is it SPIRE 1.13?")
