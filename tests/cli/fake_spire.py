"""A `spire-server` without SPIRE: its `entry` commands as 1.13.0 answers them, kept in memory."""

import json
import uuid
from collections.abc import Sequence
from typing import Any

from cli.workload.server import Ended, SpireServer

AGENT = "spiffe://company.internal/sandbox/agent"


class FakeSpire:
    """The server of the trust domain company.internal."""

    def __init__(self) -> None:
        self.entries: list[dict[str, Any]] = []
        self.asked: list[list[str]] = []
        self.answer: Ended | None = None
        """What it answers instead, if it is to misbehave."""

    def server(self, *, agent_id: str | None = AGENT) -> SpireServer:
        """This server, as the commands get it."""
        return SpireServer(
            name="the fake", command=("spire-server",), run=self.run, socket="/run/api.sock", agent_id=agent_id
        )

    def run(self, command: Sequence[str]) -> Ended:
        """Answers a command line."""
        self.asked.append(list(command))
        if self.answer is not None:
            return self.answer
        program, group, action, *options = command
        assert (program, group) == ("spire-server", "entry")
        values: dict[str, list[str]] = {}
        for name, value in zip(options[::2], options[1::2], strict=True):
            values.setdefault(name, []).append(value)
        assert values.pop("-output") == ["json"]
        assert values.pop("-socketPath") == ["/run/api.sock"]
        return Ended(code=0, out=json.dumps(getattr(self, f"_{action}")(values)), err="")

    def _create(self, values: dict[str, list[str]]) -> Any:
        entry: dict[str, Any] = {
            "id": str(uuid.uuid4()),
            "spiffe_id": members(values["-spiffeID"][0]),
            "parent_id": members(values["-parentID"][0]),
            "selectors": [
                dict(zip(("type", "value"), each.split(":", 1), strict=True)) for each in values["-selector"]
            ],
            "jwt_svid_ttl": int(values.get("-jwtSVIDTTL", ["0"])[0]),
        }
        if entry["spiffe_id"]["trust_domain"] != "company.internal":
            return {"results": [{"entry": entry, "status": {"code": 3, "message": "not a member of trust domain"}}]}
        identity = ("spiffe_id", "parent_id", "selectors")
        if any(all(known[name] == entry[name] for name in identity) for known in self.entries):
            exists = {"code": 6, "message": "similar entry already exists"}
            return {"results": [{"entry": {**entry, "id": ""}, "status": exists}]}
        self.entries.append(entry)
        return {"results": [{"entry": entry, "status": {"code": 0, "message": "OK"}}]}

    def _show(self, values: dict[str, list[str]]) -> Any:
        wanted = [members(each) for each in values.get("-spiffeID", [])]
        return {"entries": [each for each in self.entries if not wanted or each["spiffe_id"] in wanted]}

    def _delete(self, values: dict[str, list[str]]) -> Any:
        (entry_id,) = values["-entryID"]
        kept = [each for each in self.entries if each["id"] != entry_id]
        found = len(kept) < len(self.entries)
        self.entries = kept
        status = {"code": 0, "message": "OK"} if found else {"code": 5, "message": "entry not found"}
        return {"results": [{"id": entry_id, "status": status}]}


def members(spiffe_id: str) -> dict[str, str]:
    """A SPIFFE ID in SPIRE's documents."""
    trust_domain, slash, path = spiffe_id.removeprefix("spiffe://").partition("/")
    return {"trust_domain": trust_domain, "path": slash + path}
