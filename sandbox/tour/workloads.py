"""The workloads of a tour of workload-api: where they get JWT-SVIDs, and what they send. Deliberately no checks here.

Whom the deployed authorizer trusts is read from its settings, as an operator would. Its issuer is the sandbox's own or,
after `make spire`, a real SPIRE server; a workload asks either for a token in the issuer's own way.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from sandbox.errors import SandboxError
from sandbox.spire.commands import SpireCommands
from sandbox.spire.processes import commands_of
from sandbox.spire.record import read_record
from sandbox.tour.caller import Answer, Caller

API = "workload-api"
AUTHORIZER = "spiffe-authorizer"
ROUTE = "/whoami"
BUILT_IN = "/_gatehouse/spiffe/"
# Pulumi.sandbox.yaml opens the route to all below this path of the trust domain.
NAMESPACE = "/ns/prod"
WORKLOAD = f"{NAMESPACE}/sa/api"
TOKEN_SECONDS = 300


@dataclass(frozen=True)
class WorkloadApi:
    """The deployed API, and whom it trusts."""

    caller: Caller

    def whoami(self, token: str | None, headers: Mapping[str, str] | None = None) -> Answer:
        """Asks who the bearer of the token is; None sends no token."""
        bearer = {} if token is None else {"Authorization": f"Bearer {token}"}
        return self.caller.request("GET", self.url, {**bearer, **(headers or {})})

    @property
    def url(self) -> str:
        """Where the route is."""
        return f"{self.caller.outputs['apis'][API]['url']}{ROUTE}"

    @cached_property
    def settings(self) -> Mapping[str, str]:
        """The authorizer's settings."""
        return self.caller.functions.get_function_configuration(FunctionName=AUTHORIZER)["Environment"]["Variables"]

    @property
    def trust_domain(self) -> str:
        """The first trust domain."""
        return self.settings["REQUIRED_TRUST_DOMAIN"].split(",")[0].removeprefix("spiffe://")

    @property
    def issuer_url(self) -> str:
        """The issuer of that trust domain."""
        return self.settings["OIDC_ISSUER_URL"].split(",")[0].rpartition("=")[2]

    @property
    def audience(self) -> str:
        """What a token must be for."""
        return self.settings["EXPECTED_AUDIENCE"].split(",")[0]

    @property
    def has_built_in_issuer(self) -> bool:
        """Whether the issuer is the sandbox's own, which signs on request what no SPIRE would."""
        return self.issuer_url.startswith(f"{self.caller.endpoints.emulator_url}{BUILT_IN}")

    def spiffe_id(self, path: str = WORKLOAD) -> str:
        """The SPIFFE ID of a workload of the trust domain."""
        return f"spiffe://{self.trust_domain}{path}"

    def token(self, path: str = WORKLOAD, audiences: Sequence[str] = ()) -> str:
        """A fresh JWT-SVID of the issuer, for this API unless other audiences are named.

        SPIRE's comes from its agent for the workload that is registered, from its server's administration for others.
        """
        spiffe_id, audiences = self.spiffe_id(path), list(audiences) or [self.audience]
        if self.has_built_in_issuer:
            return self._mint(self.issuer_url, {"sub": spiffe_id, "aud": audiences, "ttl": TOKEN_SECONDS})
        if path == WORKLOAD:
            return self._spire.fetch(spiffe_id, audiences)
        return self._spire.mint(spiffe_id, audiences, seconds=TOKEN_SECONDS)

    @cached_property
    def _spire(self) -> SpireCommands:
        """The SPIRE that is the issuer. Raises `SandboxError` where it is not this sandbox's."""
        folder = self.caller.state_directory
        record = None if folder is None else read_record(folder)
        if record is None or record.issuer_url != self.issuer_url:
            raise SandboxError(f"the issuer {self.issuer_url} is not of this sandbox: ask it for a token yourself.")
        return commands_of(record)

    def unchecked_token(self, *, trust_domain: str | None = None, **members: Any) -> str:
        """A token that the built-in issuer signs as it is asked for, however wrong; of another trust domain's where one
        is named. `members` are `claims` and `headers` that replace the usual ones; None leaves one out.
        """
        claims = {"sub": self.spiffe_id(), "aud": [self.audience], **members.pop("claims", {})}
        issuer_url = self.issuer_url
        if trust_domain is not None:
            issuer_url = f"{self.caller.endpoints.emulator_url}{BUILT_IN}{trust_domain}"
        return self._mint(issuer_url, {"unchecked": True, "ttl": TOKEN_SECONDS, "claims": claims, **members})

    def published_keys(self) -> list[dict[str, Any]]:
        """The public keys of the trust domain, as anybody can read them."""
        discovery = self.caller.request("GET", f"{self.issuer_url}/.well-known/openid-configuration").document
        return self.caller.request("GET", discovery["jwks_uri"]).document["keys"]

    def _mint(self, issuer_url: str, asked: Mapping[str, Any]) -> str:
        answer = self.caller.request(
            "POST", f"{issuer_url}/mint", {"Content-Type": "application/json"}, body=json.dumps(asked)
        )
        if answer.status != 200:
            raise RuntimeError(f"no token of {issuer_url}: {answer.status} {answer.body}")
        return answer.document["token"]
