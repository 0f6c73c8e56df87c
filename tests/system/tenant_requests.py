"""What the tests of the deployed tenant data API send and compare. Deliberately no tests and no fixtures."""

import base64
import json
import secrets
import threading
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import jwt

from sandbox.tour.caller import Answer, Caller
from sandbox.tour.tenants import Tenant

SIGNING_KEY, PAGE_TOKEN_KEY, ADMIN_KEY = "tenant-signing-key", "tenant-page-token-key", "tenant-admin-key"


def claims_of(token: str) -> dict[str, Any]:
    part = token.split(".")[1]
    return json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))


def signed_like(tenant: Tenant, caller: Caller, **changes: Any) -> str:
    """The tenant's token with other claims, signed with the live key: read as an administrator may."""
    live = caller.secrets.get_secret_value(SecretId=caller.outputs["secrets"][SIGNING_KEY])
    key: str = json.loads(live["SecretString"])["key"]
    claims = {**claims_of(tenant.token), "jti": secrets.token_hex(16), **changes}
    signing_key = base64.urlsafe_b64decode(key + "=" * (-len(key) % 4))
    return jwt.encode(claims, signing_key, algorithm="HS256", headers={"kid": live["VersionId"]})


def bearing(tenant: Tenant, token: str) -> Tenant:
    return Tenant(tenant.api, tenant.customer_id, tenant.api_key, token)


def summary(row: dict[str, Any]) -> tuple[str, str]:
    """What a test has written into a row; every row has both fields, or it is half of one."""
    return row["name"], row["twin"]


def body(name: str) -> dict[str, Any]:
    return {"name": name, "filling": "x" * 2_000, "twin": name}


def at_once(calls: Iterable[Callable[[], Answer]]) -> list[Answer]:
    """Makes the calls at the same time, as far as two cores can."""
    waiting = list(calls)
    gate = threading.Barrier(len(waiting))

    def pass_gate(call: Callable[[], Answer]) -> Answer:
        gate.wait(timeout=30)
        return call()

    with ThreadPoolExecutor(len(waiting)) as threads:
        return list(threads.map(pass_gate, waiting))


def assert_unavailable(answer: Answer) -> None:
    assert answer.status == 503, answer
    assert int(answer.headers["retry-after"]) >= 1
    assert answer.member("error")
