"""The tenants of a tour of tenant-api, and its administrator: what each of them sends. Deliberately no checks here.

Every tour makes tenants of its own, whose names look alike, and calls from loopback addresses of its own: what an
earlier tour left (rows, counts of failures) changes nothing.
"""

import json
import secrets
import socket
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from sandbox.tour.caller import Answer, Caller

API = "tenant-api"
JSON = {"Content-Type": "application/json"}


@dataclass(frozen=True)
class TenantApi:
    """The deployed API, called from one address."""

    caller: Caller
    source: str

    def send(self, method: str, path: str, headers: Mapping[str, str] | None = None, body: object = None) -> Answer:
        """Sends a request; a `body` that is not text is sent as JSON."""
        text = body if body is None or isinstance(body, str) else json.dumps(body)
        sent = {**(JSON if text is not None else {}), **(headers or {})}
        url = f"{self.caller.outputs['apis'][API]['url']}{path}"
        return self.caller.request(method, url, sent, body=text, source=self.source)

    @cached_property
    def admin_key(self) -> str:
        """The live admin key, read as the account's administrator may."""
        arn = self.caller.outputs["AdminApiKeySecretArn"]
        return self.caller.secrets.get_secret_value(SecretId=arn)["SecretString"]

    def administer(self, method: str, path: str, body: object = None) -> Answer:
        """Sends a request as the administrator."""
        return self.send(method, path, {"X-Admin-API-Key": self.admin_key}, body)

    def exchange(self, api_key: str) -> Answer:
        """Sends a key for a token."""
        return self.send("POST", "/auth", body={"api_key": api_key})


@dataclass(frozen=True)
class Tenant:
    """A tenant with its key and token."""

    api: TenantApi
    customer_id: str
    api_key: str
    token: str

    @property
    def bearer(self) -> dict[str, str]:
        """The header that says who calls."""
        return {"Authorization": f"Bearer {self.token}"}

    def send(self, method: str, path: str, body: object = None, headers: Mapping[str, str] | None = None) -> Answer:
        """Sends a request with the token."""
        return self.api.send(method, path, {**self.bearer, **(headers or {})}, body)

    def rows(self) -> list[dict[str, Any]]:
        """All rows, page by page."""
        rows: list[dict[str, Any]] = []
        path = "/data"
        while path:
            page = self.send("GET", path).document
            rows += page["data"]
            path = f"/data?nextToken={page['nextToken']}" if "nextToken" in page else ""
        return rows


def new_tenant(api: TenantApi, customer_id: str) -> Tenant:
    """Makes a customer, its key and a token. Raises RuntimeError with the answer where the API does not."""
    created = api.administer("POST", "/admin/keys", {"customer_id": customer_id, "customer_name": customer_id})
    if created.status != 201:
        raise RuntimeError(f"no key for {customer_id}: {created.status} {created.body}")
    api_key = created.document["api_key"]
    exchanged = api.exchange(api_key)
    if exchanged.status != 200:
        raise RuntimeError(f"no token for {customer_id}: {exchanged.status} {exchanged.body}")
    return Tenant(api, customer_id, api_key, exchanged.document["token"])


def fresh_source() -> str:
    """A loopback address that no tour has used lately; the usual one where the system has no other (macOS)."""
    address = f"127.{64 + secrets.randbelow(64)}.{secrets.randbelow(256)}.{1 + secrets.randbelow(254)}"
    with socket.socket() as probe:
        try:
            probe.bind((address, 0))
        except OSError:
            return "127.0.0.1"
    return address
