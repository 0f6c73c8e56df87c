"""What is asked of a running SPIRE, through its own command-line programs and their sockets.

Deliberately no gRPC client of ours: the commands are SPIRE's documented interface, and print JSON when asked to.
"""

import json
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sandbox.errors import SandboxError
from sandbox.spire.build import AGENT, SERVER

COMMAND_SECONDS = 30


@dataclass(frozen=True, kw_only=True)
class SpireCommands:
    """The programs in `binaries`, on the sockets of one server and one agent."""

    binaries: Path
    server_socket: Path
    workload_socket: Path

    def server(self, *arguments: str) -> str:
        """What a command of `spire-server` prints. Raises `SandboxError` with its last line when it fails."""
        return self._run(SERVER, self.server_socket, arguments)

    def agent(self, *arguments: str) -> str:
        """What a command of `spire-agent` prints. Raises `SandboxError` with its last line when it fails."""
        return self._run(AGENT, self.workload_socket, arguments)

    def answers(self, program: str) -> bool:
        """Whether the server or the agent says that it is healthy."""
        try:
            (self.server if program == SERVER else self.agent)("healthcheck")
        except SandboxError:
            return False
        return True

    def join_token(self, agent_id: str) -> str:
        """A token by which one agent joins, once, within a minute, and then goes by `agent_id` as well."""
        asked = ("token", "generate", "-spiffeID", agent_id, "-ttl", "60", "-output", "json")
        return json.loads(self.server(*asked))["value"]

    def entries(self, spiffe_id: str) -> list[dict[str, Any]]:
        """The entries of a SPIFFE ID."""
        return json.loads(self.server("entry", "show", "-spiffeID", spiffe_id, "-output", "json"))["entries"]

    def ensure_entry(self, spiffe_id: str, *, parent_id: str, selectors: Sequence[str]) -> None:
        """Registers a workload below an agent, unless that is done."""
        for entry in self.entries(spiffe_id):
            parent = entry["parent_id"]
            found = {f"{selector['type']}:{selector['value']}" for selector in entry["selectors"]}
            if f"spiffe://{parent['trust_domain']}{parent['path']}" == parent_id and found == set(selectors):
                return
        chosen = [word for selector in selectors for word in ("-selector", selector)]
        self.server("entry", "create", "-spiffeID", spiffe_id, "-parentID", parent_id, *chosen)

    def delete_entries(self, spiffe_id: str) -> None:
        """Deletes the entries of a SPIFFE ID."""
        for entry in self.entries(spiffe_id):
            self.server("entry", "delete", "-entryID", entry["id"])

    def mint(self, spiffe_id: str, audiences: Sequence[str], *, seconds: int) -> str:
        """A JWT-SVID from the server's administration, for a workload that need not be registered."""
        chosen = [word for audience in audiences for word in ("-audience", audience)]
        return self.server("jwt", "mint", "-spiffeID", spiffe_id, *chosen, "-ttl", f"{seconds}s").strip()

    def fetch(self, spiffe_id: str, audiences: Sequence[str]) -> str:
        """A JWT-SVID from the agent's Workload API, as a workload gets it."""
        asked = ("api", "fetch", "jwt", "-spiffeID", spiffe_id, "-audience", ",".join(audiences), "-output", "json")
        documents: list[dict[str, Any]] = json.loads(self.agent(*asked))
        tokens = [svid["svid"] for document in documents for svid in document.get("svids", [])]
        if not tokens:
            raise SandboxError(f"SPIRE's agent has no JWT-SVID for {spiffe_id}: is a workload with this ID registered?")
        return tokens[0]

    def prepare_jwt_key(self) -> str:
        """Has the server make and publish its next key; the key's id. It signs only once it is activated."""
        prepared = json.loads(self.server("localauthority", "jwt", "prepare", "-output", "json"))
        return prepared["prepared_authority"]["authority_id"]

    def activate_jwt_key(self, key_id: str) -> None:
        """Has the server sign with the prepared key; the last one stays published until its tokens have ended."""
        self.server("localauthority", "jwt", "activate", "-authorityID", key_id)

    def _run(self, program: str, socket: Path, arguments: Sequence[str]) -> str:
        command = [str(self.binaries / program), *arguments, "-socketPath", str(socket)]
        try:
            ended = subprocess.run(
                command, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=COMMAND_SECONDS, check=False
            )
        except subprocess.TimeoutExpired:
            raise SandboxError(f"`{program} {arguments[0]}` did not answer within {COMMAND_SECONDS} s.") from None
        if ended.returncode:
            lines = [line.strip() for line in (ended.stdout + ended.stderr).splitlines() if line.strip()]
            reason = lines[-1] if lines else f"exit code {ended.returncode}"
            raise SandboxError(f"`{program} {' '.join(arguments[:2])}` failed: {reason}")
        return ended.stdout
