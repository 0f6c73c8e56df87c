"""The tenant data API (seed 002): what an operator and a tenant do all day, and how another tenant tries to get at it.

the walk       key, token, rows, pages, versions, revocation: the seed's answers
the refusals   the seed's errors, each with the reason in the log
the attacks    `tenant_attacks`: over HTTP; `tenant_sessions`: straight to DynamoDB with a tenant's session
"""

import secrets
from collections.abc import Iterator
from typing import Any

from sandbox.tour.caller import Answer, Caller
from sandbox.tour.check import Check
from sandbox.tour.denials import denial_check
from sandbox.tour.tenant_attacks import WORDS, attacks
from sandbox.tour.tenant_sessions import session_attacks
from sandbox.tour.tenants import API, Tenant, TenantApi, fresh_source, new_tenant

VISITOR = "sandbox-visitor"


def token(caller: Caller) -> str:
    """A fresh token of a tenant of its own, for trying things out."""
    return new_tenant(TenantApi(caller, fresh_source()), VISITOR).token


def checks(caller: Caller) -> Iterator[Check]:
    """Makes the calls one after the other and yields what came of each."""
    api = TenantApi(caller, fresh_source())
    victim_id = f"tour-{secrets.token_hex(4)}"
    victim = new_tenant(api, victim_id)
    yield from walk(victim)
    yield from refusals(caller, api)
    look_alikes = [new_tenant(api, f"{victim_id}{end}") for end in ("-1", ".1", "1")]
    attacker = look_alikes[0]
    before = victim.rows()
    yield from look_alike_checks(victim, look_alikes)
    yield from attacks(victim, attacker, before[0])
    yield from session_attacks(caller, victim=victim_id, attacker=attacker.customer_id, row=before[0])
    yield same("the victim's rows after all that", before, victim.rows())
    yield from lock_out(caller, victim)
    yield from revocation(api, victim)


def walk(tenant: Tenant) -> Iterator[Check]:
    """What a tenant does all day."""
    body = {"name": "My Data Item", "value": 100, "share": 10.5, "description": "Custom field"}
    created = tenant.send("POST", "/data", body)
    item: dict[str, Any] = created.member("item") or {}
    yield same("POST /data", "201 Data created successfully", f"{created.status} {created.member('message')}")
    yield same("its numbers", ["100", "10.5"], [item.get("value"), item.get("share")])
    path = f"/data/{item.get('data_id')}"
    read = tenant.send("GET", path)
    yield same("GET /data/{data_id}", item, read.member("item"))
    replaced = tenant.send("PUT", path, {"name": WORDS, "version": 1})
    yield status_check("PUT /data/{data_id} with the version that was read", 200, replaced)
    yield status_check("... and again with that version", 409, tenant.send("PUT", path, {"name": "Late", "version": 1}))
    once = {"Idempotency-Key": secrets.token_hex(8)}
    ids = [tenant.send("POST", "/data", {"name": WORDS}, once).member("item", "data_id") for _ in range(2)]
    yield same("POST /data twice with one Idempotency-Key", "one row", "one row" if ids[0] == ids[1] else f"{ids}")
    tenant.send("POST", "/data", {"name": WORDS})
    first = tenant.send("GET", "/data?limit=2")
    yield same("GET /data?limit=2", "200, 2 rows and nextToken", page_summary(first))
    rest = tenant.send("GET", f"/data?limit=2&nextToken={first.member('nextToken')}")
    yield same("... and the next page", "200, 1 rows", page_summary(rest))
    yield status_check("GET /data?limit=101", 400, tenant.send("GET", "/data?limit=101"))
    yield status_check(
        "POST /data with a field of the service's own", 400, tenant.send("POST", "/data", {"version": 7})
    )


def refusals(caller: Caller, api: TenantApi) -> Iterator[Check]:
    """The seed's errors, with the reasons that the authorizers log.

    What is sent differs in every walk: a denial of the last one may still be in API Gateway's cache, and then no
    authorizer is asked.
    """
    unseen = secrets.token_hex(8)
    for sent, headers, reason, told in (
        ("no token", {}, "no authorizer asked", "Unauthorized"),
        ("a token of words", {"Authorization": f"Bearer {unseen}"}, "malformed_token", "Unauthorized: Malformed token"),
        ("another scheme", {"Authorization": f"Basic {unseen}"}, "missing_token", "Unauthorized: Missing token"),
    ):
        answer = api.send("GET", "/data", headers)
        sent, by = f"GET /data with {sent}", "01_verify_tenant_token"
        yield denial_check(caller, API, sent, status=401, text=told, reason=reason, by=by, answer=answer)
    wrong = api.send("POST", "/admin/keys", {"X-Admin-API-Key": "x" * 43}, {"customer_id": "nobody"})
    told = "Unauthorized: Admin key unknown"
    yield denial_check(
        caller,
        API,
        "POST /admin/keys with another key",
        status=401,
        text=told,
        reason="admin_key_unknown",
        by="01_check_admin_key",
        answer=wrong,
    )
    yield same("POST /auth with no key of ours", '401 {"error": "Invalid API key"}', shown(api.exchange("no key")))
    for customer_id in ("acme#1", "acmé", "../acme", "", "a" * 65):
        answer = api.administer("POST", "/admin/keys", {"customer_id": customer_id, "customer_name": "x"})
        yield status_check(f"POST /admin/keys for the customer {customer_id[:8]!a}", 400, answer)


def look_alike_checks(victim: Tenant, others: list[Tenant]) -> Iterator[Check]:
    """Customers whose names begin like the victim's begin with nothing."""
    for other in others:
        yield same(f"GET /data as {other.customer_id}, beside {victim.customer_id}", [], other.rows())
        own = other.send("POST", "/data", {"owner": other.customer_id}).member("item", "customer_id")
        yield same(f"POST /data as {other.customer_id}", other.customer_id, own)


def lock_out(caller: Caller, tenant: Tenant) -> Iterator[Check]:
    """Who tries keys is locked out, with a good key as well; callers from elsewhere are not."""
    thief = TenantApi(caller, fresh_source())
    if thief.source == tenant.api.source:
        return
    settings = caller.functions.get_function_configuration(FunctionName="key-exchange")["Environment"]["Variables"]
    for _ in range(int(settings["LOCKOUT_SOURCE_FAILURES"])):
        thief.exchange(f"{secrets.token_hex(16)}.{secrets.token_urlsafe(32)}")
    refused = thief.exchange(tenant.api_key)
    retry = "with Retry-After" if refused.headers.get("retry-after", "").isdigit() else "without Retry-After"
    yield same("POST /auth after many failures, with a good key", "429 with Retry-After", f"{refused.status} {retry}")
    yield status_check("... and from another address", 200, tenant.api.exchange(tenant.api_key))


def revocation(api: TenantApi, tenant: Tenant) -> Iterator[Check]:
    """A revoked customer gets no token any more."""
    told = f'200 {{"message": "API key for customer {tenant.customer_id} revoked"}}'
    yield same(
        "DELETE /admin/keys/{customer_id}", told, shown(api.administer("DELETE", f"/admin/keys/{tenant.customer_id}"))
    )
    yield same("POST /auth with its key", '401 {"error": "Invalid API key"}', shown(api.exchange(tenant.api_key)))


def same(sent: str, expected: object, received: object) -> Check:
    """Compares two values as they are written."""
    return Check(sent=sent, expected=str(expected), received=str(received))


def status_check(sent: str, status: int, answer: Answer) -> Check:
    """Compares the status; shows the body where it is another."""
    received = str(answer.status) if answer.status == status else shown(answer)
    return Check(sent=sent, expected=str(status), received=received)


def shown(answer: Answer) -> str:
    """Status and body."""
    return f"{answer.status} {answer.body}"


def page_summary(answer: Answer) -> str:
    """How many rows a page has, and whether more may follow."""
    more = " and nextToken" if answer.member("nextToken") else ""
    return f"{answer.status}, {answer.member('count')} rows{more}"
