"""The deployed tenant data API when its workers die, two write the same, and DynamoDB does not answer."""

import secrets
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any

import pytest

from api_keys.live_keys import RETRY_SECONDS
from sandbox.tour.caller import Answer
from sandbox.tour.tenants import Tenant, new_tenant
from tests.support.faults import clear_faults, fault, inject, kill_function, outage, throttled
from tests.system.tenant_requests import assert_unavailable, at_once, body, summary

pytestmark = pytest.mark.timeout(900)

DATA_FUNCTION = "tenant-data"
KILLED = 502  # what API Gateway answers for a function that ended without an answer
ATTEMPTS = 3  # of what is safe to send again, by the functions' client of DynamoDB


@pytest.mark.parametrize("when", ["before", "after"])
def test_a_write_whose_worker_is_killed_is_done_once_however_often_it_is_repeated(
    tenant: Tenant, url: str, when: str
) -> None:
    once = {"Idempotency-Key": secrets.token_hex(8)}
    with fault(url, kind="kill", service="dynamodb", action="TransactWriteItems", function=DATA_FUNCTION, when=when):
        assert tenant.send("POST", "/data", body("one"), once).status == KILLED

    again = [tenant.send("POST", "/data", body("one"), once) for _ in range(2)]

    assert [answer.status for answer in again] == [201, 201]
    assert [row["data_id"] for row in tenant.rows()] == [again[0].member("item", "data_id")]
    assert [summary(row) for row in tenant.rows()] == [("one", "one")]


@pytest.mark.parametrize("when", ["before", "after"])
def test_a_write_without_a_key_whose_worker_is_killed_leaves_a_whole_row_or_none(
    tenant: Tenant, url: str, when: str
) -> None:
    row = tenant.send("POST", "/data", body("first")).member("item")
    path = f"/data/{row['data_id']}"
    killing = {"kind": "kill", "service": "dynamodb", "action": "PutItem", "function": DATA_FUNCTION, "when": when}
    with fault(url, **killing):
        assert tenant.send("PUT", path, {**body("second"), "version": 1}).status == KILLED
    with fault(url, **killing):
        assert tenant.send("POST", "/data", body("third")).status == KILLED

    left = tenant.send("GET", path).member("item")
    assert (left["version"], *summary(left)) in {("1", "first", "first"), ("2", "second", "second")}
    others = [summary(each) for each in tenant.rows() if each["data_id"] != row["data_id"]]
    assert others in ([], [("third", "third")])
    assert tenant.send("PUT", path, {**body("last"), "version": int(left["version"])}).status == 200


def test_workers_killed_again_and_again_lose_nothing_and_write_nothing_twice(tenant: Tenant, url: str) -> None:
    names = [f"row-{number}" for number in range(12)]
    answers: list[Answer] = []

    def write_until_done(name: str) -> None:
        for _ in range(30):
            answer = tenant.send("POST", "/data", body(name), {"Idempotency-Key": name})
            answers.append(answer)
            if answer.status == 201:
                return
        raise AssertionError(f"{name} was not written: {answers}")

    killed = 0
    # Two at a time: each kill has a new worker started, and on two cores more of them leave DynamoDB no time to answer.
    with ThreadPoolExecutor(2) as threads:
        writers = [threads.submit(write_until_done, name) for name in names]
        while not all(writer.done() for writer in writers):
            if killed < 3:
                killed += kill_function(url, DATA_FUNCTION)
            time.sleep(0.05)
        for writer in writers:
            writer.result()

    assert killed
    assert sum(answer.status == KILLED for answer in answers) <= killed
    for answer in answers:
        # 409: the killed one's transaction is still under way.
        assert answer.status in {201, KILLED, 409}, answer
        assert answer.status != 409 or "retry-after" in answer.headers, answer
    assert sorted(summary(row) for row in tenant.rows()) == sorted((name, name) for name in names)


def test_of_two_writers_of_one_version_exactly_one_wins(tenant: Tenant, url: str) -> None:
    for delayed in (300, 0, 0, 0):
        path = f"/data/{tenant.send('POST', '/data', body('seen by both')).member('item', 'data_id')}"
        if delayed:  # one writes while the other is between reading and writing
            inject(url, kind="delay", service="dynamodb", action="PutItem", milliseconds=delayed)
        answers = at_once(partial(tenant.send, "PUT", path, {**body(name), "version": 1}) for name in ("one", "other"))
        clear_faults(url)

        assert sorted(answer.status for answer in answers) == [200, 409], answers
        [won] = [answer.member("item") for answer in answers if answer.status == 200]
        assert tenant.send("GET", path).member("item") == won
        assert won["version"] == "2"


def test_dynamodb_that_throttles_one_action_is_503_and_the_next_request_is_served(tenant: Tenant, url: str) -> None:
    path = f"/data/{tenant.send('POST', '/data', body('a')).member('item', 'data_id')}"
    requests: dict[str, Callable[[], Answer]] = {
        "Query": lambda: tenant.send("GET", "/data"),
        "GetItem": lambda: tenant.send("GET", path),
        "UpdateItem": lambda: tenant.send("GET", path),
        "TransactWriteItems": lambda: tenant.send("POST", "/data", body("b"), {"Idempotency-Key": "b"}),
        "DeleteItem": lambda: tenant.send("DELETE", path),
    }
    for action, send in requests.items():
        with throttled(url, action, times=ATTEMPTS):
            assert_unavailable(send())
        assert send().status in {200, 201}, action
    assert [summary(row) for row in tenant.rows()] == [("b", "b")]


@pytest.mark.parametrize(
    "failure",
    [{"kind": "cut"}, {"kind": "error", "error": {"code": "ThrottlingException"}}],
    ids=["unreachable", "throttled"],
)
def test_without_dynamodb_everything_is_503_and_afterwards_everything_works(
    tenant: Tenant, url: str, failure: dict[str, Any]
) -> None:
    tenant.send("POST", "/data", body("kept"))
    requests: list[Callable[[], Answer]] = [
        lambda: tenant.send("GET", "/data"),
        lambda: tenant.api.exchange(tenant.api_key),
        lambda: tenant.api.administer("GET", f"/admin/keys/{tenant.customer_id}"),
    ]
    with outage(url, "dynamodb", **failure):
        for send in requests:
            assert_unavailable(send())
    assert [send().status for send in requests] == [200, 200, 200]
    assert [summary(row) for row in tenant.rows()] == [("kept", "kept")]


def test_a_first_token_during_an_outage_is_no_verdict_on_it_and_the_tokens_before_are_served(
    tenant: Tenant, url: str
) -> None:
    known = new_tenant(tenant.api, f"known-{secrets.token_hex(6)}")
    assert known.send("GET", "/data").status == 200
    with outage(url, "dynamodb", kind="cut", action="GetItem"):
        # Whether its key is in use cannot be known, so nobody is let in; and nothing is said about the token.
        first = [tenant.send("GET", "/data") for _ in range(3)]
        assert [(answer.status, answer.document) for answer in first] == [(401, {"message": "Unauthorized"})] * 3
        assert known.send("GET", "/data").status == 200
    time.sleep(RETRY_SECONDS)

    assert tenant.send("GET", "/data").status == 200  # no cache has kept the denials
