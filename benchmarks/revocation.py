"""How long a revoked customer's tokens go on: measured on a deployed API, in the worst case that its caches allow.

Both caches are filled as late as they can be. A first token has the authorizer read the customer's record, then the
customer is revoked; just before that record is too old, a second token is used for the first time. The record still
names the key, so API Gateway keeps its decision for the whole TTL.
"""

import secrets
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from benchmarks.measure import Row
from sandbox.commands.looking import deployed_caller
from sandbox.commands.session import attach
from sandbox.tour.tenants import Tenant, TenantApi, fresh_source, new_tenant
from tests.support.checkout import checked_out

TENANTS = 3
STATED_SECONDS = 60.0  # docs/how-to/tenants.md
RECORDS_KEPT_SECONDS = 30.0  # REVOCATION_CACHE_SECONDS of the deployment as it is shipped
MARGIN_SECONDS = 2.0  # between the second token's first use and the end of the record: time for a slow machine
BETWEEN_REQUESTS_SECONDS = 0.1
PATIENCE_SECONDS = 180.0


def run(progress: Callable[[str], None]) -> list[Row]:
    """Deploy, revoke and wait; raises RuntimeError where an answer is not what such a moment has."""
    progress("deploying")
    with tempfile.TemporaryDirectory(prefix="gatehouse-benchmark-") as folder, checked_out(Path(folder)) as checkout:
        deployed = checkout.make("up")
        if deployed.returncode:
            raise RuntimeError(f"make up ended with {deployed.returncode}\n{deployed.stdout}")
        api = TenantApi(deployed_caller(attach(checkout.project)), fresh_source())
        progress(f"waiting for the tokens of {TENANTS} revoked customers to end")
        return [_row(_seconds_until_refused(api))]


def _row(seconds: list[float]) -> Row:
    longest = max(seconds)
    return Row(
        what=f"a used token ends after its customer's revocation, longest of {len(seconds)}",
        median=longest,
        unit="s",
        against="the stated bound",
        ratio=longest / STATED_SECONDS,
        target=f"at most {STATED_SECONDS:.0f} s",
        reached=longest <= STATED_SECONDS,
    )


def _seconds_until_refused(api: TenantApi) -> list[float]:
    first = [new_tenant(api, f"revoked-{secrets.token_hex(6)}") for _ in range(TENANTS)]
    second = [_with_another_token(tenant) for tenant in first]
    read_at: list[float] = []
    revoked_at: list[float] = []
    for tenant in first:
        read_at.append(time.monotonic())
        _require(200, tenant)
        revoked = api.administer("DELETE", f"/admin/keys/{tenant.customer_id}")
        revoked_at.append(time.monotonic())
        if revoked.status != 200:
            raise RuntimeError(f"not revoked: {revoked}")
    for tenant, began in zip(second, read_at, strict=True):
        time.sleep(max(0.0, began + RECORDS_KEPT_SECONDS - MARGIN_SECONDS - time.monotonic()))
        _require(200, tenant)
    refused_at: dict[int, float] = {}
    give_up = time.monotonic() + PATIENCE_SECONDS
    while len(refused_at) < len(second) and time.monotonic() < give_up:
        for number, tenant in enumerate(second):
            if number not in refused_at and tenant.send("GET", "/data").status == 401:
                refused_at[number] = time.monotonic()
        time.sleep(BETWEEN_REQUESTS_SECONDS)
    if len(refused_at) < len(second):
        raise RuntimeError(f"tokens of revoked customers are still let in after {PATIENCE_SECONDS:.0f} s")
    return [refused_at[number] - began for number, began in enumerate(revoked_at)]


def _with_another_token(tenant: Tenant) -> Tenant:
    exchanged = tenant.api.exchange(tenant.api_key)
    if exchanged.status != 200:
        raise RuntimeError(f"no token: {exchanged}")
    return Tenant(tenant.api, tenant.customer_id, tenant.api_key, exchanged.member("token"))


def _require(status: int, tenant: Tenant) -> None:
    answer = tenant.send("GET", "/data")
    if answer.status != status:
        raise RuntimeError(f"{status} was expected: {answer}")
