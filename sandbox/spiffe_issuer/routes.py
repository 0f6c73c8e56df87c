"""The issuer's HTTP paths, below `/_gatehouse/spiffe/<trust domain>` of the sandbox.

    GET  /.well-known/openid-configuration   the discovery document
    GET  /keys                               the JWKS
    GET  /bundle                             the SPIFFE trust bundle
    POST /mint     {"sub", "aud", "ttl"}     a JWT-SVID (`tokens.read_request`)
    POST /rotate   {"overlap_seconds"}       a new key signs (`issuer.SpiffeIssuer.rotate`)

Deliberately no ASGI and no credentials: `sandbox.server` keeps web pages out and listens on loopback only.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sandbox.spiffe_issuer.errors import KeyFileError

if TYPE_CHECKING:
    from sandbox.spiffe_issuer.issuer import SpiffeIssuer

PREFIX = "spiffe/"
KEYS_FOLDER = "spiffe-keys"
Answer = tuple[int, dict[str, Any]]


class IssuerRoutes:
    """Answers requests for what stands after `/_gatehouse/`."""

    def __init__(self, state_directory: Path, *, sandbox_url: str) -> None:
        """Take the state folder, and where the sandbox answers, without a slash at its end."""
        self._folder = state_directory / KEYS_FOLDER
        self._base_url = f"{sandbox_url}/_gatehouse/{PREFIX.rstrip('/')}"
        self._made: SpiffeIssuer | None = None
        self._making = threading.Lock()

    def serves(self, path: str) -> bool:
        """Whether the path is one of these."""
        return path.startswith(PREFIX)

    def answer(self, method: str, path: str, asked: Mapping[str, Any]) -> Answer:
        """Status and document; `asked` is the JSON object that a POST carries."""
        trust_domain, _, name = path.removeprefix(PREFIX).partition("/")
        issuer = self._issuer()
        documents = {
            ".well-known/openid-configuration": issuer.discovery,
            "keys": issuer.key_set,
            "bundle": issuer.bundle,
        }
        actions = {"mint": issuer.mint, "rotate": issuer.rotate}
        try:
            if method == "GET" and name in documents:
                return 200, documents[name](trust_domain)
            if method == "POST" and name in actions:
                return 200, actions[name](trust_domain, asked)
        except ValueError as error:
            return 400, {"message": str(error)}
        except (KeyFileError, OSError) as error:
            return 500, {"message": str(error)}
        return 404, {"message": "no such path of the SPIFFE issuer"}

    def _issuer(self) -> SpiffeIssuer:
        with self._making:
            if self._made is None:
                # Not at the sandbox's start, of which this import would be a third.
                from sandbox.spiffe_issuer.issuer import SpiffeIssuer

                self._made = SpiffeIssuer(self._folder, base_url=self._base_url, clock=time.time)
            return self._made
