"""The tenant data API as it is deployed: attacked, guessed at, with tokens that end and keys that are rotated.

Every test has tenants of its own. Where a test waits, it waits for a moment that it has itself set, a few seconds off.
"""

import base64
import json
import secrets
import threading
import time
from collections.abc import Callable, Generator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any
from urllib.parse import quote

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sandbox.commands.deployment import await_rotations
from sandbox.commands.session import Session
from sandbox.tour import tenant as tour
from sandbox.tour.caller import Answer, Caller
from sandbox.tour.tenant_attacks import WAYS
from sandbox.tour.tenants import API, Tenant, TenantApi, fresh_source, new_tenant
from tenant_data.operations import OPERATIONS
from tests.support.request_log import counted_calls
from tests.system.lifetimes import before_it_ends, wait_for_the_end
from tests.system.tenant_requests import ADMIN_KEY, PAGE_TOKEN_KEY, SIGNING_KEY, bearing, body, signed_like

pytestmark = pytest.mark.timeout(900)

TOKEN_AUTHORIZER = "tenant-token-authorizer"
EXPIRED = {"message": "Unauthorized: Token expired"}
REVOKED = {"message": "Unauthorized: Token revoked"}
REVOCATION_SECONDS = 60  # the bound that docs/how-to/tenants.md states
RECORDS_KEPT = "REVOCATION_CACHE_SECONDS"
# How the tour begins to describe the first attempt of each way; its table shows them.
FIRST_ATTEMPTS = {
    "path:data_id": "its data_id ->",
    "query:nextToken": "its nextToken ->",
    "header:Idempotency-Key": "an Idempotency-Key that it has used ->",
    "header:If-Match": "its data_id with If-Match",
    "body": "its name in the body ->",
}
# Each example is a request over HTTP; the fixtures are made once for all of them.
A_FEW = settings(max_examples=20)
SCALARS = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20)
DOCUMENTS = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=12), inner, max_size=4)
)
# Sent as Latin-1, so that most of it is no UTF-8 either.
LATIN = st.text(st.characters(max_codepoint=255), max_size=60)


@pytest.fixture(scope="module")
def guesser(api: TenantApi) -> Tenant:
    """Who sends whatever comes to mind; has two rows, so that there is a `nextToken`."""
    made = new_tenant(api, f"guesser-{secrets.token_hex(6)}")
    for name in ("one", "two"):
        assert made.send("POST", "/data", body(name)).status == 201
    return made


@pytest.fixture(scope="module")
def next_token(guesser: Tenant) -> str:
    return guesser.send("GET", "/data?limit=1").document["nextToken"]


def test_the_tour_holds_every_attack_of_every_operation_off(caller: Caller) -> None:
    # `make tour` makes and prints the same checks; here each answer is held to the contract as well.
    checks = list(tour.checks(caller))

    assert [check.line() for check in checks if not check.passed] == []
    lines = "\n".join(check.line() for check in checks)
    for operation in OPERATIONS:
        for way in (*operation.rows_from, "forged"):
            attempt = FIRST_ATTEMPTS.get(way, "my token with its name")
            assert f"{operation.method} {operation.resource}: {attempt}" in lines


def test_every_way_to_name_a_row_is_attacked_and_no_way_is_invented() -> None:
    ways = {way for operation in OPERATIONS for way in operation.rows_from}

    assert set(WAYS) == ways
    assert set(FIRST_ATTEMPTS) == ways


def test_a_token_that_ends_between_pages_is_refused_and_a_fresh_one_goes_on(tenant: Tenant, caller: Caller) -> None:
    written = [tenant.send("POST", "/data", body(name)).member("item") for name in "abcde"]

    def use(ends: int) -> tuple[Tenant, Answer, str, Answer]:
        ending = bearing(tenant, signed_like(tenant, caller, exp=ends))
        first = ending.send("GET", "/data?limit=2")
        following = f"/data?limit=2&nextToken={first.member('nextToken')}"
        return ending, first, following, ending.send("GET", following)

    ends, (ending, first, following, second) = before_it_ends(use)
    assert (first.status, second.status) == (200, 200), (first, second)
    decisions = caller.invocations(TOKEN_AUTHORIZER)
    wait_for_the_end(ends)

    refused = ending.send("GET", following)

    assert (refused.status, refused.document) == (401, EXPIRED)
    assert refused.headers["www-authenticate"] == "Bearer"
    # The refusal holds although API Gateway still keeps the decision to let this token in.
    assert caller.invocations(TOKEN_AUTHORIZER) == decisions
    late = tenant.send("GET", "/data", headers={"Authorization": f"Bearer {signed_like(tenant, caller, exp=ends)}"})
    assert (late.status, late.document) == (401, EXPIRED)
    rest: list[Any] = []
    fresh = bearing(tenant, tenant.api.exchange(tenant.api_key).member("token"))
    while following:
        page = fresh.send("GET", following).document
        rest += page["data"]
        following = f"/data?limit=2&nextToken={page['nextToken']}" if "nextToken" in page else ""
    assert [*first.member("data"), *rest] == sorted(written, key=lambda row: row["data_id"])


def test_rotating_every_key_under_load_refuses_nobody(session: Session, caller: Caller, api: TenantApi) -> None:
    before = new_tenant(api, f"before-{secrets.token_hex(6)}")
    for name in ("one", "two"):
        assert before.send("POST", "/data", body(name)).status == 201
    old_place = before.send("GET", "/data?limit=1").member("nextToken")
    answers: list[tuple[str, int]] = []
    rotated = threading.Event()

    def load(what: str, send: Callable[[], Answer]) -> None:
        give_up = time.monotonic() + 60
        while time.monotonic() < give_up:
            finished = rotated.is_set()
            answers.append((what, send().status))
            if finished:
                return

    def exchange_and_read() -> Answer:
        exchanged = api.exchange(before.api_key)
        return (
            bearing(before, exchanged.document["token"]).send("GET", "/data") if exchanged.status == 200 else exchanged
        )

    def next_page() -> Answer:
        first = before.send("GET", "/data?limit=1")
        return before.send("GET", f"/data?nextToken={first.member('nextToken')}") if first.status == 200 else first

    loads = {
        "a token from before": lambda: before.send("GET", "/data"),
        "a place from before": lambda: before.send("GET", f"/data?nextToken={old_place}"),
        "a new place": next_page,
        "a new token": exchange_and_read,
        "the admin key from before": lambda: api.administer("GET", f"/admin/keys/{before.customer_id}"),
    }
    ids = [caller.outputs["secrets"][name] for name in (SIGNING_KEY, PAGE_TOKEN_KEY, ADMIN_KEY)]
    first_versions = [caller.secrets.get_secret_value(SecretId=secret)["VersionId"] for secret in ids]
    with ThreadPoolExecutor(len(loads)) as threads:
        running = [threads.submit(load, what, send) for what, send in loads.items()]
        try:
            for secret in ids:
                caller.secrets.rotate_secret(SecretId=secret)
            await_rotations(session)
        finally:
            rotated.set()
        for each in running:
            each.result()

    versions = [caller.secrets.get_secret_value(SecretId=secret)["VersionId"] for secret in ids]
    assert all(new != old for new, old in zip(versions, first_versions, strict=True))
    assert {what for what, _ in answers} == set(loads)
    assert {status for _, status in answers} == {200}, answers
    assert TenantApi(caller, api.source).administer("GET", f"/admin/keys/{before.customer_id}").status == 200
    assert before.send("GET", "/data", headers={"Authorization": f"Bearer {signed_like(before, caller)}"}).status == 200


def test_the_deployed_caches_add_up_to_the_stated_bound_of_a_revocation(caller: Caller) -> None:
    kept = int(live_settings(caller)[RECORDS_KEPT])
    [authorizer] = [
        each
        for each in caller.gateway.get_authorizers(restApiId=rest_api(caller)[0])["items"]
        if TOKEN_AUTHORIZER in each["authorizerUri"]
    ]

    assert kept + authorizer["authorizerResultTtlInSeconds"] == REVOCATION_SECONDS


def test_a_used_token_of_a_revoked_customer_is_refused_when_both_caches_have_ended(
    tenant: Tenant, caller: Caller
) -> None:
    rest_api_id, stage = rest_api(caller)
    with records_kept_for(caller, seconds=2):
        assert tenant.send("GET", "/data").status == 200
        assert tenant.api.administer("DELETE", f"/admin/keys/{tenant.customer_id}").status == 200
        assert tenant.send("GET", "/data").status == 200  # API Gateway has kept the decision
        assert tenant.api.exchange(tenant.api_key).status == 401  # an exchange never waits for a cache
        time.sleep(2)
        # As at the end of the authorizer's TTL; the rest is the function's own doing.
        caller.gateway.flush_stage_authorizers_cache(restApiId=rest_api_id, stageName=stage)
        refused = tenant.send("GET", "/data")

    assert (refused.status, refused.document) == (401, REVOKED)


@A_FEW
@given(text=DOCUMENTS.map(json.dumps) | LATIN | DOCUMENTS.map(lambda document: json.dumps({"field": document})))
def test_any_body_is_taken_or_refused_with_a_reason(guesser: Tenant, text: str) -> None:
    answer = guesser.send("POST", "/data", text)

    assert answer.status in {201, 400}, answer
    assert answer.status == 201 or answer.member("error"), answer


@A_FEW
@given(text=st.text(max_size=20) | st.integers().map(str) | st.integers(1, 100).map(str) | st.floats().map(str))
def test_any_limit_is_taken_or_refused_by_its_name(guesser: Tenant, text: str) -> None:
    answer = guesser.send("GET", f"/data?limit={quote(text, safe='')}")

    if text.isascii() and text.isdecimal() and not text.startswith("0") and int(text) in range(1, 101):
        assert answer.status == 200, answer
    else:
        assert (answer.status, answer.member("field")) == (400, "limit"), answer
        assert answer.member("error")


@A_FEW
@given(data=st.data())
def test_a_next_token_that_is_not_exactly_ours_is_refused_by_its_name(
    guesser: Tenant, next_token: str, data: st.DataObject
) -> None:
    place = st.integers(0, len(next_token) - 1)
    changed = st.builds(lambda at, new: next_token[:at] + new + next_token[at + 1 :], place, st.text(max_size=2))
    invented = st.binary(max_size=120).map(lambda raw: base64.urlsafe_b64encode(raw).decode().rstrip("="))
    text = data.draw((st.text(max_size=60) | changed | invented).filter(lambda text: text != next_token))

    answer = guesser.send("GET", f"/data?nextToken={quote(text, safe='')}")

    assert (answer.status, answer.member("field")) == (400, "nextToken"), answer
    assert answer.member("error")


def test_an_exchange_is_one_read_in_which_the_key_is_strongly_consistent(
    tenant: Tenant, caller: Caller, url: str
) -> None:
    seldom = TenantApi(caller, fresh_source())
    with counted_calls(url) as calls:
        assert seldom.exchange(tenant.api_key).status == 200

    [exchange] = calls.of("dynamodb")
    # One unit for the key, and half a one for the failures of the key and of the source each, in the same call.
    assert (exchange["action"], exchange["consistent_read"], exchange["capacity_units"]) == ("BatchGetItem", True, 2.0)
    assert seldom.caller.outputs["ApiKeysTableName"] in "".join(exchange["resources"])


def test_a_page_reads_one_query_and_nothing_else(guesser: Tenant, url: str) -> None:
    assert guesser.send("GET", "/data").status == 200
    with counted_calls(url) as calls:
        assert guesser.send("GET", "/data?limit=1").status == 200

    assert sorted(calls.actions("dynamodb")) == ["Query", "UpdateItem"]  # the update counts the request


def rest_api(caller: Caller) -> tuple[str, str]:
    """The API's id and its stage."""
    rest_api_id, stage = caller.outputs["apis"][API]["url"].split("/")[-2:]
    return rest_api_id, stage


def live_settings(caller: Caller) -> dict[str, str]:
    return caller.functions.get_function_configuration(FunctionName=TOKEN_AUTHORIZER)["Environment"]["Variables"]


@contextmanager
def records_kept_for(caller: Caller, *, seconds: int) -> Generator[None]:
    """Has the live authorizer keep what it knows of customers for so long, until the block ends."""
    deployed = live_settings(caller)
    changed = {**deployed, RECORDS_KEPT: str(seconds)}
    caller.functions.update_function_configuration(FunctionName=TOKEN_AUTHORIZER, Environment={"Variables": changed})
    try:
        yield
    finally:
        caller.functions.update_function_configuration(
            FunctionName=TOKEN_AUTHORIZER, Environment={"Variables": deployed}
        )
