"""Repeated, concurrent and failing requests: nothing written twice, nothing lost, every failure told as it is."""

import threading
from typing import Any

import pytest

from audit_trail.trail import AuditUnavailable
from aws_calls.errors import Denied, NoAnswer, NotSent, Refused, SessionExpired, Throttled
from secret_store.errors import SecretUnavailable
from tenant_data.in_memory_repository import InMemoryRepository
from tenant_data.repository import WriteInProgress
from tenant_usage.usage import UsageUnavailable
from tests.functions.tenant_data.support import ACME, NOW, TenantData, event

KEY = {"Idempotency-Key": "order-4711"}


@pytest.fixture
def api() -> TenantData:
    return TenantData()


def test_a_repeated_request_gets_the_first_answer_and_writes_nothing(api: TenantData) -> None:
    first = api("POST", body={"name": "a", "value": 1.5}, headers=KEY)
    api.clock.now += 60
    again = api("POST", body='{"value": 1.50, "name": "a"}', headers=KEY)
    assert (again.status, again.body) == (first.status, first.body)
    assert "Idempotency-Replayed" not in first.headers
    assert again.headers["Idempotency-Replayed"] == "true"
    assert api("GET").body["count"] == 1


def test_a_repeated_request_gets_the_first_answer_even_after_the_item_has_changed_or_gone(api: TenantData) -> None:
    first = api("POST", body={"name": "a"}, headers=KEY)
    data_id = first.item["data_id"]
    api("PUT", data_id=data_id, body={"name": "b", "version": 1})
    assert api("POST", body={"name": "a"}, headers=KEY).body == first.body
    api("DELETE", data_id=data_id)
    assert api("POST", body={"name": "a"}, headers=KEY).body == first.body
    assert api("GET").body["count"] == 0


def test_the_same_key_with_another_body_is_refused(api: TenantData) -> None:
    api("POST", body={"name": "a"}, headers=KEY)
    answer = api("POST", body={"name": "b"}, headers=KEY)
    assert (answer.status, answer.body["field"]) == (422, "Idempotency-Key")
    assert api("GET").body["count"] == 1


def test_a_key_is_free_again_after_a_day(api: TenantData) -> None:
    api("POST", body={"name": "a"}, headers=KEY)
    api.clock.now = NOW + 24 * 3_600
    assert api("POST", body={"name": "b"}, headers=KEY).status == 201


@pytest.mark.parametrize("value", ["", " ", "a b", "ä", "a" * 256, "a\n"])
def test_a_key_that_is_no_key_is_refused(api: TenantData, value: str) -> None:
    answer = api("POST", body={"name": "a"}, headers={"Idempotency-Key": value})
    assert (answer.status, answer.body["field"]) == (400, "Idempotency-Key")


def test_a_request_that_failed_before_it_was_written_can_be_repeated(api: TenantData) -> None:
    api.rows.failure = NotSent("TransactWriteItems", "refused")
    assert api("POST", body={"name": "a"}, headers=KEY).status == 503
    api.rows.failure = None
    assert api("POST", body={"name": "a"}, headers=KEY).status == 201
    assert api("GET").body["count"] == 1


def test_a_request_whose_answer_was_lost_can_be_repeated_and_is_written_once(api: TenantData) -> None:
    api.rows.failure_after_write = NoAnswer("TransactWriteItems", "lost")
    assert api("POST", body={"name": "a"}, headers=KEY).status == 503
    again = api("POST", body={"name": "a"}, headers=KEY)
    assert (again.status, again.headers["Idempotency-Replayed"]) == (201, "true")
    assert api("GET").body["data"] == [again.item]


def test_a_refused_request_leaves_its_key_free(api: TenantData) -> None:
    assert api("POST", body={"version": 1}, headers=KEY).status == 400
    assert api("POST", body={"name": "a"}, headers=KEY).status == 201


def test_of_concurrent_requests_with_one_key_one_is_written() -> None:
    lock = threading.Lock()

    class Serialized(InMemoryRepository):
        def create_once(self, customer_id: str, row: Any, creation: Any) -> Any:
            with lock:
                return super().create_once(customer_id, row, creation)

    api = TenantData()
    rows = Serialized(clock=api.clock)
    api = TenantData(repository=rows)
    answers: list[Any] = []
    threads = [
        threading.Thread(target=lambda: answers.append(api.handle(_post_event(), None)["body"])) for _ in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(answers) == 8
    assert len(set(answers)) == 1
    assert len(rows.rows) == 1


def _post_event() -> Any:
    return event("POST", body={"name": "a"}, headers=KEY)


def test_a_request_whose_key_is_being_written_is_told_to_come_back(api: TenantData) -> None:
    api.rows.failure = WriteInProgress()
    answer = api("POST", body={"name": "a"}, headers=KEY)
    assert (answer.status, answer.headers["Retry-After"]) == (409, "1")


def test_of_two_writers_of_one_item_one_wins_and_the_other_is_told(api: TenantData) -> None:
    item = api.create(name="a")
    original = api.rows.replace

    def overtaken(customer_id: str, row: Any, *, expected_version: int) -> None:
        api.rows.replace = original
        assert api("PUT", data_id=item["data_id"], body={"name": "first", "version": 1}).status == 200
        original(customer_id, row, expected_version=expected_version)

    api.rows.replace = overtaken
    lost = api("PUT", data_id=item["data_id"], body={"name": "second", "version": 1})
    assert (lost.status, lost.body) == (409, {"error": "The data has version 2 now: read it again"})
    assert api("GET", data_id=item["data_id"]).item["name"] == "first"


def test_a_writer_overtaken_by_a_delete_does_not_bring_the_item_back(api: TenantData) -> None:
    item = api.create(name="a")
    original = api.rows.replace

    def overtaken(customer_id: str, row: Any, *, expected_version: int) -> None:
        api.rows.replace = original
        assert api("DELETE", data_id=item["data_id"]).status == 200
        original(customer_id, row, expected_version=expected_version)

    api.rows.replace = overtaken
    assert api("PUT", data_id=item["data_id"], body={"name": "b", "version": 1}).status == 404
    assert api("GET").body["count"] == 0


REQUESTS: list[tuple[str, dict[str, Any]]] = [
    ("GET", {}),
    ("POST", {"body": {"a": 1}}),
    ("POST", {"body": {"a": 1}, "headers": KEY}),
    ("GET", {"data_id": "x"}),
    ("PUT", {"data_id": "x", "body": {"a": 1, "version": 1}}),
    ("DELETE", {"data_id": "x"}),
]
SECRET = "AKIA-internal-detail"
FAILURES = [
    (NotSent("Query", SECRET), 503, "dependency_unavailable"),
    (NoAnswer("Query", SECRET), 503, "dependency_unavailable"),
    (Throttled("Query", SECRET), 503, "dependency_throttled"),
    (SessionExpired("Query", SECRET), 503, "dependency_unavailable"),
    (Denied("Query", SECRET), 403, "iam_denied"),
    (Refused("Query", SECRET), 500, "internal_error"),
    (RuntimeError(SECRET), 500, "internal_error"),
    (RecursionError(SECRET), 500, "internal_error"),
    (SecretUnavailable(SECRET), 503, "secret_unavailable"),
]


@pytest.mark.parametrize(("failure", "status", "reason"), FAILURES, ids=lambda value: type(value).__name__)
def test_a_failing_store_is_answered_by_what_the_caller_can_do(
    api: TenantData, failure: Exception, status: int, reason: str
) -> None:
    api.rows.failure = failure
    for method, parts in REQUESTS:
        answer = api(method, **parts)
        assert answer.status == status
        assert ("Retry-After" in answer.headers) == (status == 503)
        assert SECRET not in str(answer.raw)
        assert "Traceback" not in answer.text
        assert api.last_record["outcome"] == reason
        if status == 403:
            assert answer.body == {"message": "User is not authorized to perform this operation"}


def test_the_log_names_a_defect_by_its_class_alone(api: TenantData) -> None:
    api.rows.failure = RuntimeError(SECRET)
    api("GET")
    assert api.last_record["detail"] == "RuntimeError"
    assert SECRET not in api.log[-1]


def test_without_the_key_for_pages_a_page_that_ends_the_data_is_still_answered(api: TenantData) -> None:
    api.create(name="a")
    api.secrets.failure = SecretUnavailable("gone")
    assert api("GET", query={"limit": "2"}).status == 200
    answer = api("GET", query={"limit": "1"})
    assert (answer.status, answer.headers["Retry-After"]) == (503, "1")
    assert api("GET", query={"nextToken": "A" * 100}).status == 503


def test_the_placeholder_of_a_key_that_was_never_rotated_signs_no_page(api: TenantData) -> None:
    api.create(name="a")
    arn = next(iter(api.secrets.versions))[0]
    api.secrets.versions[arn, "AWSCURRENT"] = type(api.secrets.versions[arn, "AWSCURRENT"])(version_id="v", value="{}")
    assert api("GET", query={"limit": "1"}).status == 503
    assert api.last_record["outcome"] == "secret_unusable"


def test_over_the_limit_is_429_with_the_seconds_to_wait_for_that_tenant_alone() -> None:
    api = TenantData(limit=3)
    api.clock.now = NOW + 15
    assert [api("GET").status for _ in range(5)] == [200, 200, 200, 429, 429]
    refused = api("GET")
    assert (refused.body, refused.headers["Retry-After"]) == ({"error": "Too many requests"}, "45")
    assert api("GET", customer="beta").status == 200
    assert len([name for name, customer in api.rows.calls if customer == ACME]) == 3
    api.clock.now = NOW + 60
    assert api("GET").status == 200
    assert api.usage.requests_by_day(ACME, "2026-01-01", "2026-01-01") == {"2026-01-01": 4}


def test_every_request_of_a_customer_counts_whatever_comes_of_it(api: TenantData) -> None:
    api("GET", query={"limit": "x"})
    api("DELETE", data_id="x")
    api("PATCH")
    api("GET", customer=None)
    assert api.usage.requests_by_day(ACME, "2026-01-01", "2026-01-01") == {"2026-01-01": 3}


def test_without_a_count_nobody_goes_on(api: TenantData) -> None:
    api.usage.failure = UsageUnavailable("usage_unavailable")
    answer = api("GET")
    assert (answer.status, answer.headers["Retry-After"]) == (503, "1")
    assert api.rows.calls == []
    assert api.last_record["outcome"] == "usage_unavailable"


def test_each_request_is_one_line_with_its_metrics_and_no_content(api: TenantData) -> None:
    item = api.create(name="CONTENT")
    api("PUT", data_id=item["data_id"], body={"name": "CONTENT", "version": 1})
    api("GET", data_id=item["data_id"])
    api("GET", query={"nextToken": "TOKEN"}, headers={"Authorization": "Bearer TOKEN"})
    record = api.last_record
    assert {name: record[name] for name in ("operation", "status", "outcome", "customer_id", "Requests")} == {
        "operation": "list_data",
        "status": 400,
        "outcome": "page_token_refused",
        "customer_id": ACME,
        "Requests": 1,
    }
    [directive] = record["_aws"]["CloudWatchMetrics"]
    assert record["_aws"]["Timestamp"] == NOW * 1000
    assert {metric["Name"] for metric in directive["Metrics"]} <= record.keys()
    assert all("customer_id" not in dimensions for dimensions in directive["Dimensions"])
    assert all(dimension in record for dimensions in directive["Dimensions"] for dimension in dimensions)
    written = "".join(api.log)
    for secret in ("CONTENT", "TOKEN", item["data_id"]):
        assert secret not in written


def test_every_403_is_in_the_audit_trail_with_who_and_why(api: TenantData) -> None:
    sent = event("GET")
    sent["requestContext"]["identity"] = {"sourceIp": "192.0.2.1"}
    sent["headers"]["X-Forwarded-For"] = "203.0.113.9"
    api.rows.failure = Denied("Query", "AccessDeniedException")
    api.send(sent)
    api("GET", customer=None)
    api.rows.failure = None
    api("GET")
    denied, nobody = api.trail.records
    assert denied == {
        "time": "2026-01-01T00:00:00.000Z",
        "action": "reach_data",
        "outcome": "denied",
        "reason": "iam_denied",
        "who": ACME,
        "admin_key_version": "",
        "certificate": "",
        "client_id": "",
        "customer_id": ACME,
        "key_id": "k",
        "claimed_key_id": "",
        "token_id": "",
        "source": "192.0.2.1",
        "request_id": "c6af9ac6-7b61-11e6-9a41-93e8deadbeef",
    }
    assert (nobody["reason"], nobody["who"], nobody["customer_id"]) == ("no_customer", "", "")


def test_a_decision_that_api_gateway_kept_beyond_the_tokens_end_lets_nobody_in(api: TenantData) -> None:
    sent = event("GET")
    sent["requestContext"]["authorizer"]["expires_at"] = str(NOW + 10)
    api.clock.now = NOW + 9.999
    assert api.send(sent).status == 200
    api.clock.now = NOW + 10
    answer = api.send(sent)
    assert (answer.status, answer.text) == (401, '{"message": "Unauthorized: Token expired"}')
    assert answer.headers["WWW-Authenticate"] == "Bearer"
    [denied] = api.trail.records
    assert (denied["action"], denied["reason"], denied["who"]) == ("use_token", "token_expired", ACME)


@pytest.mark.parametrize("claimed", [None, "", "never", "-1", "1e9", "9" * 13, 253402300799, True])
def test_a_context_that_does_not_say_when_its_token_ends_is_nobodys(api: TenantData, claimed: Any) -> None:
    sent = event("GET")
    sent["requestContext"]["authorizer"]["expires_at"] = claimed
    assert api.send(sent).status == 403
    assert api.trail.records[-1]["reason"] == "no_token_expiry"
    assert api.rows.calls == []


def test_a_denial_stands_when_the_trail_is_away_and_its_record_is_in_the_log(api: TenantData) -> None:
    api.trail.failures = [AuditUnavailable("PutLogEvents: NotSent")]
    answer = api("GET", customer=None)
    assert (answer.status, answer.body["message"]) == (403, "User is not authorized to perform this operation")
    [lost] = api.lost_records
    assert "no_customer" in lost
