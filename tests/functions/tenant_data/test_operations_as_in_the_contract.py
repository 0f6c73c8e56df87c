"""What each operation answers, to the letter where seed 002 has the letters."""

import json
import re
from typing import Any

import pytest

from api_responses.answers import Answers
from jwt_verification.base64url import decode, encode
from tenant_data.operations import OPERATIONS, tenant_actions
from tests.functions.tenant_data.support import ACME, NOW, ORIGIN, TenantData, event

TIMESTAMP = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z")


@pytest.fixture
def api() -> TenantData:
    return TenantData()


def test_a_created_item_is_answered_as_the_seed_shows_it(api: TenantData) -> None:
    answer = api("POST", body={"name": "My Data Item", "value": 100, "description": "Custom field"})
    assert answer.status == 201
    assert answer.body == {
        "message": "Data created successfully",
        "item": {
            "customer_id": ACME,
            "data_id": "00000000-0000-4000-8000-000000000001",
            "created_at": "2026-01-01T00:00:00.000000Z",
            "version": 1,
            "name": "My Data Item",
            "value": 100,
            "description": "Custom field",
        },
    }
    assert TIMESTAMP.fullmatch(answer.item["created_at"])
    assert answer.headers["ETag"] == '"1"'


def test_all_data_is_answered_as_the_seed_shows_it(api: TenantData) -> None:
    assert api("GET").body == {"customer_id": ACME, "data": [], "count": 0}
    first, second = api.create(name="a", value=10), api.create(name="b", value=20)
    assert api("GET").body == {"customer_id": ACME, "data": [first, second], "count": 2}


def test_pages_follow_each_other_in_the_order_of_data_id_and_each_row_comes_once(api: TenantData) -> None:
    items = [api.create(number=number) for number in range(7)]
    seen: list[Any] = []
    query = {"limit": "3"}
    sizes: list[int] = []
    while True:
        body = api("GET", query=query).body
        seen += body["data"]
        sizes.append(body["count"])
        if "nextToken" not in body:
            break
        query["nextToken"] = body["nextToken"]
    assert (seen, sizes) == (items, [3, 3, 1])


def test_rows_that_come_or_go_between_two_pages_move_no_other_row(api: TenantData) -> None:
    items = [api.create(number=number) for number in range(4)]
    first = api("GET", query={"limit": "2"}).body
    assert api("DELETE", data_id=items[1]["data_id"]).status == 200
    added = api.create(number=9)
    rest = api("GET", query={"nextToken": first["nextToken"]}).body
    assert rest["data"] == [*items[2:], added]


def test_a_page_is_one_query_and_no_other_access(api: TenantData) -> None:
    api.create(name="a")
    api.rows.calls.clear()
    token = api("GET", query={"limit": "1"}).body["nextToken"]
    api("GET", query={"limit": "1", "nextToken": token})
    assert api.rows.calls == [("page", ACME)] * 2


def test_a_page_is_cut_before_lambda_would_refuse_it_and_nothing_is_left_out(api: TenantData) -> None:
    items = [api.create(text="\x00" * 10_900, number=number) for number in range(60)]
    seen: list[Any] = []
    query: dict[str, str] = {}
    while True:
        answer = api("GET", query=query)
        assert len(json.dumps(answer.raw)) < 6 * 1024 * 1024
        seen += answer.body["data"]
        if "nextToken" not in answer.body:
            break
        query["nextToken"] = answer.body["nextToken"]
    assert seen == items
    assert len(api.rows.calls) == 60 + 2


def test_a_page_has_at_most_a_hundred_rows(api: TenantData) -> None:
    for number in range(101):
        api.create(number=number)
    assert api("GET").body["count"] == 100
    assert api("GET", query={"limit": "100"}).body["count"] == 100


@pytest.mark.parametrize("limit", ["0", "101", "-1", "+1", "1.0", "1e1", "", " 1", "01", "a", "\u0661", "9" * 5_000])
def test_a_limit_that_is_not_1_to_100_is_refused_with_its_name(api: TenantData, limit: str) -> None:
    answer = api("GET", query={"limit": limit})
    assert (answer.status, answer.body) == (400, {"error": "Send a whole number from 1 to 100", "field": "limit"})


def test_a_parameter_sent_twice_with_different_values_is_refused(api: TenantData) -> None:
    sent = event("GET", query={"limit": "1"})
    sent["multiValueQueryStringParameters"]["limit"] = ["100", "1"]
    answer = api.send(sent)
    assert (answer.status, answer.body["field"]) == (400, "limit")


def test_an_item_is_read_replaced_and_deleted_by_its_id(api: TenantData) -> None:
    item = api.create(name="a", value=1)
    read = api("GET", data_id=item["data_id"])
    assert (read.status, read.body, read.headers["ETag"]) == (200, {"customer_id": ACME, "item": item}, '"1"')
    api.clock.now += 1.25
    replaced = api("PUT", data_id=item["data_id"], body={"other": True, "version": 1})
    expected = {
        "customer_id": ACME,
        "data_id": item["data_id"],
        "created_at": item["created_at"],
        "updated_at": "2026-01-01T00:00:01.250000Z",
        "version": 2,
        "other": True,
    }
    assert (replaced.status, replaced.body) == (200, {"message": "Data updated successfully", "item": expected})
    assert replaced.headers["ETag"] == '"2"'
    assert api("GET", data_id=item["data_id"]).item == expected
    deleted = api("DELETE", data_id=item["data_id"])
    assert deleted.body == {"message": "Data deleted successfully", "data_id": item["data_id"]}
    for gone in (
        api("GET", data_id=item["data_id"]),
        api("DELETE", data_id=item["data_id"]),
        api("PUT", data_id=item["data_id"], body={"a": 1, "version": 2}),
    ):
        assert (gone.status, gone.body) == (404, {"error": "No data with this data_id"})


@pytest.mark.parametrize(
    ("headers", "body"),
    [({"If-Match": '"1"'}, {}), ({}, {"version": 1}), ({"if-match": '"1"'}, {"version": 1})],
    ids=["header", "member", "both"],
)
def test_the_expected_version_is_sent_as_if_match_or_as_version(
    api: TenantData, headers: dict[str, str], body: dict[str, Any]
) -> None:
    item = api.create(name="a")
    answer = api("PUT", data_id=item["data_id"], body={"name": "b", **body}, headers=headers)
    assert (answer.status, answer.item["version"]) == (200, 2)
    assert api("PUT", data_id=item["data_id"], body={"name": "c", **body}, headers=headers).status == 409
    assert api("GET", data_id=item["data_id"]).item["name"] == "b"


@pytest.mark.parametrize(
    ("headers", "body", "field"),
    [
        ({}, {}, "version"),
        ({"If-Match": "*"}, {}, "If-Match"),
        ({"If-Match": "1"}, {}, "If-Match"),
        ({"If-Match": 'W/"1"'}, {}, "If-Match"),
        ({"If-Match": '"1", "2"'}, {}, "If-Match"),
        ({"If-Match": '"01"'}, {}, "If-Match"),
        ({"If-Match": f'"{"9" * 40}"'}, {}, "If-Match"),
        ({"If-Match": '"1"'}, {"version": 2}, "version"),
        ({}, {"version": "1"}, "version"),
        ({}, {"version": True}, "version"),
        ({}, {"version": 1.0}, "version"),
        ({}, {"version": -1}, "version"),
        ({}, {"version": 10**40}, "version"),
        ({}, {"version": None}, "version"),
    ],
)
def test_a_version_that_is_missing_or_is_none_is_refused_with_the_field(
    api: TenantData, headers: dict[str, str], body: dict[str, Any], field: str
) -> None:
    item = api.create(name="a")
    answer = api("PUT", data_id=item["data_id"], body={"name": "b", **body}, headers=headers)
    assert (answer.status, answer.body["field"]) == (400, field)
    assert api("GET", data_id=item["data_id"]).item == item


def test_a_conflict_names_the_version_that_there_is_now(api: TenantData) -> None:
    item = api.create(name="a")
    api("PUT", data_id=item["data_id"], body={"name": "b", "version": 1})
    answer = api("PUT", data_id=item["data_id"], body={"name": "c", "version": 1})
    assert answer.body == {"error": "The data has version 2 now: read it again"}


def test_a_delete_can_be_held_to_a_version(api: TenantData) -> None:
    item = api.create(name="a")
    assert api("DELETE", data_id=item["data_id"], headers={"If-Match": '"2"'}).status == 409
    assert api("DELETE", data_id=item["data_id"], headers={"If-Match": "*"}).status == 400
    assert api("DELETE", data_id=item["data_id"], headers={"If-Match": '"1"'}).status == 200


def test_a_row_that_came_into_the_table_by_another_way_is_answered_and_can_be_replaced(api: TenantData) -> None:
    api.rows.rows[ACME, "sample-data-1"] = {
        "customer_id": {"S": ACME},
        "data_id": {"S": "sample-data-1"},
        "value": {"N": "10.0"},
        "created_at": {"S": "2025-08-04T18:44:46Z"},
        "name": {"S": "Sample Data Item 1"},
        "tags": {"SS": ["a", "b"]},
        "counts": {"NS": ["+1", "2"]},
        "bytes": {"B": "AAEC"},
        "odd": {"N": "007"},
        "nested": {"M": {"list": {"L": [{"NULL": True}, {"BOOL": False}]}}},
    }
    body = api("GET").body
    assert body["data"][0] == {
        "customer_id": ACME,
        "data_id": "sample-data-1",
        "value": 10.0,
        "created_at": "2025-08-04T18:44:46Z",
        "name": "Sample Data Item 1",
        "tags": ["a", "b"],
        "counts": [1, 2],
        "bytes": "AAEC",
        "odd": 7,
        "nested": {"list": [None, False]},
    }
    assert api("PUT", data_id="sample-data-1", body={"a": 1, "version": 1}).status == 409
    assert api("PUT", data_id="sample-data-1", body={"a": 1, "version": 0}).item["version"] == 1


@pytest.mark.parametrize("data_id", ["", "a" * 65, "a/b", "a b", "..", "-a", "a#b", "ä", "a\n", "%2e", "acme#1"])
def test_an_id_that_no_row_can_have_is_refused_with_its_name(api: TenantData, data_id: str) -> None:
    for method in ("GET", "PUT", "DELETE"):
        body = {"a": 1, "version": 1} if method == "PUT" else None
        answer = api(method, data_id=data_id, body=body)
        assert (answer.status, answer.body["field"]) == (400, "data_id")


def test_a_route_that_is_no_operation_is_not_found(api: TenantData) -> None:
    assert [api(method, "/data").status for method in ("PATCH", "PUT", "OPTIONS", "")] == [404] * 4
    assert api("GET", "/other").status == 404


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_a_query_parameter_that_the_operation_does_not_have_is_refused(api: TenantData, method: str) -> None:
    answer = api(method, body={"a": 1} if method == "POST" else None, query={"verbose": "1"})
    assert (answer.status, answer.body) == (400, {"error": "No such query parameter", "field": "verbose"})


def test_every_operation_is_served_and_has_actions(api: TenantData) -> None:
    for operation in OPERATIONS:
        data_id = "x" if "{data_id}" in operation.resource else None
        body = {"a": 1, "version": 1} if operation.name == "replace_data" else {"a": 1}
        answer = api(operation.method, operation.resource, data_id=data_id, body=body)
        assert api.last_record["operation"] == operation.name
        assert answer.status in (200, 201, 404)
        assert operation.data_actions


def test_no_operation_scans_or_uses_statements_in_a_query_language() -> None:
    actions = {action for actions in tenant_actions().values() for action in actions}
    assert tenant_actions() == {
        "data": ("dynamodb:DeleteItem", "dynamodb:GetItem", "dynamodb:PutItem", "dynamodb:Query"),
        "idempotency": ("dynamodb:PutItem",),
    }
    assert not {action for action in actions if "Scan" in action or "PartiQL" in action or "*" in action}


def test_a_next_token_says_nothing_of_the_customer_and_is_refused_after_an_hour(api: TenantData) -> None:
    api.create(name="a")
    token = api("GET", query={"limit": "1"}).body["nextToken"]
    assert encode(decode(token.encode())).decode() == token
    assert ACME.encode() not in decode(token.encode())
    api.clock.now = NOW + 3_599
    assert api("GET", query={"nextToken": token}).status == 200
    api.clock.now = NOW + 3_600
    answer = api("GET", query={"nextToken": token})
    assert (answer.status, answer.body) == (
        400,
        {"error": "Expired: start again with the first page", "field": "nextToken"},
    )


def test_without_a_setting_for_it_no_cors_header_is_sent_and_a_single_origin_varies() -> None:
    assert not any("Access-Control" in name for name in Answers.of({}).json(200, {})["headers"])
    assert "Vary" not in Answers.of({"CORS_ALLOW_ORIGIN": "*"}).json(200, {})["headers"]
    assert Answers.of({"CORS_ALLOW_ORIGIN": ORIGIN}).json(200, {})["headers"]["Vary"] == "Origin"
